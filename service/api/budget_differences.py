"""``GET /v1/budgets/<id>/differences``: why a forecast differs from a budget and the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from models.budget_lines import PRODUCT, SUM
from models.reconciliation import PARTS, Reconciled, Reconciliation, reconciliation
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import row_parts as shared
from service.api.budget_body import lines_of
from service.api.budget_certainty import NET
from service.api.budgets import found_budget
from service.api.definition_texts import DEFINITIONS
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns, filled, origin, product_labels
from service.api.figures import Figures, figures_answer
from service.api.filters import Format
from service.api.kept import editions_of, share_of
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import Code, Paged, read_question
from service.api.scope import Share
from service.problems import InputFault
from service.state.kept import Kept

BLUEPRINT = APIBlueprint("differences", __name__, tag={"name": "begrotingen"})
NO_LINE = "unbudgeted"
DEFINITION = (
    "Begroting, raming en wat er gedeclareerd is naast elkaar. De delen tellen per rij op tot het "
    "verschil: raming min begroting."
)


class DifferencesQuestion(Paged):
    """Of which year, by which edition, in which form."""

    municipality: Code | None = Field(
        None, description="Gemeente (code); nodig als u er meer ziet die dit kenmerk gebruiken."
    )
    edition: Code | None = Field(
        None, description="Eén editie (id van /editions) in plaats van de geldende."
    )
    year: int | None = Field(
        None,
        ge=1900,
        le=2199,
        description="Begrotingsjaar; standaard het eerste na de peildatum waar regels van zijn. "
        "Een jaar zonder regels heeft geen rijen.",
    )
    format: Format | None = Field(
        None, description="Vorm van het antwoord; gaat vóór de kop Accept."
    )


class DifferencesRow(BaseModel):
    """A line, a product without one, or their sum; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    municipality: shared.Municipality
    budget: str = Field(description="Kenmerk van de begroting.")
    version: str = Field(description="Versie van de begroting.")
    scope: Literal["product", "taakveld", "total", "unbudgeted", "sum"] = Field(
        description="Waarvan de regel is; unbudgeted: een product zonder regel; sum: alles samen."
    )
    code: str | None = Field(description="Product of taakveld; null bij total en sum.")
    label: str | None = Field(description="Naam van de regel of het product; null zonder naam.")
    year: int = Field(description="Begrotingsjaar.")
    basis: Literal["gross", "net"] | None = Field(description="Bruto of netto; null zonder regel.")
    unit: shared.Unit
    account_year: int = Field(description="Het jaar van wat er gedeclareerd is.")
    account_eur: float | None = Field(description="Gedeclareerd in dat jaar; null: niet bekend.")
    budget_eur: float = Field(description="Begroot bedrag.")
    forecast_eur: float | None = Field(description="Verwacht; null zonder raming.")
    difference_eur: float = Field(description="Raming min begroting.")
    not_forecast_eur: float = Field(description="Deel: begroot, maar zonder raming.")
    not_budgeted_eur: float = Field(description="Deel: geraamd, maar zonder regel.")
    net_eur: float = Field(description="Deel: netto regels, waarvan de inkomsten niet bekend zijn.")
    account_part_eur: float = Field(description="Deel: gedeclareerd min begroot.")
    completion_eur: float = Field(description="Deel: van dat jaar nog te declareren.")
    held_eur: float = Field(description="Deel: gedeclareerd, maar in reeksen zonder raming.")
    demography_eur: float = Field(description="Deel: bevolking.")
    use_eur: float = Field(description="Deel: gebruik per inwoner.")
    volume_eur: float = Field(description="Deel: volume per cliënt.")
    price_eur: float = Field(description="Deel: prijzen, van dat jaar naar het begrotingsjaar.")
    policy_eur: float = Field(description="Deel: beleid waarvan het effect gemeten is.")
    interaction_eur: float = Field(description="Deel: samenhang van de oorzaken.")
    rest_eur: float = Field(description="Deel: afronding, en wat niet te splitsen is.")
    estimate: shared.Estimate
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt


class DifferencesMeta(shared.FigureMeta):
    """What belongs to the differences as a whole."""

    budget: str = Field(description="Kenmerk van de begroting.")
    budget_name: str = Field(description="Naam van de begroting.")
    cbs: str | None = Field(description="Waarin CBS-cijfers over kosten verschillen.")


class DifferencesAnswer(BaseModel):
    """Rows whose parts add up, and what belongs to them."""

    meta: DifferencesMeta
    rows: list[DifferencesRow]


ROW = tuple(DifferencesRow.model_fields)


class _Stamped(DifferencesQuestion):
    """The question with the budget as it is now, so that the answer's tag knows both."""

    stamp: str = ""


@endpoint(
    BLUEPRINT,
    "/budgets/<budget_id>/differences",
    DifferencesAnswer,
    Description(question=DifferencesQuestion, media_types=MEDIA_TYPES, problems=(404,)),
)
@access_rule(Role.CONTROLLER)
def budget_differences(budget_id: str) -> Response:
    """Waarom raming, begroting en rekening verschillen.

    Per regel en samen: begroot, verwacht en gedeclareerd in het laatste jaar, en het verschil in
    delen die optellen: regels zonder raming, producten zonder regel, netto regels, wat nog
    gedeclareerd wordt, prijzen en de andere oorzaken van groei.
    """
    asked = read_question(DifferencesQuestion, request.args)
    form = form_name(asked.query.format)
    kept = found_budget(budget_id, asked.query.municipality)
    share = share_of(kept.municipality, asked.query.edition)
    if share is None and asked.query.edition is not None:
        ids = editions_of(kept.municipality)
        asked.faults.append(InputFault("unknown-value", "edition", asked.query.edition, ids))
    query = asked.check()
    stamped = _Stamped.model_construct(**{**dict(query), "stamp": kept.tag})
    shares = [] if share is None else [share]
    return figures_answer(stamped, shares, form, lambda: _figures(query, kept, share))


def years_of(kept: Kept) -> list[int]:
    """Return the years of which a budget has lines."""
    return sorted({int(line["year"]) for line in kept.content["lines"]})


def first_year(kept: Kept, share: Share) -> int:
    """Return the first year after the day of the edition with lines, else the last one."""
    after = int(share.edition.manifest["as_of"][:4])
    years = years_of(kept)
    return next((year for year in years if year > after), years[-1])


def laid_out(kept: Kept, share: Share, year: int) -> Reconciliation:
    """Return a kept budget beside an edition, of one of its years."""
    lines = kept.content["lines"]
    net = {at for at, line in enumerate(lines) if line["basis"] == "net"}
    return reconciliation(share.edition, kept.municipality, lines_of(kept.content), year, net)


def _figures(query: DifferencesQuestion, kept: Kept, share: Share | None) -> Figures:
    lines = kept.content["lines"]
    cbs = next(each.cbs for each in DEFINITIONS if each.code == "cost")
    return Figures(
        name=f"verschillen-{kept.id}",
        measure="cost",
        definition=DEFINITION,
        row=DifferencesRow,
        columns=_columns(query, kept, share),
        notes=[NET] if any(line["basis"] == "net" for line in lines) else [],
        meta={"budget": kept.id, "budget_name": kept.content["name"], "cbs": cbs},
        facts={"begroting": f"{kept.content['name']} ({kept.content['version']})"},
    )


def _columns(query: DifferencesQuestion, kept: Kept, share: Share | None) -> Columns:
    year = query.year if query.year or share is None else first_year(kept, share)
    if share is None or year not in years_of(kept) or "cost" not in share.edition.tracks:
        return {name: np.zeros(0, dtype=object) for name in ROW}
    found = laid_out(kept, share, year)
    rows = [*found.rows, found.whole]
    texts = [_texts(row, kept, share, is_sum=row is found.whole) for row in rows]
    money = [_money(row) for row in rows]
    count = len(rows)
    columns: Columns = {
        "municipality": filled(kept.municipality, count),
        "budget": filled(kept.id, count),
        "version": filled(kept.content["version"], count),
        "unit": filled("EUR", count),
        "year": np.full(count, found.year, dtype=np.int64),
        "account_year": np.full(count, found.account_year, dtype=np.int64),
    }
    columns |= {name: np.array([row[name] for row in texts], dtype=object) for name in texts[0]}
    columns |= {
        name: np.array([row[name] for row in money], dtype=np.float64) / 100 for name in money[0]
    }
    columns |= origin(share, np.ones(count, dtype=np.bool_))
    return {name: columns[name] for name in ROW}


def _texts(row: Reconciled, kept: Kept, share: Share, *, is_sum: bool) -> dict[str, str | None]:
    names = product_labels(share)
    if row.line is None:
        code = None if is_sum else row.products[0]
        scope = SUM if is_sum else NO_LINE
        return {"scope": scope, "code": code, "label": names.get(code or ""), "basis": None}
    line: Mapping[str, Any] = kept.content["lines"][row.line]
    label = line["label"] or (names.get(line["code"]) if line["scope"] == PRODUCT else None)
    return {name: line[name] for name in ("scope", "code", "basis")} | {"label": label}


def _money(row: Reconciled) -> dict[str, int | None]:
    """Return the figures of a row in cents."""
    names = {name: f"{name}_eur" for name in PARTS} | {"account": "account_part_eur"}
    return {
        "account_eur": row.account,
        "budget_eur": row.budget,
        "forecast_eur": row.forecast,
        "difference_eur": row.difference,
    } | {names[name]: row.parts.get(name, 0) for name in PARTS}
