"""What a report is asked: one municipality and edition, products, years, and how sure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.api.filters import OfEdition
from service.api.kept import editions_of
from service.api.query import SEVERAL, Asked, Code, FirstDay, LastDay, Question
from service.api.scope import Share, check_codes, known_codes, visible_shares
from service.problems import InputFault, invalid
from service.state.kept import Kept

__all__ = ["BUDGET_YEARS", "CouncilQuestion", "ReportQuestion", "Subject", "subject_of"]

BUDGET_YEARS = 4  # the budget year and three more


class ReportQuestion(Question):
    """A question for a report."""

    municipality: Code | None = Field(
        None, description="Gemeente (code); nodig als u er meer dan één ziet."
    )
    edition: Code | None = Field(
        None,
        description="Eén editie (id van /editions). Standaard de editie van het genoemde scenario, "
        "anders de geldende.",
    )
    product: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Producten (codes van /products)."
    )
    start: FirstDay | None = Field(
        None, alias="from", description="Eerste jaar. Standaard het jaar na de peildatum."
    )
    end: LastDay | None = Field(
        None, alias="to", description="Laatste jaar. Standaard vier jaren samen."
    )
    measure: Literal["cost"] = Field(
        "cost",
        json_schema_extra={"enum": ["cost"]},
        description="Kosten; iets anders begroot niemand.",
    )
    certainty: Annotated[float, Field(ge=0.01, le=1)] = Field(
        0.8, description="Gekozen zekerheid: het deel van de toekomsten dat genoeg moet hebben."
    )
    budget: Code | None = Field(
        None, description="Bewaarde begroting (kenmerk) die ernaast komt te staan."
    )
    scenario: Code | None = Field(
        None, description="Bewaard scenario (kenmerk) waarvan het effect ernaast komt te staan."
    )
    format: Literal["docx", "pdf", "xlsx"] | None = Field(
        None, description="Vorm van het rapport; gaat vóór de kop Accept."
    )


class CouncilQuestion(ReportQuestion):
    """A question for the page for the council."""

    format: Literal["docx", "pdf"] | None = Field(
        None, description="Vorm van het rapport; gaat vóór de kop Accept."
    )


@dataclass(frozen=True)
class Subject:
    """What a report is about, checked.

    Attributes:
        share: the edition, cut to one municipality.
        place: name of the municipality.
        products: codes; empty = all there are.
        product_text: the same in words.
        years: calendar years, in order; at least one of them is not over.
        certainty: share above 0.
    """

    share: Share
    place: str
    products: tuple[str, ...]
    product_text: str
    years: tuple[int, ...]
    certainty: float

    @property
    def municipality(self) -> str:
        """The code of the municipality."""
        return self.share.municipalities[0]

    @property
    def start(self) -> str:
        """First day of the first year, as parameters take it."""
        return f"{self.years[0]}-01-01"

    @property
    def end(self) -> str:
        """Last day of the last year."""
        return f"{self.years[-1]}-12-31"

    @property
    def span(self) -> str:
        """The years in words."""
        first, last = self.years[0], self.years[-1]
        return str(first) if first == last else f"{first} tot en met {last}"


def subject_of(asked: Asked[ReportQuestion], budget: Kept | None, scenario: Kept | None) -> Subject:
    """Check a question against what the asker sees.

    Args:
        asked: the question as read, with the faults so far.
        budget: whose municipality is taken where none is named.
        scenario: likewise, and its edition.

    Raises:
        ProblemError: 400 with every fault.
    """
    query = asked.query
    own = None if scenario is None else str(scenario.content["edition"])
    wanted = query.edition or own
    finder = Asked(OfEdition.model_construct(edition=wanted, as_of=None), texts=asked.texts)
    shares = visible_shares(finder)
    if finder.faults and query.edition is None and scenario is not None:
        known = editions_of(scenario.municipality)
        raise invalid([InputFault("no-edition", "edition", own, known)])
    asked.faults += finder.faults
    kept = [one for one in (scenario, budget) if one is not None]
    share = _share(asked, shares, kept[0].municipality if kept else None)
    if share is None:
        raise invalid(asked.faults)
    check_codes(asked, "product", query.product, share.codes("product"))
    for one in kept:
        if one.municipality not in share.municipalities:
            asked.faults.append(InputFault("other-municipality", "municipality", one.municipality))
    if "cost" not in share.measures():
        asked.faults.append(InputFault("unknown-value", "measure", "cost", share.measures()))
    years = _years(asked, share)
    asked.check()
    products = tuple(sorted(query.product))
    place = _place(share)
    return Subject(share, place, products, _told(share, products), years, query.certainty)


def _share(asked: Asked[ReportQuestion], shares: Sequence[Share], own: str | None) -> Share | None:
    codes = known_codes(shares, "municipality")
    wanted = asked.query.municipality or own
    if wanted is None and len(codes) == 1:
        wanted = codes[0]
    if wanted is None:
        if not asked.faults:
            asked.faults.append(InputFault("missing", "municipality", None, codes))
        return None
    check_codes(asked, "municipality", [wanted], codes)
    mine = (share for share in shares if wanted in share.municipalities)
    return next((replace(share, municipalities=(wanted,)) for share in mine), None)


def _years(asked: Asked[ReportQuestion], share: Share) -> tuple[int, ...]:
    """Return the years that were asked; a fault where the edition says nothing of them."""
    manifest, query = share.edition.manifest, asked.query
    last = int(str(manifest["until"])[:4])
    known = date.fromisoformat(str(manifest["data_until"]))
    as_of = date.fromisoformat(str(manifest["as_of"]))
    first_open = known.year + (known.month == 12)  # noqa: PLR2004 - December: the year is over
    begin = as_of.year + 1 if query.start is None else query.start.year
    end = min(begin + BUDGET_YEARS - 1, last) if query.end is None else query.end.year
    if query.start and query.end and query.start > query.end:
        value = f"{asked.texts['from'][0]} > {asked.texts['to'][0]}"
        asked.faults.append(InputFault("wrong-order", "from", value))
    elif not (first_open <= end <= last) or begin < known.year - BUDGET_YEARS or begin > end:
        told = f"deze editie raamt {first_open} tot en met {last}"
        values = {"explanation": f"{told}; gevraagd is {begin} tot en met {end}"}
        asked.faults.append(InputFault("no-answer", "from", str(begin), values=values))
    return tuple(range(begin, end + 1))


def _place(share: Share) -> str:
    code = share.municipalities[0]
    for row in share.edition.districts:
        if row["district"] == code and row["label"]:
            return str(row["label"])
    return code


def _told(share: Share, products: Sequence[str]) -> str:
    """Return the chosen products in words: all, all of a law, or by name."""
    there = set(share.codes("product"))
    rows = [row for row in share.edition.products if row["product"] in there]
    if not products or set(products) == there:
        return "alle producten"
    for law in dict.fromkeys(row["law"] for row in rows if row["law"]):
        if {row["product"] for row in rows if row["law"] == law} == set(products):
            return f"{law}, alle producten"
    return ", ".join(_names(rows, products))


def _names(rows: Sequence[dict[str, str | None]], products: Sequence[str]) -> Iterator[str]:
    for row in rows:
        if row["product"] in products:
            yield str(row["label"] or row["product"])
