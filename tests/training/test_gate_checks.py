"""The gate looks at the draft itself: sums, input, members, owner; with figure and limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models import sum_checks as checking
from models.base_rows import Actuals
from models.cube import Ints
from models.edition import Edition, open_edition, read_record
from models.errors import ApprovalError
from models.input_quality import input_quality
from models.manifest import read_manifest
from models.question import Question
from models.sum_checks import sum_checks
from models.summing import path_sums
from tests.editions import Setting, build_edition, make_content
from tests.trained import small_panel
from training.approval import sign
from training.gate import gate, reasons
from training.gate_checks import (
    BROKEN_LIMIT,
    FELL_BACK_LIMIT,
    HELD_LIMIT,
    MISSING_LIMIT,
    edition_checks,
    owner_check,
)
from training.recall import Wanted, recall
from training.report import trained_lines
from training.train import Order, Trained, train

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return open_edition(build_edition(tmp_path_factory.mktemp("gate"), approved=False))


def delivered(edition: Edition) -> list[Actuals]:
    """Return the record of an edition as if it had just been delivered."""
    found = []
    for measure, track in edition.tracks.items():
        for frequency, members in edition.by_frequency():
            calendar = edition.calendars[frequency]
            found.append(
                Actuals(measure, frequency, members, calendar.first, track.actuals[members])
            )
    return found


def failed(checks: list[dict[str, Any]]) -> set[str]:
    return {check["check"] for check in checks if not check["passed"]}


def test_sums_of_a_sound_edition_add_up_to_the_last_hundredth(edition: Edition) -> None:
    checks = sum_checks(edition, delivered(edition))
    assert [check.measure for check in checks] == list(edition.tracks)
    assert all(check.passed and check.sums > 1000 for check in checks)


def test_a_sum_that_loses_a_cent_in_one_draw_is_caught(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(question: Question) -> Iterator[tuple[slice, Ints]]:
        for groups, sums in path_sums(question):
            sums[0, -1, 0] -= 1
            yield groups, sums

    monkeypatch.setattr(checking, "path_sums", leaking)
    checks = sum_checks(edition, delivered(edition))
    assert [(one.worst, one.passed) for one in checks] == [(1, False)] * len(checks)


def test_a_figure_that_was_delivered_and_is_gone_fails(edition: Edition) -> None:
    records = delivered(edition)
    spoilt = next(one for one in records if one.measure == "cost")
    spoilt.values[0, np.flatnonzero(np.isfinite(spoilt.values[0]))[0]] += 1
    checks = edition_checks(edition, records, {}, "Team Test")
    assert failed(checks) == {"sums add up"}
    (check,) = [one for one in checks if not one["passed"]]
    assert check["value"] == {"draws": 0, "bands": 0, "delivered": 1}


def test_a_band_below_zero_fails(edition: Edition) -> None:
    track = edition.tracks["clients"]
    paths = np.array(track.paths)
    paths[0] -= 10_000_000
    changed = dict(edition.tracks) | {"clients": replace(track, paths=paths)}
    (clients,) = [
        one for one in sum_checks(replace(edition, tracks=changed), []) if one.measure == "clients"
    ]
    assert clients.crossed > 0


def with_outcome(edition: Edition, outcome: str, share: float, reason: str = "short") -> Edition:
    """Give the largest series an outcome until they hold at least a share of the money."""
    series = dict(edition.series)
    known = np.nansum(edition.tracks["cost"].actuals[:, -48:], axis=1)
    order = np.argsort(-known)
    upto = int(np.searchsorted(np.cumsum(known[order]) / known.sum(), share)) + 1
    for name, text in (("outcome_cost", outcome), ("reason_cost", reason)):
        series[name] = series[name].copy()
        series[name][order[:upto]] = text
    return replace(edition, series=series)


@pytest.mark.parametrize("outcome", ["held", "fell_back"])
def test_input_of_which_too_much_has_no_real_forecast_fails(edition: Edition, outcome: str) -> None:
    name = {"held": "input: held", "fell_back": "input: fell back"}[outcome]
    poor = with_outcome(edition, outcome, 0.5)
    assert failed(edition_checks(poor, delivered(poor), {}, "Team Test")) == {name}


def test_a_history_too_short_to_judge_may_fall_back_whole(edition: Edition) -> None:
    short = with_outcome(edition, "fell_back", 1.0)
    records = delivered(short)
    assert failed(edition_checks(short, records, {}, "Team Test")) == {"input: fell back"}
    assert failed(edition_checks(short, records, {}, "Team Test", judged=False)) == set()


def test_what_the_delivery_itself_wants_no_forecast_of_does_not_count(edition: Edition) -> None:
    wanted = with_outcome(edition, "held", 0.5, "forecast = none: ended by law")
    assert failed(edition_checks(wanted, delivered(wanted), {}, "Team Test")) == set()


def test_a_last_year_with_holes_fails(edition: Edition) -> None:
    track = edition.tracks["cost"]
    actuals = track.actuals.copy()
    last = np.flatnonzero(np.isfinite(actuals).any(axis=0))[-12:]
    actuals[:, last[::3]] = np.nan
    actuals[0, last] = 100.0  # one series goes on, so that the year stands
    holes = replace(
        edition, tracks=dict(edition.tracks) | {"cost": replace(track, actuals=actuals)}
    )
    (cost,) = [one for one in input_quality(holes) if one.measure == "cost"]
    assert cost.missing > MISSING_LIMIT
    assert "input: missing" in failed(edition_checks(holes, delivered(holes), {}, "Team Test"))


def test_breaks_that_nothing_explains_fail_when_they_are_many(edition: Edition) -> None:
    names = ("municipality", "district", "product")
    rows = [
        dict(zip(names, key, strict=True))
        for key in zip(*(edition.series[name].tolist() for name in names), strict=True)
    ]
    held = {"breaks": [{"action": "held", "series": rows[: len(rows) // 2]}]}
    told = {"breaks": [{"action": "reported", "series": rows}]}
    records = delivered(edition)
    assert failed(edition_checks(edition, records, held, "T")) == {"input: unexplained breaks"}
    assert failed(edition_checks(edition, records, told, "T")) == set()


def test_a_member_that_is_not_registered_fails_by_name(edition: Edition) -> None:
    quality = {"members": [{"member": "seasonal naive"}, {"member": "oracle"}]}
    checks = edition_checks(edition, delivered(edition), quality, "T")
    (check,) = [one for one in checks if one["check"] == "members are known"]
    assert check["value"] == ["oracle"]
    assert not check["passed"]


def test_nobody_named_is_told_and_left_to_the_signature() -> None:
    assert owner_check("Team Test")["passed"]
    nobody = owner_check(" ")
    assert not nobody["passed"]
    told = gate({"measure": []}, [nobody])
    assert told["verdict"] == "undecided"
    assert reasons(told) == []


def test_a_failed_check_of_the_edition_fails_the_gate_though_nothing_was_judged() -> None:
    wrong = {"check": "sums add up", "measure": "cost", "value": 3, "limit": 0, "passed": False}
    told = gate({"measure": []}, [wrong])
    assert told["verdict"] == "failed"
    assert reasons(told) == ["sums add up (cost: 3, limit 0)"]


def test_limits_leave_room_above_the_largest_shares_that_were_measured() -> None:
    assert HELD_LIMIT >= 2 * 0.050
    assert FELL_BACK_LIMIT >= 2 * 0.049
    assert MISSING_LIMIT >= 2 * 0.038
    assert BROKEN_LIMIT >= 2 * 0.0173


def test_every_check_tells_figure_limit_and_what_was_looked_at(edition: Edition) -> None:
    for check in edition_checks(edition, delivered(edition), {}, "Team Test"):
        assert {"check", "measure", "value", "limit", "passed", "detail"} <= set(check)
        assert check["detail"]
        assert check["passed"], check


def test_an_edition_without_paths_of_a_measure_is_counted_all_the_same(tmp_path: Path) -> None:
    setting = Setting(("VB0001",), date(2023, 12, 31), 1, True, held=("volume",), bare=True)
    assert make_content(setting).paths.keys() == {"clients", "cost"}
    bare = open_edition(build_edition(tmp_path, approved=False, held=("volume",), bare=True))
    assert all(check.passed for check in sum_checks(bare, delivered(bare)))


def test_a_training_without_an_owner_says_what_the_signature_must_name(tmp_path: Path) -> None:
    rows = [("M", "A", "P", f"{year}-01-01", 100 + year - 2014) for year in range(2014, 2023)]
    trained = train(Order(small_panel(tmp_path / "years", list(rows))), tmp_path / "editions")
    assert trained.gate["verdict"] == "passed"
    assert any('--owner "NAME, OFFICE"' in line for line in lines(trained))
    with pytest.raises(ApprovalError, match="nobody answers"):
        sign(trained.edition, "A. Tester", "1", datetime(2024, 1, 1, tzinfo=UTC))
    sign(trained.edition, "A. Tester", "1", datetime(2024, 1, 1, tzinfo=UTC), "Team Wmo")


def test_a_training_on_a_recalled_input_fails_the_gate(tmp_path: Path) -> None:
    rows = [("M", "A", "P", f"{year}-01-01", 100 + year - 2014) for year in range(2014, 2023)]
    folder, editions = small_panel(tmp_path / "years", list(rows)), tmp_path / "editions"
    first = train(Order(folder), editions)
    sha256 = read_manifest(first.edition)["inputs"][0]["sha256"]
    noon = datetime(2024, 1, 1, tzinfo=UTC)
    assert recall(editions, Wanted(sha256=sha256), "x", "A. Tester", noon).marked
    again = train(Order(folder, seed=7), editions)
    assert again.gate["verdict"] == "failed"
    assert [event["event"] for event in read_record(again.edition)] == ["recalled"]
    assert any("NOT all: input was not recalled" in line for line in lines(again))


def lines(trained: Trained) -> list[str]:
    return list(trained_lines(trained, None, tracked=False))
