"""What the project says: a whole training as of the origin, and the joint paths of its edition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from cases import Case

from models.cube import SCALE
from models.edition import Edition, open_edition
from training.train import Order, train

Array = npt.NDArray[np.float64]
QUANTILES = (0.1, 0.5, 0.9)
PROJECT = "project"


@dataclass(frozen=True, eq=False)
class Paths:
    """The project's joint sample paths of the series of a case.

    Attributes:
        values: (series, steps, draws), in units; euros for cost.
        per_year: periods in a year.
    """

    values: Array
    per_year: int

    @property
    def point(self) -> Array:
        """The figure that adds up: the mean of the paths, (series, steps)."""
        return np.asarray(self.values.mean(axis=2))

    def quantiles(self) -> Array:
        """P10, P50 and P90 per series and period: (3, series, steps)."""
        return np.asarray(np.quantile(self.values, QUANTILES, axis=2))

    def by_year(self) -> Array:
        """Sums over the years after the origin: (series, years, draws)."""
        series, steps, draws = self.values.shape
        years = self.values.reshape(series, steps // self.per_year, self.per_year, draws)
        return np.asarray(years.sum(axis=2))


class Trainings:
    """Trains once per panel, as-of day and horizon, whatever number of measures is judged.

    Args:
        editions: folder for the draft editions.
        jobs: workers.
    """

    def __init__(self, editions: Path, jobs: int) -> None:
        self.editions, self.jobs = editions, jobs
        self._done: dict[tuple[Path, date, date], Path] = {}

    def edition(self, folder: Path, as_of: date, until: date) -> Edition:
        """Return the edition made as of a day, from the data known then."""
        key = (folder.resolve(), as_of, until)
        if key not in self._done:
            order = Order(folder, as_of=as_of, until=until, jobs=self.jobs)
            self._done[key] = train(order, self.editions).edition
        return open_edition(self._done[key], verify=False)


def project_paths(edition: Edition, case: Case) -> tuple[Paths, npt.NDArray[np.bool_]]:
    """Read the paths of the series of a case; tell which of them have a forecast.

    Returns:
        Paths of the series that are forecast, in the order of the case; which those are.
    """
    rows = [_rows(edition, case.measure, key) for key in _keys(case)]
    chosen = np.array([len(own) > 0 for own in rows], dtype=np.bool_)
    start = case.origin - edition.axes[case.frequency].first
    paths = edition.paths[case.measure] if chosen.any() else np.zeros((0, case.steps, 1))
    span = slice(start, start + case.steps)
    sums = [np.asarray(paths[own, span]).sum(axis=0, dtype=np.int64) for own in rows if len(own)]
    values = np.array(sums, dtype=np.float64) / SCALE
    return Paths(values.reshape(len(sums), case.steps, -1), case.frequency.per_year), chosen


def _keys(case: Case) -> list[tuple[str, str, str]]:
    columns = ("municipality", "district", "product")
    return list(zip(*(case.keys[column] for column in columns), strict=True))


def _rows(edition: Edition, measure: str, key: tuple[str, str, str]) -> npt.NDArray[np.int64]:
    """Return the rows of the paths of one series; of its parts where it was spread over them."""
    municipality, district, product = key
    track, series = edition.tracks[measure], edition.series
    here = (series["municipality"] == municipality) & (series["product"] == product)
    forecast = (track.rows >= 0) & (track.last > track.data_until)
    own = here & (series["district"] == district)
    spread = series[f"outcome_{measure}"] == "spread"
    if district == municipality and (own & spread & (track.rows < 0)).any():
        own = here & spread
    return np.asarray(track.rows[own & forecast])
