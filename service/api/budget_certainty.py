"""``GET /v1/budgets/<id>/certainty``: what an edition says of a budget, per line and together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from models.budget_lines import PRODUCT, SUM, Held, Ledger
from models.cells import rounded
from service.api import explanations
from service.api import row_parts as shared
from service.api.budget_body import lines_of
from service.api.figure_rows import Columns, filled, origin, product_labels
from service.api.figures import Figures, figures_answer
from service.api.filters import Format
from service.api.kept import editions_of, share_of
from service.api.media import form_name
from service.api.query import Asked, Code, Paged
from service.api.scope import Share
from service.problems import InputFault
from service.state.kept import Kept

DEFINITION = (
    "Een begroting naast de raming. De kans op overschrijding is het deel van de doorgerekende "
    "toekomsten waarin de kosten hoger uitvallen. Het bedrag bij een zekerheid is het kleinste "
    "waar zo'n deel van de toekomsten binnen blijft. Risico is kans maal effect; het effect is het "
    "gemiddelde tekort als er een tekort is."
)
CARRIED = (
    "Regels zonder raming ({count}) tellen in de som mee alsof precies het begrote bedrag wordt "
    "uitgegeven, zodat het totaal aansluit op de begroting."
)
NET = "Netto regels staan naast bruto geraamde kosten: vergelijk ze met zorg."


class CertaintyQuestion(Paged):
    """How sure, by which edition, in which form."""

    municipality: Code | None = Field(
        None, description="Gemeente (code); nodig als u er meer ziet die dit kenmerk gebruiken."
    )
    edition: Code | None = Field(
        None, description="Eén editie (id van /editions) in plaats van de geldende."
    )
    certainty: Annotated[float, Field(ge=0.01, le=1)] = Field(
        0.8, description="Gekozen zekerheid: het deel van de toekomsten dat genoeg moet hebben."
    )
    format: Format | None = Field(
        None, description="Vorm van het antwoord; gaat vóór de kop Accept."
    )


class CertaintyRow(BaseModel):
    """A line, or a sum of lines, beside what is expected; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    municipality: shared.Municipality
    budget: str = Field(description="Kenmerk van de begroting.")
    version: str = Field(description="Versie van de begroting.")
    scope: Literal["product", "taakveld", "total", "sum"] = Field(
        description="Waarvan de regel is; sum: alle regels van het jaar (of van alle jaren) samen."
    )
    code: str | None = Field(description="Product of taakveld; null bij total en sum.")
    label: str | None = Field(description="Naam van de regel of het product; null zonder naam.")
    year: str = Field(description="Begrotingsjaar, of all: alle jaren samen.")
    basis: Literal["gross", "net"] | None = Field(description="Bruto of netto; null bij sum.")
    unit: shared.Unit
    budget_eur: float = Field(description="Begroot bedrag.")
    account_eur: float | None = Field(description="Werkelijke kosten; null als het jaar nog loopt.")
    p10: shared.P10
    p50: shared.P50
    p90: shared.P90
    mean: shared.Mean
    gap_eur: float | None = Field(description="Verwacht min begroot; null zonder raming.")
    certainty: float = Field(description="Gekozen zekerheid.")
    probability_exceeded: float | None = Field(
        description="Kans dat de kosten hoger zijn dan begroot; null zonder raming."
    )
    amount_eur: float | None = Field(
        description="Bedrag dat met die zekerheid genoeg is; null zonder raming."
    )
    cushion_eur: float | None = Field(
        description="Wat daarvoor naast de begroting nodig is, minstens 0; null zonder raming."
    )
    cushion_apart_eur: float | None = Field(
        description="Wat de regels van een som elk voor zich nodig hebben, opgeteld; anders null."
    )
    effect_eur: float | None = Field(
        description="Gemiddeld tekort als er een tekort is; null zonder raming."
    )
    risk_eur: float | None = Field(
        description="Kans maal effect, voor de risicoparagraaf: het verwachte tekort; null zonder "
        "raming."
    )
    estimate: shared.Estimate
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt


class CertaintyMeta(shared.FigureMeta):
    """What belongs to the certainty of a budget as a whole."""

    budget: str = Field(description="Kenmerk van de begroting.")
    budget_name: str = Field(description="Naam van de begroting.")
    carried: int = Field(description="Aantal regels zonder raming.")


class CertaintyAnswer(BaseModel):
    """Lines and sums of a budget, and what belongs to them."""

    meta: CertaintyMeta
    rows: list[CertaintyRow]


ROW = tuple(CertaintyRow.model_fields)


class _Stamped(CertaintyQuestion):
    """The question with the budget as it is now, so that the answer's tag knows both."""

    stamp: str = ""


def certainty_answer(
    asked: Asked[CertaintyQuestion], find: Callable[[str | None], Kept]
) -> Response:
    """Hold a budget against an edition.

    Args:
        asked: the question.
        find: returns the budget, given the municipality that was asked for.

    Raises:
        ProblemError: 400 with every fault, 404 without the budget.
    """
    query = asked.query
    form = form_name(query.format)
    kept = find(query.municipality)
    share = share_of(kept.municipality, query.edition)
    if share is None and query.edition is not None:
        ids = editions_of(kept.municipality)
        asked.faults.append(InputFault("unknown-value", "edition", query.edition, ids))
    asked.check()
    stamped = _Stamped.model_construct(**{**dict(query), "stamp": kept.tag})
    shares = [] if share is None else [share]
    return figures_answer(stamped, shares, form, lambda: certainty_figures(query, kept, share))


def certainty_figures(query: CertaintyQuestion, kept: Kept, share: Share | None) -> Figures:
    """Return a budget held against an edition, for who shows it in another form.

    Args:
        query: how sure.
        kept: the budget.
        share: the edition; None = nothing is known.
    """
    lines = kept.content["lines"]
    held = _held(query, kept, share)
    columns = _columns(query, kept, share, held)
    carried = sum(one.line is not None and one.weighed is None for one in held)
    notes = [CARRIED.format(count=carried)] if carried else []
    notes += [NET] if any(line["basis"] == "net" for line in lines) else []
    notes += [explanations.DRAFT] if share is not None and share.served.is_draft else []
    meta = {"budget": kept.id, "budget_name": kept.content["name"], "carried": carried}
    facts = {"begroting": f"{kept.content['name']} ({kept.content['version']})"}
    return Figures(
        name=f"begroting-{kept.id}",
        measure="cost",
        definition=DEFINITION,
        row=CertaintyRow,
        columns=columns,
        notes=notes,
        meta=meta,
        facts=facts,
    )


def certainty_rows(query: CertaintyQuestion, kept: Kept, share: Share) -> Columns:
    """Return the rows of a budget beside an edition, for who shows them in another form."""
    return _columns(query, kept, share, _held(query, kept, share))


def _held(query: CertaintyQuestion, kept: Kept, share: Share | None) -> list[Held]:
    if share is None:
        return []
    ledger = Ledger(share.edition, kept.municipality, lines_of(kept.content))
    return list(ledger.held(query.certainty))


def _columns(
    query: CertaintyQuestion, kept: Kept, share: Share | None, held: Sequence[Held]
) -> Columns:
    if share is None:
        return {name: np.zeros(0, dtype=object) for name in ROW}
    lines, count = kept.content["lines"], len(held)
    texts = [_texts(None if one.line is None else lines[one.line], share) for one in held]
    columns: Columns = {
        "municipality": filled(kept.municipality, count),
        "budget": filled(kept.id, count),
        "version": filled(kept.content["version"], count),
        "unit": filled("EUR", count),
        "certainty": np.full(count, query.certainty),
        "year": _objects([str(one.year) if one.year is not None else "all" for one in held]),
    }
    columns |= {name: _objects([text[name] for text in texts]) for name in texts[0]}
    figures = [_amounts(one) for one in held]
    columns |= {
        name: rounded(np.array([row[name] for row in figures], dtype=np.float64))
        for name in figures[0]
    }
    estimate = np.array([one.account is None for one in held], dtype=np.bool_)
    columns |= origin(share, estimate)
    return {name: columns[name] for name in ROW}


def _objects(values: Sequence[str | None]) -> Any:  # noqa: ANN401 - an object array
    return np.array([*values, None], dtype=object)[:-1]


def _texts(line: Mapping[str, Any] | None, share: Share) -> dict[str, str | None]:
    if line is None:
        return {"scope": SUM, "code": None, "label": None, "basis": None}
    label = line["label"]
    if label is None and line["scope"] == PRODUCT:
        label = product_labels(share).get(line["code"])
    return {name: line[name] for name in ("scope", "code", "basis")} | {"label": label}


def _amounts(one: Held) -> dict[str, float | None]:
    """Return the figures of a row in euros; what is not known is None."""
    found = one.weighed
    low, middle, high = one.band or (None, None, None)
    cents: dict[str, float | None] = {
        "budget_eur": one.amount,
        "account_eur": one.account,
        "p10": low,
        "p50": middle,
        "p90": high,
        "mean": None if found is None else found.expected,
        "gap_eur": None if found is None else found.expected - one.amount,
        "amount_eur": None if found is None else found.covers,
        "cushion_eur": None if found is None else found.cushion,
        "cushion_apart_eur": one.apart,
        "effect_eur": None if found is None else found.effect,
        "risk_eur": None if found is None else found.shortfall,
    }
    euros = {name: None if value is None else value / 100 for name, value in cents.items()}
    return euros | {"probability_exceeded": None if found is None else found.probability}
