"""``GET /v1/scenarios/<id>/effect``: base beside adjusted, with the difference's own band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

import numpy as np
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from models.asking import Selection
from models.catalogue import ALL
from models.errors import SelectionError
from models.levers import overlaps
from models.scenario_rows import ADJUSTED, BASE, DIFFERENCE, LEVER, effect
from service.api import explanations
from service.api import row_parts as shared
from service.api.asks import Ask, asks_of, explained
from service.api.figure_rows import Columns, filled, mapped, origin, place_labels, price_base
from service.api.figures import Figures, figures_answer
from service.api.filters import Filtered, Format, check_order
from service.api.forecast_question import GROUPS, PERIOD, Group, Measure
from service.api.kept import editions_of, share_of
from service.api.media import form_name
from service.api.query import SEVERAL, Asked, Code, FirstDay, LastDay, Paged
from service.api.scenario_body import answer_of, fault_of, lever_faults, levers_of
from service.api.scope import Share, check_codes
from service.problems import InputFault, invalid
from service.state.kept import Kept

PREFERRED = ("cost", "clients", "volume")
PARTS = {
    BASE: ("raming", "Het cijfer zonder het scenario."),
    DIFFERENCE: ("verschil", "Wat het scenario samen verandert, met een eigen bandbreedte."),
    ADJUSTED: ("met het scenario", "Het cijfer met het scenario."),
}
ADDING = (
    "In elke doorgerekende toekomst tellen raming en hefbomen tot op de cent op tot het cijfer met "
    "het scenario; de gemiddelden (mean) dus ook, p10, p50 en p90 niet. Maanden die bekend zijn "
    "veranderen niet. Hefbomen werken op elkaar door in volgorde, plafonds als laatste."
)
OVERLAP = "Hefboom {one} en {other} zijn van dezelfde soort en raken dezelfde producten en maanden."
CARRIED = "Doorgerekend op editie {edition}; het scenario is gemaakt op editie {own}."


class EffectQuestion(Paged):
    """Which sums, by which edition, in which form."""

    municipality: Code | None = Field(
        None, description="Gemeente (code); nodig als u er meer ziet die dit kenmerk gebruiken."
    )
    product: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Producten (codes van /products)."
    )
    district: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Gebieden (codes van /districts)."
    )
    measure: Measure | None = Field(
        None, description="Wat er geteld wordt. Standaard cost als de editie kosten heeft."
    )
    group_by: tuple[Group, ...] = Field(
        GROUPS,
        json_schema_extra=SEVERAL,
        alias="groupBy",
        description="Waarnaar de rijen zijn uitgesplitst; over de rest is opgeteld (die kolom zegt "
        "dan all), met de bandbreedte van die som.",
    )
    frequency: Literal["month", "quarter", "year"] = Field(
        "year", description="Lengte van de periode; fijner dan aangeleverd kan niet."
    )
    start: FirstDay | None = Field(None, alias="from", description="Eerste dag, maand of jaar.")
    end: LastDay | None = Field(None, alias="to", description="Laatste dag, maand of jaar.")
    detail: Literal["total", "levers"] = Field(
        "total", description="levers: ook een rij per hefboom, met wat die toevoegt."
    )
    edition: Code | None = Field(
        None,
        description="Een andere editie (id van /editions) dan die van het scenario; dat staat dan "
        "in notes.",
    )
    format: Format | None = Field(
        None, description="Vorm van het antwoord; gaat vóór de kop Accept."
    )


class EffectRow(shared.SumRow):
    """One part of the effect of a scenario; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    scenario: str = Field(description="Kenmerk van het scenario.")
    part: str = Field(
        description="base: raming; lever-1 en verder: wat elke hefboom toevoegt; difference: "
        "samen; adjusted: met het scenario."
    )
    part_label: str = Field(description="Naam van dit deel; van een hefboom de reden.")
    p10: shared.P10
    p50: shared.P50
    p90: shared.P90
    mean: shared.Mean
    estimate: shared.Estimate
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt


class EffectMeta(shared.FigureMeta):
    """What belongs to the effect as a whole."""

    scenario: dict[str, Any] = Field(
        description="Het scenario zoals bewaard: reden, auteur, editie, hefbomen."
    )
    adding: str = Field(description="Hoe de delen optellen.")


class EffectAnswer(BaseModel):
    """The effect of a scenario and what belongs to it."""

    meta: EffectMeta
    rows: list[EffectRow]


ROW = tuple(EffectRow.model_fields)


class _Stamped(EffectQuestion):
    """The question with the scenario as it is now, so that the answer's tag knows both."""

    stamp: str = ""


def effect_answer(asked: Asked[EffectQuestion], find: Callable[[str | None], Kept]) -> Response:
    """Compute a scenario on its own edition, or on another that was asked for.

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
    measure = _measure(asked, share)
    check_place(asked, share)
    asked.check()
    check_kept_levers(share, kept)
    stamped = _Stamped.model_construct(**{**dict(query), "stamp": kept.tag})
    return figures_answer(
        stamped, [share], form, lambda: effect_figures(query, kept, share, measure)
    )


def check_place(asked: Asked[Any], share: Share) -> None:
    """Add a fault for each product and district of a question that its edition does not know."""
    for name in ("product", "district"):
        check_codes(asked, name, getattr(asked.query, name), share.codes(name))


def check_kept_levers(share: Share, kept: Kept) -> None:
    """Check the levers of a scenario against the edition it is computed on.

    Raises:
        ProblemError: 400 with every fault.
    """
    faults = lever_faults(share, kept.municipality, levers_of(kept.content))
    if faults:
        raise invalid(faults)


def share_for(asked: Asked[Any], kept: Kept) -> Share:
    """Return the edition that a scenario is computed on: its own, or that of the question.

    Args:
        asked: the question, with an ``edition``.
        kept: the scenario.

    Raises:
        ProblemError: 400 with every fault so far where there is none.
    """
    wanted = asked.query.edition or str(kept.content["edition"])
    share = share_of(kept.municipality, wanted)
    if share is None:
        named = asked.query.edition is not None
        code = "unknown-value" if named else "no-edition"
        asked.faults.append(InputFault(code, "edition", wanted, editions_of(kept.municipality)))
        raise invalid(asked.faults)
    return share


def _measure(asked: Asked[EffectQuestion], share: Share) -> str:
    there = share.measures()
    wanted = asked.query.measure
    if wanted is not None and wanted not in there:
        asked.faults.append(InputFault("unknown-value", "measure", wanted, there))
    return wanted or next((name for name in PREFERRED if name in there), PREFERRED[0])


def effect_figures(query: EffectQuestion, kept: Kept, share: Share, measure: str) -> Figures:
    """Return the effect of a scenario on an edition, for who shows it in another form.

    Args:
        query: which sums.
        kept: the scenario, its levers checked against the edition.
        share: the edition.
        measure: what is counted.

    Raises:
        ProblemError: 400 for a sum that has no honest answer.
    """
    columns = _columns(query, kept, share, measure)
    scenario = answer_of(kept)
    reached = ", ".join(sorted({kept.author, kept.changed_by}))
    return Figures(
        name=f"scenario-{kept.id}",
        measure=measure,
        definition=explanations.DEFINITIONS[measure],
        row=EffectRow,
        columns=columns,
        notes=_notes(kept, share, set(columns["unit"].tolist())),
        meta={"scenario": scenario, "adding": ADDING},
        facts={
            "scenario": f"{kept.id}: {kept.content['name']}",
            "reden": kept.content["reason"],
            "auteur": reached,
            "editie van het scenario": kept.content["edition"],
            "optellen": ADDING,
        },
    )


def _notes(kept: Kept, share: Share, units: set[str]) -> list[str]:
    own, edition = str(kept.content["edition"]), share.edition.edition_id
    notes = [] if own == edition else [CARRIED.format(edition=edition, own=own)]
    notes += [explanations.DRAFT] if share.served.is_draft else []
    notes += [
        OVERLAP.format(one=one + 1, other=other + 1)
        for one, other in overlaps(levers_of(kept.content))
    ]
    return notes + explanations.unit_notes(units)


def _columns(query: EffectQuestion, kept: Kept, share: Share, measure: str) -> Columns:
    kept_apart = PERIOD in query.group_by
    wish = Selection(
        measure,
        by=tuple(name for name in query.group_by if name != PERIOD),
        frequency=query.frequency if kept_apart else ALL,
        start=query.start,
        end=query.end,
    )
    filters = cast(Filtered, query)  # of which only product and district are read
    asks = list(asks_of(filters, [share], wish))
    if not asks:
        return {name: np.zeros(0, dtype=object) for name in ROW}
    return _part(query, kept, asks[0])


def _part(query: EffectQuestion, kept: Kept, ask: Ask) -> Columns:
    levers = levers_of(kept.content)
    try:
        found = effect(ask.share.edition, ask.selection, levers, query.detail == "levers")
    except SelectionError as error:
        raise invalid(_told(error, query, ask)) from None
    count = len(found["mean"])
    labels: dict[str, str | None] = {code: label for code, (label, _) in PARTS.items()}
    labels |= {f"{LEVER}{at + 1}": lever.reason for at, lever in enumerate(levers)}
    whole = {
        **found,
        **place_labels(cast(Filtered, query), ask.share, found),
        **origin(ask.share, np.ones(count, dtype=np.bool_)),
        "price_base": filled(price_base(ask.selection.measure), count),
        "scenario": filled(kept.id, count),
        "part_label": mapped(found["part"].tolist(), labels),
    }
    return {name: whole[name] for name in ROW}


def _told(error: SelectionError, query: EffectQuestion, ask: Ask) -> Sequence[InputFault]:
    return [
        fault_of(fault)
        if fault.parameter.startswith("/levers")
        else explained(fault, query.group_by, ask)
        for fault in error.faults
    ]
