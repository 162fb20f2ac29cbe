"""What calibration did is told per level and year ahead, on origins not learned from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from models.hierarchy import SERIES
from tests.models.panels import panel_of, use
from training.calibration import calibration_table
from training.frame_fit import FrameFit, OriginFit
from training.frames import Frame, frames

pytestmark = pytest.mark.unit
Array = npt.NDArray[np.float64]
DISTRICTS, FIRST, END, HORIZON = 30, 2012, 10, 2
ORIGINS = [4, 6, 8]


def frame_of(values: Array) -> Frame:
    """The frame of yearly clients of one product, a district per row."""
    rows = [
        use(f"{FIRST + year}-01-01", district=f"W{at:02}", clients=float(value))
        for at, own in enumerate(values)
        for year, value in enumerate(own)
    ]
    (frame,) = frames(panel_of(rows, "year"), date(FIRST + END - 1, 12, 31))
    return frame


def origin_fit(origin: int, mean: Array) -> OriginFit:
    """A forecast of all series by themselves."""
    size = len(mean)
    yes, words = np.ones(size, dtype=bool), [""] * size
    nothing = np.full(mean.shape, np.nan)
    own = (mean, mean, mean, nothing)
    return OriginFit(origin, origin, 0, *own, np.ones(size), ~yes, ~yes, yes, words, words, words)


def fit_of(values: Array, said: dict[int, Array]) -> FrameFit:
    """A fit that said these means, (districts, HORIZON) per origin, of what happened."""
    frame = frame_of(values)
    fit = FrameFit(frame, [*said, END])
    for origin in fit.origins:
        fit.known[origin] = {"clients": frame.values["clients"][:, :origin]}
        mean = said.get(origin, np.full((len(values), HORIZON), 1000.0))
        fit.fits["clients", origin] = origin_fit(origin, mean)
    return fit


def happened(spread: float, seed: int = 1) -> Array:
    rng = np.random.default_rng(seed)
    return np.round(1000 * np.exp(rng.normal(0, spread, (DISTRICTS, END))))


def steady(values: Array) -> dict[int, Array]:
    return {origin: np.full((len(values), HORIZON), 1000.0) for origin in ORIGINS}


def row(fit: FrameFit, level: str = SERIES, year: int = 0) -> dict[str, Any]:
    (found,) = [
        r for r in calibration_table([fit]) if (r["level"], r["year_ahead"]) == (level, year)
    ]
    return found


@pytest.fixture(scope="module")
def fit() -> FrameFit:
    values = happened(0.1)
    return fit_of(values, steady(values))


def test_each_level_has_a_row_for_each_year_ahead_and_one_for_all(fit: FrameFit) -> None:
    found = [(r["level"], r["year_ahead"]) for r in calibration_table([fit])]
    levels = fit.frame.hierarchy("clients").distinct_levels()
    assert found == [(level, year) for level in levels for year in (0, 1, 2)]
    assert {(r["measure"], r["frequency"]) for r in calibration_table([fit])} == {
        ("clients", "year")
    }


def test_the_first_origin_is_learned_from_and_the_others_are_counted(fit: FrameFit) -> None:
    assert row(fit, year=1)["origins"] == row(fit)["origins"] == len(ORIGINS) - 1
    assert row(fit, year=1)["observations"] == 2 * DISTRICTS
    assert row(fit)["observations"] == 2 * 2 * DISTRICTS


def test_coverages_are_shares_inside_their_interval(fit: FrameFit) -> None:
    for found in calibration_table([fit]):
        low, high = found["coverage_low"], found["coverage_high"]
        assert 0 <= low <= found["coverage_after"] <= high <= 1
        assert 0 <= found["coverage_before"] <= 1


def test_an_origin_weighs_as_two_however_many_series_it_has(fit: FrameFit) -> None:
    found = row(fit, year=1)
    assert found["coverage_high"] - found["coverage_low"] > 0.4


def test_bands_that_were_learned_hold_most_of_what_came_later(fit: FrameFit) -> None:
    assert row(fit)["coverage_after"] == pytest.approx(0.8, abs=0.15)


def test_what_came_as_never_before_lies_outside_every_band() -> None:
    values = happened(0.02)
    said = steady(values)
    values[:, ORIGINS[-1] :] *= 3  # after the last origin
    found = row(fit_of(values, said), year=1)
    assert found["coverage_after"] <= 0.5  # all that is inside is of the origin before


def test_nothing_that_came_after_an_origin_widened_its_band() -> None:
    values = happened(0.1)
    calm = {r["level"]: r for r in calibration_table([fit_of(values, steady(values))])}
    later = values.copy()
    later[0, ORIGINS[-1] + HORIZON - 1 :] *= 50
    wild = {r["level"]: r for r in calibration_table([fit_of(later, steady(later))])}
    assert calm.keys() == wild.keys()
    own, other = calm[SERIES], wild[SERIES]  # the last of its rows: two years ahead
    lost = (own["coverage_after"] - other["coverage_after"]) * own["observations"]
    assert 0 <= round(lost) <= 1


def test_unknown_figures_are_not_counted() -> None:
    values = happened(0.1)
    whole = fit_of(values, steady(values))
    known = {at: {"clients": v["clients"].copy()} for at, v in whole.known.items()}
    known[END]["clients"][:10, ORIGINS[-1]] = np.nan
    assert row(replace(whole, known=known), year=1)["observations"] == 2 * DISTRICTS - 10


def test_with_one_origin_there_is_nothing_left_out() -> None:
    values = happened(0.1)
    fit = fit_of(values, {6: np.full((DISTRICTS, HORIZON), 1000.0)})
    assert calibration_table([fit]) == []
