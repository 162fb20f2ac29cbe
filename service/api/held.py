"""Series without a forecast, named beside the rows they are missing from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from service.api import explanations
from service.api.asks import Ask
from service.api.figure_rows import district_labels, product_labels

HELD = "held"
MOST = 20  # lines; the rest is counted
MOST_NAMES = 3  # in one line


def held_notes(
    asks: Sequence[Ask], measure: str, told: Callable[[str, str, str | None], str]
) -> list[str]:
    """Return a line for each product and reason, so many at most.

    Args:
        asks: what was asked.
        measure: of which there is no forecast.
        told: makes a line of product, places and reason.
    """
    lines = [told(*group) for group in _held(asks, measure)]
    more = [explanations.more_held_note(len(lines) - MOST)] if len(lines) > MOST else []
    return lines[:MOST] + more


def held_count(asks: Sequence[Ask], measure: str) -> int:
    """Return how many of the series asked have no forecast of a measure."""
    return sum(
        int((ask.share.edition.series[f"outcome_{measure}"][ask.chosen] == HELD).sum())
        for ask in asks
    )


def some(names: Sequence[str]) -> str:
    """Name a few, and count the rest."""
    shown = ", ".join(names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    return f"{shown} en nog {rest}" if rest > 0 else shown


def _held(asks: Sequence[Ask], measure: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield product, places and reason of series without a forecast, alike ones together."""
    for ask in asks:
        products, districts = product_labels(ask.share), district_labels(ask.share)
        for (product, reason), places in _grouped(ask, measure).items():
            names = tuple(_place(place, districts) for place in places)
            yield _named(product, products), some(names), reason


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
