"""Lays what was fitted and drawn on the arrays and tables of an edition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.catalogue import MEASURES, UNSTATED_UNIT, Frequency, first_day, ordinal
from models.cube import SERIES_SCHEMA, Axis, Paths
from models.paths import PathStack, whole_hundredths
from models.selection import Actuals
from training.cause_stack import CauseStack
from training.causes import CauseSplitter, Figures, Years, years_of
from training.draw import FrameDrawing
from training.frame_fit import OriginFit

Array = npt.NDArray[np.float64]
_CENTS = 100.0  # in a unit; cost is modelled in cents, paths are drawn in units


@dataclass(frozen=True)
class Assembled:
    """The figures of an edition.

    Attributes:
        series: table with `models.cube.SERIES_SCHEMA`.
        paths: measure -> (rows, steps, draws), hundredths.
        axes: axis of the paths per frequency.
        actuals: the records, in hundredths.
        causes: growth by cause, see `training.causes`.
    """

    series: pa.Table
    paths: dict[str, Paths]
    axes: dict[Frequency, Axis]
    actuals: list[Actuals]
    causes: CauseStack


def assemble(
    drawings: list[FrameDrawing],
    until: date,
    bases: dict[str, str | None],
    progress: Callable[[int], None] = lambda done: None,
) -> Assembled:
    """Draw all series and put them where an edition keeps them.

    Args:
        drawings: one per frequency, at the end of the data.
        until: last day of the horizon.
        bases: clients_basis per product.
        progress: called with one per drawn series.
    """
    frames = [_FrameLayout(drawing, until) for drawing in drawings]
    records = sorted(
        (tuple(layout.fit.frame.keys.loc[row]), at, row)
        for at, layout in enumerate(frames)
        for row in range(len(layout.fit.frame.keys))
    )
    maker = _Maker(frames, years_of([drawing.fit for drawing in drawings], until))
    for number, (key, at, row) in enumerate(records):
        maker.add(number, key, frames[at], row, bases)
        progress(1)
    return Assembled(
        series=pa.Table.from_pylist(maker.rows, schema=SERIES_SCHEMA),
        paths=maker.paths(),
        axes={layout.frequency: layout.axis for layout in frames},
        actuals=maker.actuals(),
        causes=maker.causes,
    )


class _FrameLayout:
    """Where the periods of a frame lie on the axis of the paths."""

    def __init__(self, drawing: FrameDrawing, until: date) -> None:
        self.drawing, self.fit = drawing, drawing.fit
        frame = self.fit.frame
        self.frequency = frame.frequency
        first_open = frame.periods
        for measure in frame.measures:
            own = self.fit.fits[measure, self.fit.end]
            last = self.last_known_ripe(measure)
            # A series without a record of its own (spread, new) opens where the fit ends.
            opens = np.where(last >= 0, last + 1, own.start)[own.live]
            first_open = min(first_open, int(opens.min(initial=first_open)))
        start = first_day(frame.first + first_open, frame.frequency)
        first = ordinal(date(start.year, 1, 1), frame.frequency)
        self.axis = Axis(first, ordinal(until, frame.frequency) - first + 1)

    def last_known_ripe(self, measure: str) -> npt.NDArray[np.int64]:
        """Last column with a final figure per series: later ones are still being declared."""
        ripe = self.fit.frame.known_until(measure)
        values = self.fit.frame.values[measure][:, :ripe]
        return _last_known(values)


def _last_known(values: Array) -> npt.NDArray[np.int64]:
    known = np.isfinite(values)
    last = values.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return np.where(known.any(axis=1), last, -1)


class _Maker:
    """Collects series rows, paths and actuals."""

    def __init__(self, frames: list[_FrameLayout], years: Years) -> None:
        self.frames = frames
        self.rows: list[dict[str, Any]] = []
        most = sum(len(layout.fit.frame.keys) for layout in frames)
        steps = max(layout.axis.steps for layout in frames)
        draws = max(layout.drawing.draws for layout in frames)
        self._stacks = {measure: PathStack(most, steps, draws) for measure in MEASURES}
        self._members: dict[int, list[tuple[int, int]]] = {at: [] for at in range(len(frames))}
        self._splitters = [CauseSplitter(own.drawing, own.axis, years) for own in frames]
        self.causes = CauseStack(most, years, draws)

    def add(
        self,
        number: int,
        key: tuple[str, ...],
        layout: _FrameLayout,
        row: int,
        bases: dict[str, str | None],
    ) -> None:
        """Add one series with all its measures."""
        frame = layout.fit.frame
        self._members[self.frames.index(layout)].append((number, row))
        volume_unit = frame.units["volume"][row]
        entry: dict[str, Any] = {
            "municipality": key[0],
            "district": key[1],
            "product": key[2],
            "frequency": str(frame.frequency),
            "volume_unit": None if volume_unit == UNSTATED_UNIT else volume_unit,
            "clients_basis": bases.get(key[2]),
        }
        drawn = layout.drawing.series(row)
        found: dict[str, Figures] = {}
        for measure in MEASURES:
            entry |= self._measure(measure, layout, row, drawn, found)
        self.rows.append(entry)
        splitter = self._splitters[self.frames.index(layout)]
        self.causes.add(key, splitter.split(row, found))

    def _measure(
        self,
        measure: str,
        layout: _FrameLayout,
        row: int,
        drawn: dict[str, Array],
        found: dict[str, Figures],
    ) -> dict[str, Any]:
        """Describe one measure of a series, lay its paths, and add it to what was found."""
        frame = layout.fit.frame
        blank = {f"{part}_{measure}": None for part in _PARTS} | {f"row_{measure}": -1}
        if measure not in frame.measures:
            return blank
        own = layout.fit.fits[measure, layout.fit.end]
        values = frame.values[measure][row, : frame.known_until(measure)]
        known = np.flatnonzero(np.isfinite(values))
        forecast = measure in drawn
        if not known.size and not forecast:
            return blank
        first = frame.first + (int(known[0]) if known.size else own.start)
        data_until = frame.first + int(known[-1]) if known.size else None
        last = layout.axis.last if forecast else data_until
        if last is None:
            return blank
        at = -1
        if forecast or (data_until is not None and data_until >= layout.axis.first):
            cells = _cells(layout, measure, values, drawn.get(measure), own, data_until)
            at = self._stacks[measure].add(cells)
            found[measure] = Figures(values * (1.0 if measure == "cost" else _CENTS), cells)
        ended = None if data_until is None else first_day(data_until, frame.frequency)
        return {
            f"row_{measure}": at,
            f"from_{measure}": first_day(first, frame.frequency),
            f"until_{measure}": first_day(last, frame.frequency),
            f"data_until_{measure}": ended,
            f"outcome_{measure}": own.outcome[row],
            f"reason_{measure}": own.reason[row] or None,
            f"method_{measure}": own.method[row] or None,
        }

    def paths(self) -> dict[str, Paths]:
        """Return the cells of all series: measure -> (rows, steps, draws)."""
        return {measure: stack.rows() for measure, stack in self._stacks.items() if len(stack)}

    def actuals(self) -> list[Actuals]:
        """Return the records in hundredths, periods still being declared left out."""
        result = []
        for at, layout in enumerate(self.frames):
            frame = layout.fit.frame
            numbers = np.array([number for number, _ in self._members[at]], dtype=np.int64)
            rows = [row for _, row in self._members[at]]
            for measure in frame.measures:
                values = frame.values[measure][rows, : frame.known_until(measure)]
                scaled = values if measure == "cost" else np.rint(values * 100)
                result.append(Actuals(measure, frame.frequency, numbers, frame.first, scaled))
        return result


_PARTS = ("from", "until", "data_until", "outcome", "reason", "method")


def _cells(
    layout: _FrameLayout,
    measure: str,
    values: Array,
    drawn: Array | None,
    own: OriginFit,
    data_until: int | None,
) -> npt.NDArray[np.int64]:
    """Lay one series on the axis: its record where known, its paths after; (steps, draws)."""
    frame, axis = layout.fit.frame, layout.axis
    draws = layout.drawing.draws
    cells = np.zeros((axis.steps, draws), dtype=np.int64)
    shift = axis.first - frame.first  # column of the record at step 0
    last = -1 if data_until is None else data_until - frame.first
    for column in range(max(shift, 0), last + 1):
        if np.isfinite(values[column]):
            scaled = values[column] if measure == "cost" else values[column] * 100
            cells[column - shift] = round(float(scaled))
    if drawn is None:
        return cells
    scale = _CENTS if measure == "cost" else 1.0
    ahead = whole_hundredths(drawn / scale)
    begin = max(own.start, last + 1) if data_until is not None else own.start
    begin = max(begin, shift)
    usable = ahead[begin - own.start : axis.steps + shift - own.start]
    cells[begin - shift : begin - shift + len(usable)] = usable
    # Between a series' own last figure and the end of the others' the first forecast stands in.
    if data_until is not None and last + 1 < own.start:
        cells[max(last + 1 - shift, 0) : own.start - shift] = ahead[0]
    return cells
