"""An edition is scored with what happened: once per outcomes, whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from models.edition import Edition, append_record, approval, open_edition, read_record
from models.errors import DeliveryError, EditionError
from models.manifest import read_manifest
from models.record import record_path
from models.score_files import read_scores, standing
from tests.editions import build_edition
from tests.no_room import no_file_larger_than
from tests.outcomes import write_outcomes
from training.scoring import ScoreError, score_edition

pytestmark = pytest.mark.unit
NOON = datetime(2025, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An edition of one's own: two monthly products, as of 31 December 2023."""
    return build_edition(tmp_path / "editions", only=("HH", "BG"))


@pytest.fixture
def edition(folder: Path) -> Edition:
    return open_edition(folder)


def beside(folder: Path) -> list[Path]:
    """Every table of scores beside an edition, half ones included."""
    return sorted(folder.parent.glob("*.scores-*")) + sorted(folder.parent.glob(".*scores*"))


def content(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def test_scores_stand_in_the_record_and_beside_the_edition_never_in_it(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    before, signed = content(folder), approval(folder)
    scored = score_edition(folder, write_outcomes(tmp_path / "later", edition), NOON)
    assert content(folder) == before
    assert approval(folder) == signed
    found = standing(read_record(folder), read_manifest(folder)["sha256"])
    assert found is not None
    assert (found.verdict, found.until, found.outcomes) == ("on_track", "2024-12-31", "later")
    table = read_scores(folder, found)
    assert table.num_rows == len(scored.rows) > 50
    assert beside(folder) == [folder.parent / found.file]


def test_an_edition_that_is_far_off_is_marked_and_says_why(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    twice = write_outcomes(tmp_path / "later", edition, lambda *_: 2.0)
    scored = score_edition(folder, twice, NOON)
    assert scored.event["verdict"] == "off_track"
    found = standing(read_record(folder), read_manifest(folder)["sha256"])
    assert found is not None
    assert found.is_off_track
    assert {alarm.kind for alarm in found.alarms} >= {"coverage", "tracking"}


def test_the_same_outcomes_twice_count_once(folder: Path, edition: Edition, tmp_path: Path) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    first = score_edition(folder, later, NOON)
    again = score_edition(folder, later, NOON + timedelta(days=1))
    assert first.is_new
    assert not again.is_new
    assert again.event == first.event
    assert [event["event"] for event in read_record(folder)].count("scored") == 1


def test_two_scorings_at_once_are_one(folder: Path, edition: Edition, tmp_path: Path) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: score_edition(folder, later, NOON), range(2)))
    assert sorted(one.is_new for one in both) == [False, True]
    assert [event["event"] for event in read_record(folder)].count("scored") == 1
    assert len(beside(folder)) == 1


def test_the_latest_outcomes_decide_whichever_was_scored_last(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    late = write_outcomes(tmp_path / "late", edition, lambda *_: 2.0)
    early = write_outcomes(tmp_path / "early", edition, months=3)
    score_edition(folder, late, NOON)
    score_edition(folder, early, NOON + timedelta(days=1))
    found = standing(read_record(folder), read_manifest(folder)["sha256"])
    assert found is not None
    assert (found.outcomes, found.verdict) == ("late", "off_track")


def test_scores_of_other_content_do_not_count(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    score_edition(folder, write_outcomes(tmp_path / "later", edition), NOON)
    assert standing(read_record(folder), "another manifest") is None


def test_outcomes_of_another_municipality_are_refused(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    table = later / "care_use.csv"
    table.write_text(table.read_text("utf-8").replace("VB0001", "ZZ0009"), encoding="utf-8")
    with pytest.raises(ScoreError, match="another delivery: it holds ZZ0009"):
        score_edition(folder, later, NOON)
    assert beside(folder) == []


def test_outcomes_without_one_series_in_common_are_refused(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    table = later / "care_use.csv"
    told = table.read_text("utf-8").replace(",HH,", ",H2,").replace(",BG,", ",B2,")
    table.write_text(told, encoding="utf-8")
    with pytest.raises(ScoreError, match="not one series in common"):
        score_edition(folder, later, NOON)


def test_real_figures_do_not_score_a_synthetic_edition(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition, source="the declarations")
    with pytest.raises(ScoreError, match="is not synthetic"):
        score_edition(folder, later, NOON)


def test_outcomes_from_before_the_as_of_date_are_refused(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    table = later / "care_use.csv"
    table.write_text(table.read_text("utf-8").replace(",2024-", ",2022-"), encoding="utf-8")
    with pytest.raises(ScoreError, match="nothing in it is later than 2023-12-31"):
        score_edition(folder, later, NOON)
    assert "scored" not in [event["event"] for event in read_record(folder)]


def test_outcomes_from_after_the_horizon_have_no_overlap(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    table = later / "care_use.csv"
    table.write_text(table.read_text("utf-8").replace(",2024-", ",2027-"), encoding="utf-8")
    with pytest.raises(ScoreError, match="it forecasts until 2026-12-31"):
        score_edition(folder, later, NOON)


def test_a_gap_after_the_as_of_date_is_said(folder: Path, edition: Edition, tmp_path: Path) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    table = later / "care_use.csv"
    table.write_text(table.read_text("utf-8").replace(",2024-", ",2025-"), encoding="utf-8")
    scored = score_edition(folder, later, NOON)
    assert any("12 months after the as-of date" in note for note in scored.notes)


def test_a_delivery_with_faults_is_refused_with_every_fault(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition, extra=("VB0001,X,HH,2024-01-01,many,1,1",))
    with pytest.raises(DeliveryError) as refused:
        score_edition(folder, later, NOON)
    assert any(fault.value == "many" for fault in refused.value.faults)


def test_new_codes_and_products_of_another_frequency_are_told(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    extra = [f"VB0001,VB0001D01,NW,2024-{month:02d}-01,5,9,100.00" for month in range(1, 13)]
    extra += ["VB0001,VB0001D09,HH,2024-05-01,5,9,100.00"]
    scored = score_edition(folder, write_outcomes(tmp_path / "x", edition, extra=extra), NOON)
    assert scored.seen.new == {"product": ("NW",), "district": ("VB0001D09",)}
    assert {"new_products", "new_districts"} <= {alarm.kind for alarm in scored.alarms}
    assert scored.event["verdict"] == "on_track"


def test_a_damaged_record_is_said_and_nothing_is_written(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    place = record_path(folder)
    place.write_bytes(place.read_bytes().replace(b"A. Tester", b"B. Tester"))
    with pytest.raises(EditionError, match="line 1 of the record was changed"):
        score_edition(folder, write_outcomes(tmp_path / "later", edition), NOON)
    assert beside(folder) == []


def test_a_damaged_edition_is_not_scored(folder: Path, edition: Edition, tmp_path: Path) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    path = folder / "paths" / "cost.npy"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.unlink()
    path.write_bytes(bytes(raw))
    with pytest.raises(EditionError, match=r"cost\.npy was changed"):
        score_edition(folder, later, NOON)


def test_no_room_for_the_table_leaves_nothing(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    before = record_path(folder).read_bytes()
    with no_file_larger_than(1000), pytest.raises(EditionError, match="cannot be written"):
        score_edition(folder, later, NOON)
    assert beside(folder) == []
    assert record_path(folder).read_bytes() == before
    assert score_edition(folder, later, NOON).is_new


def test_no_room_for_the_line_leaves_the_record_as_it_was(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    append_record(folder, {"event": "noted", "text": "x" * 100_000}, NOON)
    before = record_path(folder).read_bytes()
    with no_file_larger_than(len(before) + 10), pytest.raises(EditionError, match="record"):
        score_edition(folder, later, NOON)
    assert record_path(folder).read_bytes() == before
    assert standing(read_record(folder), read_manifest(folder)["sha256"]) is None
    assert score_edition(folder, later, NOON).is_new


def test_a_table_that_was_changed_or_is_gone_is_not_believed(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    score_edition(folder, write_outcomes(tmp_path / "later", edition), NOON)
    found = standing(read_record(folder), read_manifest(folder)["sha256"])
    assert found is not None
    place = folder.parent / found.file
    place.write_bytes(place.read_bytes() + b"x")
    with pytest.raises(EditionError, match="not the table that was scored"):
        read_scores(folder, found)
    place.unlink()
    with pytest.raises(EditionError, match="score again"):
        read_scores(folder, found)


def test_scoring_again_restores_a_table_that_is_gone(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    later = write_outcomes(tmp_path / "later", edition)
    score_edition(folder, later, NOON)
    (table,) = beside(folder)
    raw = table.read_bytes()
    table.unlink()
    assert not score_edition(folder, later, NOON).is_new
    assert table.read_bytes() == raw


def test_an_edition_moved_with_its_files_keeps_its_scores(
    folder: Path, edition: Edition, tmp_path: Path
) -> None:
    score_edition(folder, write_outcomes(tmp_path / "later", edition), NOON)
    shutil.copytree(folder.parent, tmp_path / "elsewhere")
    moved = tmp_path / "elsewhere" / folder.name
    found = standing(read_record(moved), read_manifest(moved)["sha256"])
    assert found is not None
    assert read_scores(moved, found).num_rows
    assert date.fromisoformat(found.until) == date(2024, 12, 31)
