"""What a chart shows, as plain rows: scaling, labels and checks; ``charts`` draws it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.accuracy import share_interval
from models.catalogue import CLIENTS_UNIT, COST_UNIT, Frequency, first_day, ordinal
from models.errors import SelectionError
from models.labels import LEVELS, MEASURES, PER, dutch_date, dutch_number, dutch_unit

Columns = Mapping[str, Sequence[Any]]
Row = dict[str, Any]
Rows = list[Row]

MAX_ROWS = 2000  # more points than pixels: add up to quarters or years first
SPARSE = 24  # up to so many points each gets a dot
HEADROOM = 0.12  # share of the range kept free above the highest point, for labels
WHOLE = 100  # from here on decimals tell nothing
# Money is shown in steps: from which amount, the step, and the words for it.
STEPS = (
    (5_000_000, 1_000_000, "\u00d7 € 1 miljoen"),
    (10_000, 1_000, "\u00d7 € 1.000"),
)
BAND = ("p10", "p50", "p90")
ESTIMATE = "Raming: dit is een schatting"
LOOKING_BACK = "Teruggekeken: geraamd met alleen wat toen bekend was, vergeleken met wat gebeurde"
METHODS = ("Zorgraming", "eenvoudige methode")


@dataclass(frozen=True)
class Caption:
    """What a reader must be able to trace a chart back to.

    Attributes:
        subject: what is shown, in Dutch, for example ``Voorbeeldstad: kosten, alle producten``.
        edition_id: the edition the figures come from.
        data_until: last day of the data the edition rests on.
        synthetic: whether the figures are made up, which is then said.
    """

    subject: str
    edition_id: str
    data_until: date
    synthetic: bool = False

    def origin(self, unit: str) -> list[str]:
        """Return two lines: the edition; unit and data-as-of."""
        source = "verzonnen gegevens" if self.synthetic else "gegevens"
        until = f"{source} tot en met {dutch_date(self.data_until)}"
        return [f"Editie {self.edition_id}", f"Eenheid: {unit} · {until}"]


@dataclass(frozen=True)
class Frame:
    """One series made ready: points in readable steps, axis title and range.

    Attributes:
        points: ``day`` (ISO, local midnight), ``kind`` and the band in steps of the axis; in order
            of time; None = unknown.
        title: title of the vertical axis, unit included.
        low, high: range of the axis; zero is always on it.
        unit: Dutch words for the unit of the source rows.
        frequency: month, quarter or year.
        step: how many units of the source rows a step of the axis is.
    """

    points: Rows
    title: str
    low: float
    high: float
    unit: str
    frequency: str
    step: int = 1

    @property
    def sparse(self) -> bool:
        """Tell whether points stay far enough apart to be dotted."""
        return len(self.points) <= SPARSE

    @property
    def years(self) -> list[int]:
        """Calendar years the points reach into, first to last."""
        return list(range(int(self.points[0]["day"][:4]), int(self.points[-1]["day"][:4]) + 1))

    @property
    def actual(self) -> Rows:
        """Points that happened."""
        return [row for row in self.points if row["kind"] == "actual"]

    @property
    def forecast(self) -> Rows:
        """Points that are estimated."""
        return [row for row in self.points if row["kind"] != "actual"]

    @property
    def border(self) -> Rows:
        """The last known actual, from which the band opens; empty without actuals."""
        return [row for row in self.actual if row["p50"] is not None][-1:]

    def ends(self, gap: float) -> Rows:
        """Return the last P90, P50 and P10 as text, at least ``gap`` (share of the axis) apart."""
        last, apart = self.forecast[-1], gap * (self.high - self.low)
        middle = max(last["p50"], self.low + apart)
        places = (max(last["p90"], middle + apart), middle, min(last["p10"], middle - apart))
        decimals = 0 if self.high >= WHOLE else 1
        texts = [f"{key.upper()} {dutch_number(last[key], decimals)}" for key in BAND[::-1]]
        return [
            {"day": last["day"], "p50": y, "text": text}
            for y, text in zip(places, texts, strict=True)
        ]


def frame(rows: Columns, also: Sequence[float] = ()) -> Frame:
    """Return the frame of one series as ``models.selection.answer`` gives it.

    Args:
        rows: the series.
        also: further figures in its unit that the axis must reach.

    Raises:
        SelectionError: no rows, too many rows, more than one series, or a forecast without value.
    """
    table = checked(rows, ("period", "frequency", "measure", "unit", "kind", *BAND))
    if len({str(row["period"]) for row in table}) < len(table):
        raise SelectionError("a fan chart shows one series: periods occur more than once")
    if any(row["kind"] != "actual" and not known(row[key]) for row in table for key in BAND):
        raise SelectionError("a forecast without a value cannot be drawn")
    values = [row[key] for row in table for key in BAND if known(row[key])] or [1.0]
    low, high = min(0.0, *values, *also), max(0.0, *values, *also)
    unit = str(table[0]["unit"])
    step, words = _step(unit, max(high, -low))
    frequency = Frequency(table[0]["frequency"])
    points = _without_holes([_point(row, step) for row in table], frequency)
    top = high + HEADROOM * ((high - low) or 1.0)
    return Frame(
        points=points,
        title=_axis_title(table[0], words),
        low=low / step,
        high=top / step,
        unit=dutch_unit(unit),
        frequency=frequency.value,
        step=step,
    )


def budget_rows(budget: Mapping[int, float], series: Frame) -> Rows:
    """Return the adopted amounts of the years of a yearly series, in steps of its axis."""
    return [
        {"day": point["day"], "p50": budget[year] / series.step}
        for point in series.points
        if (year := int(point["day"][:4])) in budget
    ]


def event_rows(events: Sequence[tuple[date, str]], points: Rows) -> Rows:
    """Return the events on the axis, numbered in order of time, each with its line of the key."""
    first, last = points[0]["day"], points[-1]["day"]
    found = sorted((day, text) for day, text in events if first <= _local(day) <= last)
    return [
        {"day": _local(day), "number": str(i), "key": f"{i}  {text} ({dutch_date(day)})"}
        for i, (day, text) in enumerate(found, start=1)
    ]


def accuracy_bars(scores: Columns) -> Rows:
    """Return one bar per level and method; an unknown error says so instead of showing nothing."""
    table = checked(scores, ("measure", "level", "wape", "baseline_wape"))
    return [
        {
            "measure": row["measure"],
            "level": LEVELS.get(row["level"], row["level"]),
            "method": method,
            "value": value if known(value) else 0.0,
            "label": f"{dutch_number(value, 1)} %  {method}"
            if known(value)
            else f"{method}: niet te bepalen",
        }
        for row in table
        if known(row["wape"])
        for method, value in zip(METHODS, (row["wape"], row["baseline_wape"]), strict=True)
    ]


def coverage_points(scores: Columns) -> Rows:
    """Return share and 95 % interval in percent, one point per measure and horizon."""
    table = checked(scores, ("measure", "horizon_months", "coverage_80", "observations"))
    return [_coverage_point(row) for row in table if known(row["coverage_80"])]


def by_measure(rows: Rows) -> list[tuple[str, Rows]]:
    """Return the rows apart per measure, under the measure's Dutch name.

    Raises:
        SelectionError: there is no row.
    """
    if not rows:
        raise SelectionError("there is no score to draw: nothing could be judged yet")
    names = dict.fromkeys(str(row["measure"]) for row in rows)
    return [(MEASURES.get(n, n), [row for row in rows if row["measure"] == n]) for n in names]


def checked(columns: Columns, needed: Sequence[str]) -> Rows:
    """Return the needed columns as rows.

    Raises:
        SelectionError: there is nothing to draw, or more than a chart can show.
    """
    count = len(columns[needed[0]])
    if not 0 < count <= MAX_ROWS:
        raise SelectionError(f"a chart shows 1 to {MAX_ROWS} rows, not {count}: add up first")
    values = zip(*(columns[name] for name in needed), strict=True)
    return [dict(zip(needed, row, strict=True)) for row in values]


def known(value: float | None) -> bool:
    """Tell whether a value is a finite number."""
    return value is not None and math.isfinite(value)


def _local(day: object) -> str:
    """Return the first moment of a day as local time, so that no time zone shifts it."""
    return f"{str(day)[:10]}T00:00:00"


def _point(row: Row, step: int) -> Row:
    band = {key: float(row[key]) / step if known(row[key]) else None for key in BAND}
    return {"day": _local(row["period"]), "kind": str(row["kind"])} | band


def _without_holes(points: Rows, frequency: Frequency) -> Rows:
    """Return the points in order of time, with an unknown one where a period is missing.

    A line would otherwise run straight across periods of which nothing is known.
    """
    found = {_ordinal(row, frequency): row for row in points}
    blank = {"kind": "actual", **dict.fromkeys(BAND)}
    return [
        found.get(period, {"day": _local(first_day(period, frequency)), **blank})
        for period in range(min(found), max(found) + 1)
    ]


def _ordinal(row: Row, frequency: Frequency) -> int:
    return ordinal(date.fromisoformat(row["day"][:10]), frequency)


def scaled(values: Sequence[float], unit: str) -> tuple[list[float], str]:
    """Return figures in steps that read well, and the Dutch words for the step."""
    step, words = _step(unit, max(map(abs, values), default=0.0))
    return [value / step for value in values], words


def _step(unit: str, highest: float) -> tuple[int, str]:
    """Return the step in which money is shown, and the words for it."""
    for least, step, words in STEPS:
        if unit == COST_UNIT and highest >= least:
            return step, words
    return 1, dutch_unit(unit)


def _axis_title(row: Row, words: str) -> str:
    measure = str(row["measure"])
    label = MEASURES.get(measure, measure)
    if measure != "clients":
        return f"{label} {PER.get(str(row['frequency']), '')} ({words})"
    # A stock: a year's figure is the mean of its months. How it was counted is told in the title.
    return label if row["unit"] == CLIENTS_UNIT else words.partition(",")[0].capitalize()


def _coverage_point(row: Row) -> Row:
    low, high = share_interval(float(row["coverage_80"]), int(row["observations"]))
    share = 100 * float(row["coverage_80"])
    return {
        "measure": row["measure"],
        "months": int(row["horizon_months"]),
        "share": share,
        "low": 100 * low,
        "high": 100 * high,
        "label": f"{dutch_number(share, 0)} %",
    }
