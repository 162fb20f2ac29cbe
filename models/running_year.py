"""The running year: declared, still to come and forecast, as one joint distribution.

Every sample path of a year is cut into what is known and what is not. ``declared`` is what was
booked: actuals of final months, and what was declared so far of months that are still open.
``still_to_come`` is the rest of those open months, ``remaining`` the months after the data. The
parts of each path add up to its total in whole cents, so their means do too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from models.asking import DIMENSIONS, Selection, check, check_districts, chosen_series
from models.catalogue import COST_UNIT, Frequency, last_day, ordinal, ordinals
from models.columns import days, texts
from models.cube import FIGURES, SCALE, Bools, Floats, Ints
from models.drivers import PRICE_BASE, Columns, groups_of
from models.edition import Edition
from models.errors import ParameterFault, SelectionError
from models.summing import BLOCK, quantiles

NOWCAST = "nowcast"  # the table of an edition with what was declared so far
_Key = tuple[str, str, int]  # municipality, product, month (ordinal)
PARTS = ("declared", "still_to_come", "remaining", "total")
COLUMNS = (*DIMENSIONS, "year", "part", "months", "measure", "unit", "price_base", *FIGURES)
DECLARED, TO_COME, REMAINING, TOTAL = range(4)
_MONTHS = 12
_LEVELS = (0.1, 0.5, 0.9)
PER_MUNICIPALITY = (
    "declarations are known per municipality only, and months of this year are still being "
    "declared: add the districts up"
)


def running_year(edition: Edition, selection: Selection, year: int | None = None) -> Columns:
    """Return the cost of a calendar year as declared, still to come and remaining.

    Args:
        edition: an opened edition.
        selection: filters and what is kept apart; its measure is cost. Its frequency, bounds and
            bands are not used.
        year: the year, or None for the one in which the data ends.

    Returns:
        The columns ``COLUMNS``, sorted by municipality, product and district; per group a row for
        each of ``PARTS``. ``months`` counts the months that a part covers; an open month is in
        ``declared`` once something was declared of it, and in ``still_to_come``. Euros of the year
        itself. ``mean`` adds up over the parts, and over groups. A group with an unknown actual in
        the year is left out, and so is one without anything in it. Series without a forecast count
        with what is known of them only.

    Raises:
        SelectionError: the question has no honest answer, such as districts of a year of which
            months are still being declared.
    """
    check(edition, selection)
    if selection.measure != "cost":
        _refuse([ParameterFault("measure", selection.measure, "is not money", ("cost",))])
    year = date.fromisoformat(edition.manifest["data_until"]).year if year is None else year
    chosen = chosen_series(edition, selection)
    check_districts(edition, selection, chosen)
    if not len(chosen):
        return _columns(
            [], year, np.zeros((0, len(PARTS)), np.int64), np.zeros((0, len(PARTS), len(FIGURES)))
        )
    keys, group = groups_of(edition, selection, chosen)
    cells = _cells(edition, chosen, group, year)
    declared = _declared(edition, chosen, group, cells, year)
    if len(declared.cents):
        _check_whole(selection)
    figures = np.zeros((len(keys), len(PARTS), len(FIGURES)))
    for block, sums in _sums(edition, cells, declared, len(keys)):
        figures[block] = _read_off(sums)
    given = _given(cells, declared, len(keys))
    months = _months(cells, declared, len(keys))
    names = [key for key, has in zip(keys, given, strict=True) if has]
    return _columns(names, year, months[given], figures[given])


def open_amounts(edition: Edition) -> dict[_Key, int]:
    """Return cents declared so far per municipality, product and open month (ordinal).

    Empty when the edition knows of no declarations.
    """
    if f"{NOWCAST}.parquet" not in edition.manifest["files"]:
        return {}
    table = edition.table(NOWCAST)
    places = (texts(table.column(name)).tolist() for name in ("municipality", "product"))
    months = ordinals(days(table.column("period")), Frequency.MONTH).tolist()
    cents = table.column("declared_cents").to_pylist()
    return dict(zip(zip(*places, months, strict=True), cents, strict=True))


@dataclass(frozen=True)
class _Cells:
    """One entry per series and base period of the year in which the series runs.

    Attributes:
        series: the series.
        group: its group.
        part: declared (an actual), still to come (has passed) or remaining.
        month: first month of the period, 0 = January.
        length: months in the period.
        cents: the actual; 0 where there is none, or it is not known.
        unknown: an actual that is not known.
        step: column of the paths; of no meaning for an actual.
    """

    series: Ints
    group: Ints
    part: Ints
    month: Ints
    length: Ints
    cents: Ints
    unknown: Bools
    step: Ints


@dataclass(frozen=True)
class _Declared:
    """What was declared of open months.

    Attributes:
        group: of each amount.
        month: 0 = January.
        cents: the amount.
        expected: 1 where the month is forecast, so that it leaves less to come; else 0.
    """

    group: Ints
    month: Ints
    cents: Ints
    expected: Ints


def _cells(edition: Edition, chosen: Ints, group: Ints, year: int) -> _Cells:
    parts = [
        _of_frequency(edition, chosen[members], group[members], base, year)
        for base, members in edition.by_frequency(chosen)
    ]
    names = [field.name for field in fields(_Cells)]
    return _Cells(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _of_frequency(
    edition: Edition, series: Ints, group: Ints, base: Frequency, year: int
) -> _Cells:
    track, end = edition.tracks["cost"], date.fromisoformat(edition.manifest["data_until"])
    periods = ordinal(date(year, 1, 1), base) + np.arange(base.per_year)
    running = (periods >= track.first[series, None]) & (periods <= track.last[series, None])
    at, column = np.nonzero(running)
    mine, period = series[at], periods[column]
    passed = np.array([last_day(one, base) <= end for one in periods.tolist()])[column]
    actual = period <= track.data_until[mine]
    known = np.full(len(mine), np.nan)
    known[actual] = track.actuals[mine[actual], period[actual] - edition.calendars[base].first]
    axis = edition.axes.get(base)
    return _Cells(
        series=mine,
        group=group[at],
        part=np.where(actual, DECLARED, np.where(passed, TO_COME, REMAINING)),
        month=column * base.months,
        length=np.full(len(mine), base.months, dtype=np.int64),
        cents=np.nan_to_num(known).astype(np.int64),
        unknown=actual & np.isnan(known),
        step=period - (axis.first if axis else 0),
    )


def _declared(edition: Edition, chosen: Ints, group: Ints, cells: _Cells, year: int) -> _Declared:
    """Return what was declared of the open months of the year.

    Where some series of a product have an actual already, that is part of what was declared. Where
    none has one and none is forecast, what was declared is all that is known of the month.
    """
    first = ordinal(date(year, 1, 1), Frequency.MONTH)
    months = range(first, first + _MONTHS)
    group_of = dict(zip(_places(edition, chosen), group.tolist(), strict=True))
    found = {
        key: cents
        for key, cents in open_amounts(edition).items()
        if key[:2] in group_of and key[2] in months
    }
    known, ahead = _running(edition, cells, first) if found else ({}, set[_Key]())
    rows = [
        (group_of[key[:2]], key[2] - first, cents - known.get(key, 0), key in ahead)
        for key, cents in found.items()
        if key in ahead or key not in known
    ]
    return _Declared(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


def _running(edition: Edition, cells: _Cells, first: int) -> tuple[dict[_Key, int], set[_Key]]:
    """Return the actuals of the months of each product, and the months that are forecast."""
    places = _places(edition, cells.series)
    keys = [(*place, first + month) for place, month in zip(places, cells.month, strict=True)]
    known: dict[_Key, int] = {}
    ahead: set[_Key] = set()
    for key, part, cents in zip(keys, cells.part.tolist(), cells.cents.tolist(), strict=True):
        if part == DECLARED:
            known[key] = known.get(key, 0) + cents
        else:
            ahead.add(key)
    return known, ahead


def _places(edition: Edition, series: Ints) -> list[tuple[str, str]]:
    """Return municipality and product of each series."""
    names = (edition.series[name][series].tolist() for name in ("municipality", "product"))
    return list(zip(*names, strict=True))


def _check_whole(selection: Selection) -> None:
    """Refuse districts: what was declared of open months is not known by district."""
    faults = []
    if "district" in selection.by:
        faults.append(ParameterFault("by", "district", PER_MUNICIPALITY))
    faults += [ParameterFault("district", code, PER_MUNICIPALITY) for code in selection.districts]
    if faults:
        _refuse(faults)


def _sums(
    edition: Edition, cells: _Cells, declared: _Declared, groups: int
) -> Iterator[tuple[slice, Ints]]:
    """Yield blocks of groups and their parts per path: (groups in block, PARTS, draws), cents."""
    track = edition.tracks["cost"]
    draws = max(track.paths.shape[2], 1)
    fixed = np.zeros((groups, TOTAL), dtype=np.int64)
    np.add.at(fixed[:, DECLARED], cells.group, cells.cents)
    np.add.at(fixed[:, DECLARED], declared.group, declared.cents)
    np.subtract.at(fixed[:, TO_COME], declared.group, declared.cents * declared.expected)
    ahead = np.flatnonzero(cells.part != DECLARED)
    ahead = ahead[np.argsort(cells.group[ahead], kind="stable")]
    size = max(1, BLOCK // (len(PARTS) * draws))
    for start in range(0, groups, size):
        block = slice(start, min(start + size, groups))
        sums = np.zeros((block.stop - start, len(PARTS), draws), dtype=np.int64)
        sums[:, :TOTAL] = fixed[block, :, None]
        low, high = np.searchsorted(cells.group[ahead], (start, block.stop))
        for at in ahead[low:high].tolist():
            path = track.paths[track.rows[cells.series[at]], cells.step[at]]
            sums[cells.group[at] - start, cells.part[at]] += path
        sums[:, TOTAL] = sums[:, :TOTAL].sum(axis=1)
        yield block, sums


def _given(cells: _Cells, declared: _Declared, groups: int) -> Bools:
    """Tell which groups have anything in the year, and nothing unknown."""
    given = np.zeros(groups, dtype=np.bool_)
    given[cells.group] = given[declared.group] = True
    given[cells.group[cells.unknown]] = False
    return given


def _months(cells: _Cells, declared: _Declared, groups: int) -> Ints:
    """Count the months that each part of each group covers: (groups, PARTS)."""
    covered = np.zeros((groups, len(PARTS), _MONTHS), dtype=np.bool_)
    for later in range(int(cells.length.max(initial=0))):
        inside = later < cells.length
        month = cells.month[inside] + later
        for part in (cells.part[inside], TOTAL):
            covered[cells.group[inside], part, month] = True
    for part in (DECLARED, TOTAL):
        covered[declared.group, part, declared.month] = True
    return np.asarray(covered.sum(axis=-1), dtype=np.int64)


def _read_off(sums: Ints) -> Floats:
    """Return p10, p50, p90 and mean of each part in euros: (groups, PARTS, FIGURES)."""
    mean = sums.sum(axis=-1) / sums.shape[-1]
    return np.asarray(np.stack([*quantiles(sums, _LEVELS), mean], axis=-1) / SCALE)


def _columns(keys: list[dict[str, str]], year: int, months: Ints, figures: Floats) -> Columns:
    count = len(keys) * len(PARTS)
    columns: Columns = {
        name: np.repeat(
            np.array([*(key[name] for key in keys), None], dtype=object)[:-1], len(PARTS)
        )
        for name in DIMENSIONS
    }
    columns["year"] = np.full(count, year, dtype=np.int64)
    columns["part"] = np.tile(np.array(PARTS, dtype=object), len(keys))
    columns["months"] = months.reshape(count)
    for name, text in (("measure", "cost"), ("unit", COST_UNIT), ("price_base", PRICE_BASE)):
        columns[name] = np.full(count, text, dtype=object)
    flat = figures.reshape(count, len(FIGURES))
    return columns | {name: np.round(flat[:, at], 6) for at, name in enumerate(FIGURES)}


def _refuse(faults: list[ParameterFault]) -> None:
    told = "; ".join(f"{fault.parameter} {fault.value!r} {fault.rule}" for fault in faults)
    raise SelectionError(told, faults)
