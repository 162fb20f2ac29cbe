"""``GET /v1/drivers``: why figures grow, from the base year to each later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from apiflask import APIBlueprint
from flask import Response, request

from models.asking import Selection
from models.drivers import causes
from models.errors import ParameterFault
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api.asks import Ask, asks_of, check_editions, check_filters, explained
from service.api.driver_answer import ROW, YEAR, DriverAnswer, DriverQuestion, DriverRow
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns, asked_of, joined, mapped, origin, place_labels
from service.api.figures import Figures, figures_answer
from service.api.filters import check_order
from service.api.forecast_notes import draft_notes
from service.api.held import held_count, held_notes, some
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import Asked, read_question
from service.api.remembering import remembered
from service.api.scope import Share, visible_shares
from service.problems import InputFault

BLUEPRINT = APIBlueprint("drivers", __name__, tag={"name": "ramingen"})
PREFERRED = ("cost", "clients")
LABELS: dict[str, str | None] = {code: label for code, (label, _) in explanations.CAUSES.items()}


@endpoint(
    BLUEPRINT,
    "/drivers",
    DriverAnswer,
    Description(question=DriverQuestion, media_types=MEDIA_TYPES, example="drivers"),
)
@access_rule(Role.CONTROLLER)
@remembered
def drivers() -> Response:
    """Oorzaken van groei.

    Wat bevolking, gebruik, volume per cliënt, prijs en gemeten beleid bijdragen aan het verschil
    tussen het basisjaar en elk later jaar, met de bandbreedte van elke bijdrage. Basisjaar en
    oorzaken tellen op tot het totaal (mean).
    """
    asked = read_question(DriverQuestion, request.args)
    form = form_name(asked.query.format)
    plan = _plan(asked, visible_shares(asked))
    query = asked.check()
    shares = [ask.share for ask in plan.asks]
    return figures_answer(query, shares, form, lambda: _figures(query, plan))


def driver_rows(asked: Asked[DriverQuestion], shares: list[Share]) -> Columns:
    """Return the rows of a question, for who shows them in another form.

    Args:
        asked: the question.
        shares: what the asker sees.

    Raises:
        ProblemError: 400 with every fault.
    """
    plan = _plan(asked, shares)
    query = asked.check()
    return joined([_part(query, ask) for ask in plan.asks], ROW)


@dataclass(frozen=True)
class _Plan:
    """How a question is answered.

    Attributes:
        measure: what is counted.
        asks: one per edition that has any of it.
        lacking: selected municipalities whose edition has no split of the measure.
    """

    measure: str
    asks: tuple[Ask, ...]
    lacking: tuple[str, ...]


def _plan(asked: Asked[DriverQuestion], shares: list[Share]) -> _Plan:
    query = asked.query
    check_order(asked, query.start, query.end)
    mine = check_filters(asked, shares)
    measure = _measure(asked, mine)
    asked.check()
    able = [share for share in mine if measure in _split(share)]
    kept = tuple(name for name in query.group_by if name != YEAR)
    wish = Selection(measure, by=kept, start=query.start, end=query.end)
    asks = tuple(asks_of(query, able, wish))
    check_editions(asked, query.group_by, asks)
    lacking = (code for share in mine if share not in able for code in share.municipalities)
    return _Plan(measure, asks, tuple(sorted(lacking)))


def _split(share: Share) -> tuple[str, ...]:
    """Return the measures of an edition that are split by cause."""
    about = share.edition.manifest.get("drivers", {})
    return tuple(name for name in about.get("measures", ()) if name in share.measures())


def _measure(asked: Asked[DriverQuestion], shares: Sequence[Share]) -> str:
    """Return the measure to split; without any split there is a fault."""
    there = {measure for share in shares for measure in _split(share)}
    wanted = asked.query.measure
    known = tuple(name for name in PREFERRED if name in there)
    if shares and not known:
        ids = ", ".join(sorted(share.edition.edition_id for share in shares))
        asked.faults.append(InputFault("no-causes", "edition", ids))
    elif known and wanted is not None and wanted not in known:
        asked.faults.append(InputFault("unknown-value", "measure", wanted, known))
    return wanted or next(iter(known), PREFERRED[0])


def _figures(query: DriverQuestion, plan: _Plan) -> Figures:
    columns = joined([_part(query, ask) for ask in plan.asks], ROW)
    notes = draft_notes(plan.asks)
    notes += explanations.unit_notes(set(columns["unit"].tolist()))
    if plan.lacking:
        notes.append(explanations.no_split_note(some(plan.lacking)))
    if plan.measure == "cost" and not all(map(_priced, plan.asks)):
        notes.append(explanations.UNPRICED)
    notes += held_notes(plan.asks, plan.measure, explanations.unsplit_note)
    about = {
        "causes": explanations.terms(explanations.CAUSES),
        "adding": explanations.CAUSES_ADD_UP,
        "held": held_count(plan.asks, plan.measure),
    }
    facts = {
        "oorzaken": explanations.told(explanations.CAUSES),
        "optellen": explanations.CAUSES_ADD_UP,
    }
    return Figures(
        name=f"oorzaken-{plan.measure}",
        measure=plan.measure,
        definition=explanations.DEFINITIONS[plan.measure],
        row=DriverRow,
        columns=columns,
        notes=notes,
        meta=about,
        facts=facts,
    )


def _priced(ask: Ask) -> bool:
    """Tell whether an edition knows the course of any price; older ones do not say."""
    return bool(ask.share.edition.manifest.get("drivers", {}).get("priced", True))


def _part(query: DriverQuestion, ask: Ask) -> Columns:
    def told(fault: ParameterFault, ask: Ask) -> InputFault:
        return explained(fault, query.group_by, ask)

    found = asked_of(ask, lambda: causes(ask.share.edition, ask.selection), told)
    known = np.asarray((found["cause"] == "base") & (found["p10"] == found["p90"]))
    whole = {
        **found,
        **place_labels(query, ask.share, found),
        **origin(ask.share, ~known),
        "cause_label": mapped(found["cause"].tolist(), LABELS),
    }
    return {name: whole[name] for name in ROW}
