"""The table of one municipality that readers see parts of: its cells, sums and exact figures.

Rows are products, laws and everything; columns are districts and everything. A node is one such
row and column; the nodes of a product in a district are the leaves, all others are sums of leaves.
Periods are years: the only ones that readers without the right to small numbers get.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency
from models.cube import FIGURES, SCALE, Axis, Bools, Cube, Floats, Ints, Track
from models.edition import Edition
from models.errors import SelectionError
from models.selection import Columns, Selection, answer

MONTHS = 12
LEVELS = ("product", "law", "all")


@dataclass(frozen=True)
class Layout:
    """Rows, columns and years of one municipality.

    Attributes:
        municipality: its code.
        products: codes, sorted.
        laws: labels, sorted; empty text for products without one.
        law_of: place of its law per product.
        districts: codes, sorted; the code of the municipality is the unknown district.
        years: consecutive years.
    """

    municipality: str
    products: tuple[str, ...]
    laws: tuple[str, ...]
    law_of: Ints
    districts: tuple[str, ...]
    years: Ints

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns and years."""
        return self.total + 1, len(self.districts) + 1, len(self.years)

    @property
    def total(self) -> int:
        """The row of everything; the rows of laws precede it, those of products come first."""
        return len(self.products) + len(self.laws)

    @cached_property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Level and name of each row."""
        products = [("product", name) for name in self.products]
        return (*products, *(("law", name) for name in self.laws), ("all", "all"))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Name of each column."""
        return (*self.districts, "all")

    @cached_property
    def parts(self) -> Bools:
        """Which products each row sums: (rows, products)."""
        law = np.arange(len(self.laws))[:, None] == self.law_of
        everything = np.ones((1, len(self.products)), dtype=np.bool_)
        return np.concatenate([np.eye(len(self.products), dtype=np.bool_), law, everything])

    def summed(self, leaves: Floats) -> Floats:
        """Sum leaves (products, districts, years) into nodes (rows, columns, years)."""
        by_row = np.tensordot(self.parts.astype(float), leaves, axes=1)
        return np.concatenate([by_row, by_row.sum(axis=1, keepdims=True)], axis=1)

    def largest(self, leaves: Ints) -> Ints:
        """Take the largest of the leaves of each node: (rows, columns, years)."""
        found = np.zeros(self.shape, dtype=np.int64)
        for row, members in enumerate(self.parts):
            found[row, :-1] = leaves[members].max(axis=0, initial=0)
        found[:, -1] = found[:, :-1].max(axis=1, initial=0)
        return found


@dataclass(frozen=True)
class Counts:
    """What each product and district adds to the yearly sums of clients, given or not.

    A year that is not whole is never given, but stands in the sums above it.

    Attributes:
        mean: (products, districts, years), clients, averaged over the twelve months.
        months: months of the year in which the series runs and is known, alike.
        actual: the series has actual months in the year, alike.
    """

    mean: Floats
    months: Ints
    actual: Bools


@dataclass(frozen=True)
class Given:
    """The exact figures of one measure: (rows, columns, years).

    Attributes:
        present: a row of the exact answer.
        forecast: whether it is a forecast.
        figures: p10, p50, p90, mean in units, NaN elsewhere.
        units: per row and column, None where nothing is given.
    """

    present: Bools
    forecast: Bools
    figures: Mapping[str, Floats]
    units: npt.NDArray[np.object_]


def layouts(edition: Edition) -> list[Layout]:
    """Return the layout of every municipality of an edition."""
    law = {(row["product"]): row.get("law") or "" for row in edition.products}
    spans = [(axis.first, axis.last, f) for f, axis in edition.calendars.items()]
    first = min((low * f.months // MONTHS for low, _, f in spans), default=0)
    last = max((high * f.months // MONTHS for _, high, f in spans), default=-1)
    found = []
    for name in edition.dimensions["municipality"].labels:
        mine = edition.series["municipality"] == name
        products = tuple(sorted(set(edition.series["product"][mine])))
        laws = tuple(sorted({law.get(product, "") for product in products}))
        law_of = np.array([laws.index(law.get(p, "")) for p in products], dtype=np.int64)
        districts = tuple(sorted(set(edition.series["district"][mine])))
        years = np.arange(first, last + 1)
        found.append(Layout(name, products, laws, law_of, districts, years))
    return found


def client_counts(edition: Edition, layout: Layout) -> Counts:
    """Return what every series of a municipality adds to the yearly sums of clients."""
    shape = (len(layout.products), len(layout.districts), len(layout.years))
    counts = Counts(np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape, np.bool_))
    track = edition.tracks.get("clients")
    if track is None:
        return counts
    mine = edition.series["municipality"][track.present_series] == layout.municipality
    chosen = track.present_series[mine]
    row = _places(edition.series["product"][chosen], layout.products)
    column = _places(edition.series["district"][chosen], layout.districts)
    for frequency, members in edition.by_frequency(chosen):
        series, calendar = chosen[members], edition.calendars[frequency]
        values, running, actual = _base_periods(edition, track, frequency, series)
        year = (calendar.first + np.arange(calendar.steps)) * frequency.months // MONTHS
        at = (row[members, None], column[members, None], (year - layout.years[0])[None])
        np.add.at(counts.mean, at, values * frequency.months / MONTHS)
        np.add.at(counts.months, at, running * frequency.months)
        np.logical_or.at(counts.actual, at, actual)
    return counts


def running_years(edition: Edition, layout: Layout, measure: str) -> Bools:
    """Tell in which years each product and district has a measure, for a part of it or whole.

    Returns:
        (products, districts, years).
    """
    found = np.zeros((len(layout.products), len(layout.districts), len(layout.years)), np.bool_)
    track = edition.tracks[measure]
    mine = edition.series["municipality"][track.present_series] == layout.municipality
    chosen = track.present_series[mine]
    row = _places(edition.series["product"][chosen], layout.products)
    column = _places(edition.series["district"][chosen], layout.districts)
    for frequency, members in edition.by_frequency(chosen):
        first = track.first[chosen[members]] * frequency.months // MONTHS
        last = track.last[chosen[members]] * frequency.months // MONTHS
        within = (layout.years >= first[:, None]) & (layout.years <= last[:, None])
        found[row[members], column[members]] |= within
    return found


def _base_periods(
    cube: Cube, track: Track, frequency: Frequency, series: Ints
) -> tuple[Floats, Bools, Bools]:
    """Return means, what is known, what of it is actual: (series, periods of its calendar)."""
    calendar, axis = cube.calendars[frequency], cube.axes.get(frequency, Axis(0, 0))
    period = calendar.first + np.arange(calendar.steps)
    running = (period >= track.first[series, None]) & (period <= track.last[series, None])
    actual = running & (period <= track.data_until[series, None])
    known = track.actuals[series, : calendar.steps] / SCALE
    running &= ~(actual & np.isnan(known))  # what nobody knows, nobody can find
    actual &= running
    values = np.nan_to_num(known) * actual
    if track.base is not None and (running & ~actual).any():
        ahead = np.clip(period - axis.first, 0, max(axis.steps - 1, 0))
        means = np.nan_to_num(track.base["mean"][series][:, ahead])
        values = np.where(running & ~actual, means, values)
    return values, running, actual


def _places(names: npt.NDArray[np.object_], known: tuple[str, ...]) -> Ints:
    index = {name: at for at, name in enumerate(known)}
    return np.array([index.get(name, -1) for name in names], dtype=np.int64)


def exact_figures(edition: Edition, found: list[Layout], measure: str) -> dict[str, Given]:
    """Return the exact figures of a measure, by municipality.

    Sums that the edition refuses, of unlike units, are not there.
    """
    given = {layout.municipality: _empty(layout) for layout in found}
    for level, label, by, products in _questions(found):
        known = tuple(p for p in products if p in edition.dimensions["product"].index)
        try:
            rows = answer(edition, Selection(measure, products=known, by=by, frequency="year"))
        except SelectionError:
            continue
        for layout in found:
            _place(rows, layout, given[layout.municipality], level, label)
    return given


def _questions(
    found: list[Layout],
) -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Yield level, law, what is kept apart and the products of every table that is given."""
    laws: dict[str, set[str]] = {}
    for layout in found:
        for product, at in zip(layout.products, layout.law_of, strict=True):
            laws.setdefault(layout.laws[at], set()).add(product)
    for by in (("municipality",), ("municipality", "district")):
        yield "product", "", (*by, "product"), ()
        yield "all", "all", by, ()
        for law, products in sorted(laws.items()):
            yield "law", law, by, tuple(sorted(products))


def _empty(layout: Layout) -> Given:
    figures = {name: np.full(layout.shape, np.nan) for name in FIGURES}
    present = np.zeros(layout.shape, np.bool_)
    units = np.full(layout.shape[:2], None, dtype=object)
    return Given(present, np.zeros(layout.shape, np.bool_), figures, units)


def _place(rows: Columns, layout: Layout, given: Given, level: str, label: str) -> None:
    mine = rows["municipality"] == layout.municipality
    if not mine.any():
        return
    if level == "product":
        row = _places(rows["product"][mine], layout.products)
    elif (level, label) in layout.rows:
        row = np.full(int(mine.sum()), layout.rows.index((level, label)))
    else:
        return
    column = _places(rows["district"][mine], layout.columns)
    year = rows["period"][mine].astype("datetime64[Y]").astype(np.int64) + 1970 - layout.years[0]
    at = (row, column, year)
    given.present[at] = True
    given.forecast[at] = rows["kind"][mine] == "forecast"
    for name, values in given.figures.items():
        values[at] = rows[name][mine]
    given.units[row, column] = rows["unit"][mine]
