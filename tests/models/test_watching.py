"""Alarms: each is raised by what it is for, and by nothing else; said in two languages."""

from __future__ import annotations

import numpy as np
import pytest

from models.alarm_words import in_dutch, in_english
from models.cube import Floats
from models.drift import Drift, Revision, drift, psi
from models.edition import Edition, open_edition
from models.realised import Key, judged
from models.watching import KINDS, MARKING, Alarm, alarm_of, alarms, chance_limit
from tests.editions import build_edition
from tests.models.test_realised import AS_OF, MONTH, happened

pytestmark = pytest.mark.unit
QUIET = Drift(psi={"product": 0.05, "district": 0.05}, missing=0.02, missing_before=0.01)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    folder = tmp_path_factory.mktemp("watching")
    return open_edition(build_edition(folder, approved=False, only=("HH", "BG")))


def delivered(edition: Edition, **more: str) -> dict[str, frozenset[str]]:
    names = ("product", "district")
    found = {name: frozenset(edition.dimensions[name].labels.tolist()) for name in names}
    return {name: codes | {more[name]} if name in more else codes for name, codes in found.items()}


def cost_revision(edition: Edition, outcomes: dict[Key, Floats]) -> Revision:
    revised = drift(edition, outcomes, delivered(edition)).revised
    return next(one for one in revised if one.measure == "cost")


def test_what_goes_as_expected_raises_nothing(edition: Edition) -> None:
    assert alarms(judged(edition, happened(edition), AS_OF), QUIET) == []


def test_what_runs_away_marks_the_edition(edition: Edition) -> None:
    raised = alarms(judged(edition, happened(edition, 2.0), AS_OF), QUIET)
    assert {alarm.kind for alarm in raised} >= {"coverage", "tracking"}
    assert all(alarm.marks for alarm in raised)


def test_forecasts_that_are_further_off_than_the_last_year_raise_the_baseline_alarm(
    edition: Edition,
) -> None:
    outcomes = happened(edition)
    track = edition.tracks["cost"]
    values = outcomes["cost", MONTH]
    calendar = edition.calendars[MONTH]
    at = 2024 * 12 - calendar.first
    past = track.actuals[:, at - 12 : at].copy()
    past[:, 10:] = track.actuals[:, at - 24 + 10 : at - 12]  # the last two months came later
    values[:, at : at + 12] = np.where(np.isfinite(values[:, at : at + 12]), past, np.nan)
    kinds = {(a.kind, a.measure) for a in alarms(judged(edition, outcomes, AS_OF), QUIET)}
    assert ("baseline", "cost") in kinds
    assert ("baseline", "clients") not in kinds


def test_one_small_product_asks_for_a_look_and_does_not_mark() -> None:
    small = Alarm("tracking", 9.0, 4.0, "cost", product="HH", share=0.01)
    large = Alarm("tracking", 9.0, 4.0, "cost", product="HH", share=0.30)
    assert not small.marks
    assert large.marks


def test_more_observations_leave_less_room_for_chance() -> None:
    assert chance_limit(4) > chance_limit(100) > 1


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (Drift(psi={"product": 0.26}), "mix_product"),
        (Drift(psi={"district": 0.26}), "mix_district"),
        (Drift(new={"product": ("X",)}), "new_products"),
        (Drift(gone={"district": ("W1", "W2")}), "gone_districts"),
        (Drift(missing=0.10, missing_before=0.04), "missing"),
        (Drift(revised=(Revision("cost", 100, 30, 2.1),)), "revised"),
    ],
)
def test_a_change_of_the_input_raises_its_own_alarm_and_does_not_mark(
    seen: Drift, kind: str
) -> None:
    (raised,) = alarms([], seen)
    assert raised.kind == kind
    assert not raised.marks


@pytest.mark.parametrize(
    "seen",
    [
        QUIET,
        Drift(psi={"product": 0.24, "district": float("nan")}),
        Drift(missing=0.05, missing_before=0.01),
        Drift(revised=(Revision("cost", 100, 30, 1.9),)),
        Drift(),
    ],
)
def test_a_change_within_its_limit_raises_nothing(seen: Drift) -> None:
    assert alarms([], seen) == []


def test_the_index_of_a_shift_is_that_of_its_definition() -> None:
    before, now = np.array([50.0, 50.0]), np.array([25.0, 75.0])
    expected = (0.25 - 0.5) * np.log(0.25 / 0.5) + (0.75 - 0.5) * np.log(0.75 / 0.5)
    assert psi(before, now) == pytest.approx(expected)
    assert psi(before, 7 * before) == pytest.approx(0)
    assert psi(before, np.array([100.0, 0.0])) < np.inf
    assert np.isnan(psi(before, np.zeros(2)))


def test_new_and_vanished_codes_are_named(edition: Edition) -> None:
    found = drift(edition, happened(edition), delivered(edition, product="ZZ", district="W9"))
    assert found.new == {"product": ("ZZ",), "district": ("W9",)}
    found = drift(
        edition, happened(edition), {"product": frozenset({"HH"}), "district": frozenset()}
    )
    assert found.gone["product"] == ("BG",)
    assert len(found.gone["district"]) >= 3


def test_a_changed_history_is_measured_and_an_unchanged_one_is_not(edition: Edition) -> None:
    same = happened(edition)
    for (measure, _), values in same.items():
        known = edition.tracks[measure].actuals
        values[np.isfinite(known)] = known[np.isfinite(known)]
    cost = cost_revision(edition, same)
    assert (cost.changed, cost.share) == (0, 0)
    assert cost.cells > 100
    changed = {key: values.copy() for key, values in same.items()}
    changed["cost", MONTH][np.isfinite(edition.tracks["cost"].actuals)] *= 1.10
    (cost,) = [
        r for r in drift(edition, changed, delivered(edition)).revised if r.measure == "cost"
    ]
    assert cost.share == pytest.approx(10)


def test_cells_that_did_not_come_are_counted(edition: Edition) -> None:
    outcomes = happened(edition)
    whole = drift(edition, outcomes, delivered(edition)).missing
    first = int(np.flatnonzero(edition.tracks["cost"].rows >= 0)[0])
    for values in outcomes.values():
        values[first] = np.nan
    assert drift(edition, outcomes, delivered(edition)).missing > whole


@pytest.mark.parametrize("kind", KINDS)
def test_every_alarm_is_said_in_both_languages(kind: str) -> None:
    measure = "cost" if kind in {*MARKING, "revised"} else ""
    alarm = Alarm(kind, 0.61, 0.4, measure, product="HH", codes=("W1", "W2"))
    dutch, english = in_dutch(alarm, {"HH": "Hulp"}), in_english(alarm, {"HH": "Hulp"})
    for text in (dutch, english):
        assert text[0].isupper()
        assert text.endswith(".")
        assert "{" not in text
    assert dutch != english


def test_an_alarm_is_the_same_after_it_was_written_down() -> None:
    alarm = Alarm("tracking", 4.5, 4.0, "cost", "GM1", "HH", share=0.2)
    assert alarm_of(alarm.as_dict()) == alarm


def test_many_codes_are_cut_short() -> None:
    alarm = Alarm("new_districts", 9, 0, codes=tuple(f"W{n}" for n in range(9)))
    assert in_dutch(alarm, {}).endswith("W5 en nog 3.")
    assert in_english(alarm, {}).endswith("W5 and 3 more.")
