"""What a reader must know beside the rows: drafts, units that mislead, what has no figures."""

from __future__ import annotations

from collections.abc import Sequence

from service.api import explanations
from service.api.asks import Ask
from service.api.forecast_plan import Plan
from service.api.held import held_notes, some
from service.api.scope import Sight


def notes_of(plan: Plan, units: set[str]) -> list[str]:
    """Return the notes that belong to an answer.

    Args:
        plan: the sums it is made of.
        units: of its rows.
    """
    notes = draft_notes(plan.asks) + explanations.unit_notes(units) + sight_notes(plan.asks)
    notes += lacking_notes(plan.measure, plan.lacking)
    mine = [ask for ask in plan.asks if ask.share.sight is not Sight.SHARED]
    return notes + held_notes(mine, plan.measure, explanations.held_note)


def sight_notes(asks: Sequence[Ask]) -> list[str]:
    """Say so when figures are protected, and whose are shared by others."""
    notes = []
    if any(ask.share.sight is not Sight.EXACT for ask in asks):
        notes.append(explanations.PROTECTED)
    others = sorted(
        {c for a in asks if a.share.sight is Sight.SHARED for c in a.share.municipalities}
    )
    if others:
        notes.append(explanations.shared_note(some(others)))
    return notes


def draft_notes(asks: Sequence[Ask]) -> list[str]:
    """Say so when any of the figures is a draft."""
    return [explanations.DRAFT] if any(ask.share.served.is_draft for ask in asks) else []


def lacking_notes(measure: str, municipalities: Sequence[str]) -> list[str]:
    """Name the municipalities that have no figures of a measure."""
    return [explanations.lacking_note(measure, some(municipalities))] if municipalities else []
