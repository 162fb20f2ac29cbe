"""``GET /v1/scenarios/<id>/fit``: how far a lever must go to fit a budget, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, cast

import numpy as np
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from models.asking import Selection
from models.catalogue import COST_UNIT
from models.errors import ParameterFault, SelectionError
from models.goal_seek import NO_FIGURES, Sought, certainty_of, percent_for
from models.levers import MOST_LEVERS, Lever
from service.api import explanations
from service.api import row_parts as shared
from service.api.asks import asks_of
from service.api.bodies import MOST_CENTS
from service.api.figure_rows import origin
from service.api.figures import Figures, figures_answer
from service.api.filters import Filtered, Format, check_order
from service.api.media import form_name
from service.api.query import SEVERAL, Asked, Code, FirstDay, LastDay, Paged
from service.api.scenario_body import fault_of, levers_of
from service.api.scenario_effect import CARRIED, check_kept_levers, check_place, share_for
from service.api.scope import Share
from service.problems import InputFault, invalid
from service.state.kept import Kept

DEFINITION = (
    "De grootste omvang van één hefboom waarmee de kosten van de gekozen perioden samen, in zo'n "
    "deel van de doorgerekende toekomsten, binnen het budget blijven. De andere hefbomen blijven "
    "zoals zij zijn. En hoe zeker het budget genoeg is, zonder en met het scenario zoals bewaard."
)


class FitQuestion(Paged):
    """Which budget for what, by which lever, how sure."""

    municipality: Code | None = Field(
        None, description="Gemeente (code); nodig als u er meer ziet die dit kenmerk gebruiken."
    )
    budget: int = Field(
        ge=0,
        le=MOST_CENTS // 100,
        description="Budget in hele euro's, voor alle gekozen perioden samen.",
    )
    lever: Annotated[int, Field(ge=1, le=MOST_LEVERS)] = Field(
        1, description="De hefboom waarvan de omvang gezocht wordt, geteld vanaf 1."
    )
    certainty: Annotated[float, Field(ge=0.01, le=1)] = Field(
        0.8, description="Gekozen zekerheid: het deel van de toekomsten dat binnen moet blijven."
    )
    product: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Producten (codes van /products)."
    )
    district: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Gebieden (codes van /districts)."
    )
    start: FirstDay | None = Field(None, alias="from", description="Eerste dag, maand of jaar.")
    end: LastDay | None = Field(None, alias="to", description="Laatste dag, maand of jaar.")
    edition: Code | None = Field(
        None,
        description="Een andere editie (id van /editions) dan die van het scenario; dat staat dan "
        "in notes.",
    )
    format: Format | None = Field(
        None, description="Vorm van het antwoord; gaat vóór de kop Accept."
    )


class FitRow(BaseModel):
    """What was sought and found; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    scenario: str = Field(description="Kenmerk van het scenario.")
    lever: int = Field(description="Nummer van de hefboom.")
    lever_label: str = Field(description="Reden van de hefboom.")
    budget_eur: float = Field(description="Budget.")
    certainty: float = Field(description="Gekozen zekerheid.")
    percent: float | None = Field(
        description="Grootste omvang waarmee het past, in procenten; null als geen genoeg is."
    )
    at_limit: bool = Field(description="Of zelfs de grootste omvang die gezocht is nog past.")
    covers_eur: float = Field(description="Bedrag dat met die omvang en zekerheid genoeg is.")
    certainty_before: float = Field(description="Hoe zeker het budget genoeg is zonder scenario.")
    certainty_after: float = Field(description="Hetzelfde met het scenario zoals bewaard.")
    unit: shared.Unit
    estimate: shared.Estimate
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt


OWN = (
    *("scenario", "lever", "lever_label", "budget_eur", "certainty", "percent", "at_limit"),
    *("covers_eur", "certainty_before", "certainty_after", "unit"),
)


class FitAnswer(BaseModel):
    """What was found and what belongs to it."""

    meta: shared.FigureMeta
    rows: list[FitRow]


class _Stamped(FitQuestion):
    """The question with the scenario as it is now, so that the answer's tag knows both."""

    stamp: str = ""


def fit_answer(asked: Asked[FitQuestion], find: Callable[[str | None], Kept]) -> Response:
    """Seek how far a lever of a scenario must go.

    Args:
        asked: the question.
        find: returns the scenario, given the municipality that was asked for.

    Raises:
        ProblemError: 400 with every fault, 404 without the scenario.
    """
    query = asked.query
    form = form_name(query.format)
    check_order(cast(Asked[Filtered], asked), query.start, query.end)
    kept = find(query.municipality)
    share = share_for(asked, kept)
    check_place(asked, share)
    levers = levers_of(kept.content)
    if query.lever > len(levers):
        known = tuple(str(at + 1) for at in range(len(levers)))
        asked.faults.append(InputFault("unknown-value", "lever", str(query.lever), known))
    asked.check()
    check_kept_levers(share, kept)
    stamped = _Stamped.model_construct(**{**dict(query), "stamp": kept.tag})
    return figures_answer(stamped, [share], form, lambda: _figures(query, kept, share, levers))


def _figures(query: FitQuestion, kept: Kept, share: Share, levers: Sequence[Lever]) -> Figures:
    own, edition = str(kept.content["edition"]), share.edition.edition_id
    notes = [] if own == edition else [CARRIED.format(edition=edition, own=own)]
    notes += [explanations.DRAFT] if share.served.is_draft else []
    rows = list(_rows(query, kept, share, levers))
    columns = {name: _column([row[name] for row in rows]) for name in OWN}
    columns |= origin(share, np.ones(len(rows), dtype=np.bool_))
    return Figures(
        name=f"scenario-{kept.id}-budget",
        measure="cost",
        definition=DEFINITION,
        row=FitRow,
        columns={name: columns[name] for name in FitRow.model_fields},
        notes=notes,
        meta={},
        facts={"scenario": f"{kept.id}: {kept.content['name']}"},
    )


def _column(values: list[object]) -> Any:  # noqa: ANN401 (an array of any kind)
    """Return a column: texts, or figures that are NaN where there is none."""
    if not values or isinstance(values[0], str):
        return np.array(values, dtype=object)
    return np.array([np.nan if value is None else value for value in values])


def _rows(
    query: FitQuestion, kept: Kept, share: Share, levers: Sequence[Lever]
) -> Iterator[dict[str, Any]]:
    """Yield what was found; nothing where nothing that is selected has a figure."""
    cents = 100 * query.budget
    sought = _sought(query, share, levers, cents)
    if sought is None:
        return
    found, before, after = sought
    yield {
        "scenario": kept.id,
        "lever": query.lever,
        "lever_label": levers[query.lever - 1].reason,
        "budget_eur": cents / 100,
        "certainty": query.certainty,
        "percent": found.percent,
        "at_limit": found.at_limit,
        "covers_eur": found.covers / 100,
        "certainty_before": before,
        "certainty_after": after,
        "unit": COST_UNIT,
    }


def _sought(
    query: FitQuestion, share: Share, levers: Sequence[Lever], cents: int
) -> tuple[Sought, float, float] | None:
    wish = Selection("cost", by=(), frequency="year", start=query.start, end=query.end)
    asks = list(asks_of(cast(Filtered, query), [share], wish))
    if not asks:
        return None
    edition, selection = asks[0].share.edition, asks[0].selection
    try:
        found = percent_for(edition, selection, levers, query.lever - 1, cents, query.certainty)
        return found, *certainty_of(edition, selection, levers, cents)
    except SelectionError as error:
        if any(getattr(fault, "code", "") == NO_FIGURES for fault in error.faults):
            return None
        raise invalid([_told(fault) for fault in error.faults]) from None


def _told(fault: ParameterFault) -> InputFault:
    """Say what the method says in terms of the question: of a kept lever only its number is."""
    place = "lever" if fault.parameter.startswith("/levers") else fault.parameter
    return replace(fault_of(fault), parameter=place, place="query")
