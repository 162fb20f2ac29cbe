"""What a reader must know beside the rows: drafts, units that mislead, what has no figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.api import explanations
from service.api.forecast_plan import Ask, Plan
from service.api.forecast_rows import district_labels, product_labels

HELD = "held"
MOST = 20  # lines of one kind; the rest is counted
MOST_NAMES = 3  # in one line


def notes_of(plan: Plan, units: set[str]) -> list[str]:
    """Return the notes that belong to an answer.

    Args:
        plan: the sums it is made of.
        units: of its rows.
    """
    drafts = any(ask.share.served.is_draft for ask in plan.asks)
    notes = [explanations.DRAFT] if drafts else []
    notes += explanations.unit_notes(units)
    if plan.lacking:
        notes.append(explanations.lacking_note(plan.measure, _some(plan.lacking)))
    held = [explanations.held_note(*group) for group in _held(plan)]
    notes += held[:MOST]
    if len(held) > MOST:
        notes.append(explanations.more_held_note(len(held) - MOST))
    return notes


def _held(plan: Plan) -> Iterator[tuple[str, str, str | None]]:
    """Yield product, places and reason of series without a forecast, alike ones together."""
    for ask in plan.asks:
        products, districts = product_labels(ask.share), district_labels(ask.share)
        for (product, reason), places in _grouped(ask, plan.measure).items():
            names = tuple(_place(place, districts) for place in places)
            yield _named(product, products), _some(names), reason


def _grouped(ask: Ask, measure: str) -> dict[tuple[str, str | None], list[tuple[str, str]]]:
    series = ask.share.edition.series
    groups: dict[tuple[str, str | None], list[tuple[str, str]]] = {}
    for at in ask.chosen[series[f"outcome_{measure}"][ask.chosen] == HELD]:
        key = series["product"][at], series[f"reason_{measure}"][at]
        groups.setdefault(key, []).append((series["municipality"][at], series["district"][at]))
    return groups


def _place(place: tuple[str, str], labels: Mapping[str, str | None]) -> str:
    municipality, district = place
    if district == municipality:
        return f"{municipality} zonder gebied"
    return _named(district, labels)


def _named(code: str, labels: Mapping[str, str | None]) -> str:
    label = labels.get(code)
    return code if label in (None, code) else f"{label} ({code})"


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    return f"{shown} en nog {rest}" if rest > 0 else shown
