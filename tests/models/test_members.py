"""Every registered member keeps the same contract, whatever history it is shown."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.catalogue import Frequency
from models.members import ANCHOR, BASELINE, MEMBERS, Event, History, ask, event_regressors
from tests.constructed import JANUARY_2017, histories

pytestmark = pytest.mark.unit
HORIZON = 24


def complete(name: str) -> History:
    values = histories()[name]
    return History(values[np.isfinite(values)], JANUARY_2017, Frequency.MONTH)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("member", sorted(MEMBERS))
class TestEveryMember:
    @pytest.mark.parametrize("name", sorted(histories()))
    def test_says_finite_numbers_that_are_not_negative_or_says_why_not(
        self, member: str, name: str
    ) -> None:
        history = complete(name)
        answer = ask([member], history, HORIZON)[member]
        if len(history.values) < MEMBERS[member].minimum_periods(history.frequency):
            assert answer.values is None
            assert "periods of history" in answer.reason
        else:
            assert answer.values is not None, answer.reason
            assert answer.values.shape == (HORIZON,)
            assert np.all(np.isfinite(answer.values))
            assert np.all(answer.values >= 0)

    def test_says_the_same_twice(self, member: str) -> None:
        history = complete("season and trend")
        first, second = (ask([member], history, HORIZON)[member].values for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_does_not_change_what_it_is_shown(self, member: str) -> None:
        history = complete("season and trend")
        before = history.values.copy()
        ask([member], history, HORIZON)
        np.testing.assert_array_equal(history.values, before)


def test_the_baseline_repeats_the_last_year() -> None:
    history = complete("season and trend")
    values = ask([BASELINE], history, 24)[BASELINE].values
    np.testing.assert_array_equal(values, np.tile(history.values[-12:], 2))


MONTHS = arrays(np.float64, st.integers(12, 60), elements=st.floats(0, 1e6, allow_subnormal=False))


class TestLastYear:
    @given(MONTHS)
    def test_says_over_a_year_what_the_seasonal_naive_says(self, values: np.ndarray) -> None:
        history = History(values, JANUARY_2017, Frequency.MONTH)
        last, naive = (ask([name], history, HORIZON)[name].values for name in (ANCHOR, BASELINE))
        assert last is not None
        assert naive is not None
        sums = last.reshape(-1, 12).sum(axis=1)
        np.testing.assert_allclose(sums, naive.reshape(-1, 12).sum(axis=1), rtol=1e-9, atol=1e-9)

    def test_repeats_the_season_and_not_the_chance_of_single_months(self) -> None:
        month = np.arange(60)
        course = 100 * (1 + 0.5 * np.sin(2 * np.pi * month / 12))
        values = course + np.random.default_rng(8).normal(0, 10, 60)
        said = {name: MEMBERS[name] for name in (ANCHOR, BASELINE)}
        history = History(values, JANUARY_2017, Frequency.MONTH)
        missed = {
            name: np.abs(member.forecast(history, 12) - course[:12]).mean()
            for name, member in said.items()
        }
        assert missed[ANCHOR] < 0.8 * missed[BASELINE]

    def test_is_flat_where_no_season_shows(self) -> None:
        values = np.random.default_rng(9).poisson(3.0, 48).astype(float)
        history = History(values, JANUARY_2017, Frequency.MONTH)
        assert history.season == 1
        assert np.ptp(MEMBERS[ANCHOR].forecast(history, HORIZON)) == 0

    def test_with_less_than_a_year_repeats_the_last_value(self) -> None:
        history = History(np.array([1.0, 5.0, 3.0]), JANUARY_2017, Frequency.MONTH)
        np.testing.assert_array_equal(MEMBERS[ANCHOR].forecast(history, 3), 3.0)


def test_a_trend_that_is_damped_dies_out() -> None:
    values = 100.0 + 3.0 * np.arange(40) + np.random.default_rng(10).normal(0, 1, 40)
    history = History(values, 1980, Frequency.YEAR)
    steps = np.diff(MEMBERS["damped ETS"].forecast(history, 60))
    assert steps[0] > 1
    assert np.all(steps > 0)
    assert steps[-1] < 0.5 * steps[0]


def test_a_member_that_fails_says_so_with_the_kind_of_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(type(MEMBERS["AutoTheta"]), "_model", broken)
    answer = ask(["AutoTheta"], complete("season and trend"), HORIZON)["AutoTheta"]
    assert answer.values is None
    assert answer.reason == "failed: ArithmeticError"


def test_events_become_a_step_a_ramp_and_a_half_year() -> None:
    events = tuple(Event(JANUARY_2017 + 24, kind) for kind in ("level", "slope", "outlier"))
    history = History(np.ones(60), JANUARY_2017, Frequency.MONTH, events)
    columns = {name.split("_")[0]: column for name, column in event_regressors(history, 72).items()}
    assert columns["level"].sum() == 72 - 24
    assert columns["slope"][24 + 12] == 1.0
    assert columns["outlier"].sum() == 6


def test_an_event_at_the_edge_of_the_history_is_left_to_the_trend() -> None:
    events = (Event(JANUARY_2017 + 1, "level"), Event(JANUARY_2017 + 58, "level"))
    history = History(np.ones(60), JANUARY_2017, Frequency.MONTH, events)
    assert event_regressors(history, 72) == {}
