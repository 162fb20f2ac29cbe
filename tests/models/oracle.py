"""A slow, plain second opinion on every answer: loops over cells, no cleverness.

It reads the edition's arrays, not the code under test, and follows the sentences of the design on
what adds up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency, first_day, ordinal
from models.edition import Edition
from models.selection import Selection

Row = dict[str, Any]
Draws = npt.NDArray[np.int64]


@dataclass
class Cell:
    """One group in one period while it is being summed."""

    total: Draws
    months: set[int] = field(default_factory=set)
    forecast: bool = False
    unknown: bool = False


@dataclass(frozen=True)
class Figure:
    """One series in one base period."""

    months: range
    draws: Draws
    forecast: bool
    unknown: bool


def figures(edition: Edition, series: int, measure: str) -> Iterator[Figure]:
    """Yield every active base period of a series, with its draws in hundredths."""
    columns = edition.series
    if np.isnat(columns[f"from_{measure}"][series]):
        return
    base = Frequency(columns["frequency"][series])
    first = ordinal(columns[f"from_{measure}"][series].item(), base)
    last = ordinal(columns[f"until_{measure}"][series].item(), base)
    until = columns[f"data_until_{measure}"][series].item()
    known = first - 1 if until is None else ordinal(until, base)
    draws = int(edition.manifest["draws"])
    for period in range(first, last + 1):
        months = range(period * base.months, (period + 1) * base.months)
        if period <= known:
            value = edition.actuals[measure][series, period - edition.calendars[base].first]
            fixed = 0 if np.isnan(value) else int(value)
            yield Figure(months, np.full(draws, fixed), False, bool(np.isnan(value)))
        else:
            row = columns[f"row_{measure}"][series]
            path = edition.paths[measure][row, period - edition.axes[base].first]
            yield Figure(months, path.astype(np.int64), True, False)


def rows(edition: Edition, selection: Selection) -> list[Row]:
    """Answer a question by the book."""
    chosen = [n for n in range(len(edition)) if _wanted(edition, selection, n)]
    if not chosen:
        return []
    bases = [Frequency(edition.series["frequency"][number]) for number in chosen]
    base = max(bases, key=lambda frequency: frequency.months)
    over_time = selection.frequency == "all"
    target = base if over_time else Frequency(selection.frequency or base)
    cells = _summed(edition, selection, chosen, target)
    found = []
    for group in sorted({key[0] for key in cells}):
        mine = {period: cell for (owner, period), cell in cells.items() if owner == group}
        mine = {p: c for p, c in mine.items() if _inside(selection, first_day(p, target))}
        found += _timeless(mine) if over_time else _by_period(mine, target)
        for row in found:
            row.setdefault("group", group)
    return [_finished(row, selection, target) for row in found]


def _wanted(edition: Edition, selection: Selection, number: int) -> bool:
    columns = edition.series
    if np.isnat(columns[f"from_{selection.measure}"][number]):
        return False
    return all(
        not wanted or columns[name][number] in wanted
        for name, wanted in selection.filters().items()
    )


def _summed(
    edition: Edition, selection: Selection, chosen: list[int], target: Frequency
) -> dict[tuple[tuple[str, ...], int], Cell]:
    draws = int(edition.manifest["draws"])
    cells: dict[tuple[tuple[str, ...], int], Cell] = defaultdict(
        lambda: Cell(np.zeros(draws, dtype=np.int64))
    )
    for number in chosen:
        group = tuple(
            edition.series[name][number] if name in selection.by else "all"
            for name in ("municipality", "product", "district")
        )
        for figure in figures(edition, number, selection.measure):
            cell = cells[group, figure.months[0] // target.months]
            weight = len(figure.months) if selection.measure == "clients" else 1
            cell.total = cell.total + figure.draws * weight
            cell.months |= set(figure.months)
            cell.forecast |= figure.forecast
            cell.unknown |= figure.unknown
    return cells


def _inside(selection: Selection, day: date) -> bool:
    after = selection.start is None or day >= selection.start
    return after and (selection.end is None or day <= selection.end)


def _by_period(cells: dict[int, Cell], target: Frequency) -> list[Row]:
    return [
        {"period": period, "forecast": cell.forecast, "total": cell.total, "months": target.months}
        for period, cell in sorted(cells.items())
        if len(cell.months) == target.months and not cell.unknown
    ]


def _timeless(cells: dict[int, Cell]) -> list[Row]:
    found = []
    for forecast in (False, True):
        mine = [cell for cell in cells.values() if cell.forecast == forecast]
        if mine and not any(cell.unknown for cell in mine):
            total = np.sum([cell.total for cell in mine], axis=0)
            months = sum(len(cell.months) for cell in mine)
            row = {"period": None, "forecast": forecast, "total": total, "months": months}
            found.append(row)
    return found


def _finished(row: Row, selection: Selection, target: Frequency) -> Row:
    scale = 100 * (row["months"] if selection.measure == "clients" else 1)
    total = row["total"]
    values = {"mean": total.mean() / scale}
    for name, level in (("p10", 10), ("p50", 50), ("p90", 90)):
        values[name] = float(np.percentile(total, level)) / scale
    for band in selection.bands:
        values[f"lower_{band:g}"] = float(np.percentile(total, (100 - band) / 2)) / scale
        values[f"upper_{band:g}"] = float(np.percentile(total, (100 + band) / 2)) / scale
    timeless = row["period"] is None
    return {
        "municipality": row["group"][0],
        "product": row["group"][1],
        "district": row["group"][2],
        "period": "all" if timeless else first_day(row["period"], target),
        "frequency": "all" if timeless else target.value,
        "kind": "forecast" if row["forecast"] else "actual",
        **values,
    }
