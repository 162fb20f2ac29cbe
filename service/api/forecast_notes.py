"""What a reader must know beside the rows: drafts, units that mislead, what has no figures."""

from __future__ import annotations

from collections.abc import Sequence

from service.api import explanations
from service.api.asks import Ask
from service.api.forecast_plan import Plan
from service.api.held import held_notes, some


def notes_of(plan: Plan, units: set[str]) -> list[str]:
    """Return the notes that belong to an answer.

    Args:
        plan: the sums it is made of.
        units: of its rows.
    """
    notes = draft_notes(plan.asks) + explanations.unit_notes(units)
    notes += lacking_notes(plan.measure, plan.lacking)
    return notes + held_notes(plan.asks, plan.measure, explanations.held_note)


def draft_notes(asks: Sequence[Ask]) -> list[str]:
    """Say so when any of the figures is a draft."""
    return [explanations.DRAFT] if any(ask.share.served.is_draft for ask in asks) else []


def lacking_notes(measure: str, municipalities: Sequence[str]) -> list[str]:
    """Name the municipalities that have no figures of a measure."""
    return [explanations.lacking_note(measure, some(municipalities))] if municipalities else []
