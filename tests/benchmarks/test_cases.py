"""Which origins and which series are judged, and that nothing later than an origin is shown."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from cases import FIRST_ORIGIN, cases_of, judged_series, reported_span, rolling_origins
from hypothesis import given
from hypothesis import strategies as st
from rivals import pasts_of

from models.catalogue import Frequency
from tests.trained import small_panel

pytestmark = pytest.mark.unit
FREQUENCIES = st.sampled_from(list(Frequency))


@given(FREQUENCIES, st.integers(1, 130), st.integers(1, 6), st.integers(1, 4))
def test_every_origin_leaves_whole_years_after_it_and_enough_history_before(
    frequency: Frequency, periods: int, count: int, years: int
) -> None:
    first = 24000 // frequency.months
    found, judged = rolling_origins(first, first + periods - 1, frequency, count, years)
    assert 1 <= judged <= years
    assert len(found) <= count
    for origin in found:
        assert origin - first >= FIRST_ORIGIN[frequency]
        assert origin + judged * frequency.per_year <= first + periods
    assert {later - earlier for earlier, later in pairwise(found)} <= {frequency.per_year}


def test_the_last_origin_leaves_the_years_asked_for_where_history_allows() -> None:
    assert rolling_origins(2015, 2022, Frequency.YEAR, 3, 2) == ([2019, 2020, 2021], 2)
    assert rolling_origins(2017, 2022, Frequency.YEAR, 3, 2) == ([2020, 2021], 2)
    assert rolling_origins(2019, 2022, Frequency.YEAR, 3, 2) == ([2022], 1)


def test_a_panel_without_enough_history_has_no_origin() -> None:
    assert rolling_origins(2020, 2022, Frequency.YEAR, 3, 2) == ([], 1)


def test_a_series_with_a_gap_an_early_end_or_a_late_start_is_not_judged() -> None:
    gap = np.nan
    history = np.array([[1, 2, 3], [gap, 2, 3], [1, gap, 3], [1, 2, gap], [gap, gap, gap]], float)
    actual = np.array([[4, 5]] * 5, float)
    assert judged_series(history, actual).tolist() == [True, True, False, False, False]
    actual[0, 1] = gap
    assert not judged_series(history, actual)[0]


def test_the_judged_span_ends_where_most_series_still_report() -> None:
    values = np.full((4, 5), 1.0)
    values[:3, 4] = np.nan
    values[1:, 0] = np.nan
    assert reported_span(values) == (1, 3)


def _panel(folder: Path, later: float) -> Path:
    rows = [
        ("GM0001", district, "hulp", f"{year}-01-01", year - 2000 + at if year < 2021 else later)
        for at, district in enumerate(("WK01", "WK02"))
        for year in range(2014, 2023)
    ]
    return small_panel(folder, rows)


def test_what_rivals_see_does_not_depend_on_what_came_later(tmp_path: Path) -> None:
    one, other = (cases_of(_panel(tmp_path / str(v), v), 1, 2)[0] for v in (10.0, 9000.0))
    assert one.origin == other.origin == 2021
    assert one.history.tobytes() == other.history.tobytes()
    assert one.actual.max() < other.actual.max()
    assert all(past.first + len(past.values) == one.origin for past in pasts_of(one))


def test_a_correction_that_came_after_the_origin_is_judged_and_not_seen(tmp_path: Path) -> None:
    header = "municipality,district,product,period,clients,known_from"
    rows: list[tuple[object, ...]] = [
        ("GM0001", "WK01", "hulp", f"{year}-01-01", 50, f"{year}-12-31")
        for year in range(2014, 2023)
    ]
    rows += [("GM0001", "WK01", "hulp", f"{year}-01-01", 60, "2023-06-30") for year in (2020, 2021)]
    case = cases_of(small_panel(tmp_path / "p", rows, header), 1, 2)[0]
    assert case.history[0, -1] == 50
    assert case.actual[0].tolist() == [60, 50]


def test_volume_that_is_still_being_declared_is_not_judged_and_clients_are(tmp_path: Path) -> None:
    header = "municipality,district,product,period,clients,volume,status"
    rows: list[tuple[object, ...]] = [
        ("GM0001", "WK01", "hulp", f"{year}-01-01", 50, 900, "" if year < 2022 else "provisional")
        for year in range(2014, 2023)
    ]
    clients, volume = cases_of(small_panel(tmp_path / "p", rows, header), 1, 1)
    assert (clients.measure, clients.until.year) == ("clients", 2022)
    assert (volume.measure, volume.until.year) == ("volume", 2021)
