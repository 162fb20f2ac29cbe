"""What is judged: one measure of one panel from one origin, the same series for everyone.

Histories are taken as they were known at the origin, what happened as it is known now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.catalogue import CLIENTS_UNIT, COST_UNIT, MEASURES, UNSTATED_UNIT, Frequency, last_day
from models.hierarchy import Hierarchy
from models.panel import SERIES, Panel, SeriesGrid, grid
from training.sources.folder import read_folder

Array = npt.NDArray[np.float64]

FIRST_ORIGIN = {Frequency.MONTH: 24, Frequency.QUARTER: 8, Frequency.YEAR: 3}  # periods before it
_CENTS = 100.0
_ALL_KNOWN = date(2200, 1, 1)  # after every correction


@dataclass(frozen=True, eq=False)
class Case:
    """One measure of one panel from one origin.

    Attributes:
        folder: the panel folder.
        measure: clients, volume or cost (euros).
        frequency: of the periods.
        keys: municipality, district, product and unit, one row per judged series.
        first: ordinal of the first column of the history.
        origin: ordinal of the first judged period.
        history: (series, periods before the origin), NaN before a series starts.
        actual: (series, judged periods), complete; a whole number of years.
    """

    folder: Path
    measure: str
    frequency: Frequency
    keys: pd.DataFrame
    first: int
    origin: int
    history: Array
    actual: Array

    @property
    def contest(self) -> tuple[str, str, str]:
        """Panel, measure and frequency: what the origins of a contest have in common."""
        return self.folder.resolve().name, self.measure, str(self.frequency)

    @property
    def steps(self) -> int:
        """Number of judged periods."""
        return int(self.actual.shape[1])

    @property
    def as_of(self) -> date:
        """The last day before the judged periods."""
        return last_day(self.origin - 1, self.frequency)

    @property
    def until(self) -> date:
        """The last judged day."""
        return last_day(self.origin + self.steps - 1, self.frequency)

    def hierarchy(self) -> Hierarchy:
        """The levels of the judged series; unlike units are never added."""
        return Hierarchy.of(self.keys)

    def kept(self, chosen: npt.NDArray[np.bool_]) -> Case:
        """Return the case with some of its series."""
        keys = self.keys.loc[chosen].reset_index(drop=True)
        return replace(self, keys=keys, history=self.history[chosen], actual=self.actual[chosen])


def rolling_origins(
    first: int, last: int, frequency: Frequency, count: int, years: int
) -> tuple[list[int], int]:
    """Choose where to stand.

    Args:
        first: ordinal of the first period with figures.
        last: ordinal of the last one.
        frequency: of the periods.
        count: origins asked for.
        years: years to judge after each origin; fewer, but at least one, where history is short.

    Returns:
        Ordinals of the first judged periods, oldest first (none where even one year is too much),
        and the years judged after each.
    """
    season, needed = frequency.per_year, FIRST_ORIGIN[frequency]
    periods = last - first + 1
    years = max(1, min(years, (periods - needed) // season))
    latest = last + 1 - years * season
    candidates = [latest - back * season for back in range(count)]
    return sorted(origin for origin in candidates if origin - first >= needed), years


def cases_of(folder: Path, count: int, years: int) -> list[Case]:
    """Return every case of a panel folder: per measure and frequency up to ``count`` origins.

    Raises:
        DeliveryError: the folder is refused.
    """
    panel, _ = read_folder(folder)
    final = panel.as_known_at(_ALL_KNOWN)
    cases = []
    for measure in MEASURES:
        for frequency in Frequency:
            outcome = grid(final, measure, frequency)
            if len(outcome.keys):
                cases += _measure_cases(panel, folder, measure, outcome, (count, years))
    return [case for case in cases if len(case.keys)]


def _measure_cases(
    panel: Panel, folder: Path, measure: str, outcome: SeriesGrid, asked: tuple[int, int]
) -> list[Case]:
    settled = settled_values(outcome, measure)
    first, last = reported_span(settled)
    origins, years = rolling_origins(
        outcome.first + first, outcome.first + last, outcome.frequency, *asked
    )
    steps = years * outcome.frequency.per_year
    return [_case(panel, folder, measure, (outcome, settled), (at, steps)) for at in origins]


def settled_values(outcome: SeriesGrid, measure: str) -> Array:
    """Return the figures that stand: clients are complete while volume and cost come in."""
    if measure == "clients":
        return outcome.values
    return np.where(outcome.provisional, np.nan, outcome.values)


def reported_span(values: Array) -> tuple[int, int]:
    """Return the first and last column that at least half as many series fill as the fullest."""
    filled = np.isfinite(values).sum(axis=0)
    columns = np.flatnonzero(filled >= max(1.0, filled.max() / 2))
    return (int(columns[0]), int(columns[-1])) if columns.size else (0, -1)


def _case(
    panel: Panel,
    folder: Path,
    measure: str,
    outcome: tuple[SeriesGrid, Array],
    span: tuple[int, int],
) -> Case:
    (laid, settled), (origin, steps) = outcome, span
    known = panel.as_known_at(last_day(origin - 1, laid.frequency))
    before = grid(known, measure, laid.frequency)
    history = _history(before, laid.keys, origin)
    actual = settled[:, origin - laid.first : origin - laid.first + steps]
    chosen = judged_series(history, actual)
    scale = _CENTS if measure == "cost" else 1.0
    keys = laid.keys.assign(unit=_units(panel, measure, laid.keys)).loc[chosen]
    return Case(
        folder=folder,
        measure=measure,
        frequency=laid.frequency,
        keys=keys.reset_index(drop=True),
        first=before.first,
        origin=origin,
        history=history[chosen] / scale,
        actual=actual[chosen] / scale,
    )


def _history(before: SeriesGrid, keys: pd.DataFrame, origin: int) -> Array:
    """Lay what was known before the origin on the rows of all series."""
    places = {tuple(key): at for at, key in enumerate(keys[SERIES].to_numpy())}
    rows = [places[tuple(key)] for key in before.keys[SERIES].to_numpy()]
    values = np.full((len(keys), origin - before.first), np.nan)
    known = before.values[:, : values.shape[1]]
    values[rows, : known.shape[1]] = known
    return values


def judged_series(history: Array, actual: Array) -> npt.NDArray[np.bool_]:
    """Tell which series are known in every period from their start to the end of what is judged."""
    known = np.isfinite(history)
    started = np.maximum.accumulate(known, axis=1)
    unbroken = (known | ~started).all(axis=1)
    live = known[:, -1] if known.shape[1] else np.zeros(len(known), dtype=np.bool_)
    return np.asarray(unbroken & live & np.isfinite(actual).all(axis=1))


def _units(panel: Panel, measure: str, keys: pd.DataFrame) -> npt.NDArray[np.object_]:
    if measure != "volume":
        unit = CLIENTS_UNIT if measure == "clients" else COST_UNIT
        return np.full(len(keys), unit, dtype=object)
    units = panel.products.drop_duplicates("product").set_index("product")["unit"]
    return keys["product"].map(units).fillna(UNSTATED_UNIT).to_numpy(dtype=object)
