"""The one place where a question to an edition is answered: sums with their own bands.

Export, API, pages and reports all ask here. What adds up:

- Everything is summed per sample path in whole hundredths, then read off; actual rows have all
  quantiles equal to the value. ``mean`` is the figure that adds.
- Cost adds over anything. Volume adds within one unit. Clients add over districts and, over
  products, as client-product combinations; over time they are averaged.
- One answer has one frequency, by default the coarsest base frequency of what is selected.
- A period is given only when it is complete: every base period in it has an active series of the
  group, and no active series has an unknown actual in it. Partly actual, partly forecast is a
  forecast whose actual part does not vary.
- With frequency ``all`` time is summed over as well: one row for what is actual, one for what is
  forecast. Unknown actuals withhold the row they belong to.
- A series without a forecast (held) counts in the past only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.asking import (
    DIMENSIONS,
    Selection,
    check,
    check_districts,
    chosen_series,
    common_frequency,
    units,
)
from models.base_rows import Actuals, with_actuals
from models.catalogue import ALL, Frequency, first_day, first_days, ordinal
from models.cells import Cells, base_cells, over_time, per_period
from models.cube import FIGURES, Axis, Cube, Ints, Paths, build_cube
from models.errors import SelectionError
from models.question import Question

__all__ = [
    "COLUMNS",
    "Actuals",
    "Selection",
    "SelectionError",
    "answer",
    "base_forecasts",
    "question_of",
]

TEXTS = (*DIMENSIONS, "frequency", "measure", "unit", "kind")
COLUMNS = (*DIMENSIONS, "period", "frequency", "measure", "unit", "kind", *FIGURES)
FORECASTS_SCHEMA = pa.schema(
    [
        (name, pa.string() if name in TEXTS else pa.date32() if name == "period" else pa.float64())
        for name in COLUMNS
    ]
)
Columns = dict[str, npt.NDArray[Any]]


def answer(edition: Cube, selection: Selection) -> Columns:
    """Answer a question.

    Args:
        edition: an opened edition.
        selection: the question.

    Returns:
        The columns ``COLUMNS`` (and those of further bands), rows sorted by municipality, product,
        district, period. Text columns are object arrays; ``period`` is datetime64[D], or the text
        ``all`` when time is summed over. Figures are in units (euros for cost), rounded to
        nine decimals, large ones to fewer. No rows: empty columns.

    Raises:
        SelectionError: the question has no honest answer; with every fault.
    """
    check(edition, selection)
    chosen = chosen_series(edition, selection)
    if not len(chosen):
        return _nothing(selection)
    check_districts(edition, selection, chosen)
    question = question_of(edition, selection, chosen)
    unit = units(edition, selection.measure, chosen, question.group, question.groups)
    cells = _cells(question, selection)
    return _columns(question, selection, unit, cells) if cells else _nothing(selection)


def base_forecasts(
    series: pa.Table,
    paths: Mapping[str, Paths],
    axes: Mapping[Frequency, Axis],
    actuals: Iterable[Actuals],
    measures: tuple[str, ...],
) -> pa.Table:
    """Make ``forecasts.parquet``: every series at its base frequency, actual and forecast.

    Args:
        series: the series table of the edition (``models.cube.SERIES_SCHEMA``).
        paths: measure -> (rows, steps, draws), hundredths.
        axes: axis of the paths per frequency.
        actuals: what is known, per measure and base frequency, in hundredths.
        measures: the measures of the edition.

    Returns:
        A table of ``COLUMNS``: per measure, sorted by municipality, product, district, period.

    Raises:
        EditionError: series, paths and axes contradict each other.
    """
    cube = with_actuals(build_cube(series, paths, axes, measures), actuals)
    order = [(name, "ascending") for name in (*DIMENSIONS, "period")]
    tables = []
    for measure in measures:
        present = cube.tracks[measure].present_series
        parts = [
            _base_table(cube, measure, present[members], frequency)
            for frequency, members in cube.by_frequency(present)
        ]
        if parts:
            tables.append(pa.concat_tables(parts).sort_by(order))
    return pa.concat_tables([FORECASTS_SCHEMA.empty_table(), *tables]).combine_chunks()


def _base_table(cube: Cube, measure: str, chosen: Ints, frequency: Frequency) -> pa.Table:
    selection = Selection(measure, frequency=frequency)
    question = question_of(cube, selection, chosen)
    unit = units(cube, measure, chosen, question.group, question.groups)
    columns = _columns(question, selection, unit, per_period(question, ()))
    arrays = [pa.array(columns[field.name], field.type) for field in FORECASTS_SCHEMA]
    return pa.table(arrays, schema=FORECASTS_SCHEMA)


def question_of(edition: Cube, selection: Selection, chosen: Ints) -> Question:
    """Lay a checked question out as arrays.

    Args:
        edition: an opened edition.
        selection: the question.
        chosen: the series it selects, at least one.

    Raises:
        SelectionError: finer than the data of some product.
    """
    parts = edition.by_frequency(chosen)
    frequency = common_frequency(edition, selection, chosen, parts)
    group, groups = _groups(edition, selection.by, chosen)
    question = Question(
        cube=edition,
        track=edition.tracks[selection.measure],
        chosen=chosen,
        group=group,
        groups=groups,
        parts=parts,
        frequency=frequency,
        targets=Axis(0, 0),
        averaged=selection.measure == "clients",
    )
    return question.within(*_bounds(selection, frequency))


def _groups(edition: Cube, by: tuple[str, ...], chosen: Ints) -> tuple[Ints, int]:
    if len(chosen) == 1 or not by:
        return np.zeros(len(chosen), dtype=np.int64), 1
    key = np.zeros(len(chosen), dtype=np.int64)
    for name in DIMENSIONS:
        if name in by:
            dimension = edition.dimensions[name]
            key = key * len(dimension.labels) + dimension.codes[chosen]
    found, group = np.unique(key, return_inverse=True)
    return group, len(found)


def _bounds(selection: Selection, frequency: Frequency) -> tuple[int | None, int | None]:
    first = last = None
    if selection.start is not None:
        first = ordinal(selection.start, frequency)
        first += first_day(first, frequency) < selection.start
    if selection.end is not None:
        last = ordinal(selection.end, frequency)
    return first, last


def _cells(question: Question, selection: Selection) -> Cells | None:
    if not question.targets.steps:
        return None
    if selection.frequency == ALL:
        return over_time(question, selection.bands)
    if question.is_base and not selection.bands:
        return base_cells(question)
    return per_period(question, selection.bands)


def _columns(
    question: Question, selection: Selection, unit: npt.NDArray[np.object_], cells: Cells
) -> Columns:
    count, sample = len(cells.group), question.samples()
    columns: Columns = {}
    for name in DIMENSIONS:
        if name in selection.by:
            dimension = question.cube.dimensions[name]
            columns[name] = dimension.labels[dimension.codes[sample]][cells.group]
        else:
            columns[name] = np.full(count, ALL, dtype=object)
    over_all = selection.frequency == ALL
    columns["period"] = (
        np.full(count, ALL, dtype=object)
        if over_all
        else first_days(cells.target, question.frequency)
    )
    columns["frequency"] = np.full(count, ALL if over_all else question.frequency.value, object)
    columns["measure"] = np.full(count, selection.measure, dtype=object)
    columns["unit"] = unit[cells.group]
    columns["kind"] = _KINDS[cells.forecast.astype(np.int8)]
    return columns | cells.figures


_KINDS = np.array(["actual", "forecast"], dtype=object)


def _nothing(selection: Selection) -> Columns:
    columns: Columns = {name: np.zeros(0, dtype=object) for name in COLUMNS}
    if selection.frequency != ALL:
        columns["period"] = np.zeros(0, dtype="datetime64[D]")
    bounds = [f"{end}_{band:g}" for band in selection.bands for end in ("lower", "upper")]
    return columns | {name: np.zeros(0) for name in (*FIGURES, *bounds)}
