"""``GET /v1/running-year``: the cost of a year, declared, still to come and remaining."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from apiflask import APIBlueprint
from flask import Response, request

from models.asking import Selection
from models.errors import ParameterFault
from models.running_year import NOWCAST, PARTS, PER_MUNICIPALITY
from models.running_year import running_year as parts_of_year
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api.asks import Ask, asks_of, check_editions, check_filters, explained
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns, asked_of, joined, mapped, origin, place_labels
from service.api.figures import Figures, figures_answer
from service.api.forecast_notes import draft_notes, lacking_notes
from service.api.held import held_count, held_notes
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import read_question
from service.api.remembering import remembered
from service.api.running_year_answer import (
    ROW,
    RunningYearAnswer,
    RunningYearQuestion,
    RunningYearRow,
)
from service.api.scope import Share, visible_shares
from service.problems import InputFault

BLUEPRINT = APIBlueprint("running_year", __name__, tag={"name": "ramingen"})
MEASURE = "cost"
LABELS: dict[str, str | None] = {code: label for code, (label, _) in explanations.PARTS.items()}


@endpoint(
    BLUEPRINT,
    "/running-year",
    RunningYearAnswer,
    Description(question=RunningYearQuestion, media_types=MEDIA_TYPES, example="running-year"),
)
@access_rule(Role.CONTROLLER)
@remembered
def running_year() -> Response:
    """Het lopende jaar.

    De kosten van een kalenderjaar: wat gedeclareerd is, wat over verstreken maanden nog komt, en
    de raming van de resterende maanden, als één gezamenlijke verdeling.
    """
    asked = read_question(RunningYearQuestion, request.args)
    form = form_name(asked.query.format)
    mine = check_filters(asked, visible_shares(asked))
    wish = Selection(MEASURE, by=tuple(asked.query.group_by))
    asks = tuple(asks_of(asked.query, mine, wish)) if not asked.faults else ()
    check_editions(asked, asked.query.group_by, asks)
    query = asked.check()
    shares = [ask.share for ask in asks]
    return figures_answer(query, shares, form, lambda: _figures(query, asks, mine))


def _figures(query: RunningYearQuestion, asks: Sequence[Ask], shares: Sequence[Share]) -> Figures:
    columns = joined([_part(query, ask) for ask in asks], ROW)
    lacking = sorted(m for share in shares for m in share.municipalities_without(MEASURE))
    years = set(columns["year"].tolist())
    notes = draft_notes(asks) + lacking_notes(MEASURE, lacking)
    if _undeclared(asks, columns):
        notes.append(explanations.UNKNOWN_DECLARED)
    about = {
        "year": years.pop() if len(years) == 1 else query.year,
        "parts": explanations.terms(explanations.PARTS),
        "adding": explanations.PARTS_ADD_UP,
        "held": held_count(asks, MEASURE),
    }
    facts = {
        "delen": explanations.told(explanations.PARTS),
        "optellen": explanations.PARTS_ADD_UP,
    }
    return Figures(
        name="lopend-jaar",
        measure=MEASURE,
        definition=explanations.DEFINITIONS[MEASURE],
        row=RunningYearRow,
        columns=columns,
        notes=notes + held_notes(asks, MEASURE, explanations.held_note),
        meta=about,
        facts=facts,
    )


def _undeclared(asks: Sequence[Ask], columns: Columns) -> bool:
    """Tell whether months are still to come of an edition that knows of no declarations."""
    lacking = {
        ask.share.edition.edition_id
        for ask in asks
        if not ask.share.edition.manifest["files"].get(f"{NOWCAST}.parquet")
    }
    coming = (columns["part"] == "still_to_come") & (columns["months"] > 0)
    return bool(lacking & set(columns["edition"][coming].tolist()))


def _part(query: RunningYearQuestion, ask: Ask) -> Columns:
    def told(fault: ParameterFault, ask: Ask) -> InputFault:
        if fault.rule == PER_MUNICIPALITY:
            parameter = "groupBy" if fault.parameter == "by" else fault.parameter
            return InputFault("declared-together", parameter, fault.value)
        return explained(fault, query.group_by, ask)

    edition, wanted = ask.share.edition, ask.selection
    found = asked_of(ask, lambda: parts_of_year(edition, wanted, query.year), told)
    whole = {
        **found,
        **place_labels(query, ask.share, found),
        **origin(ask.share, _estimates(found)),
        "part_label": mapped(found["part"].tolist(), LABELS),
    }
    return {name: whole[name] for name in ROW}


def _estimates(found: Columns) -> npt.NDArray[np.bool_]:
    """Tell which rows hold an estimate: months that are not known by themselves, or a total."""
    ahead = np.isin(found["part"].astype(str), ("still_to_come", "remaining"))
    own = ahead & (found["months"] > 0)
    total = np.asarray(found["part"] == "total")
    some = own.reshape(-1, len(PARTS)).any(axis=1)
    return np.asarray(own | (total & np.repeat(some, len(PARTS))))
