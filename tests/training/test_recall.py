"""A recall finds and marks all that rests on an input, or nothing; and is remembered."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.disclosure_files import one_at_a_time
from models.edition import append_record, approval, read_record, write_edition
from models.errors import ApprovalError, EditionError
from models.manifest import NAME
from models.record import record_path
from tests.editions import Setting, approve, make_content
from tests.no_room import no_file_larger_than
from training.approval import sign
from training.recall import (
    REGISTER,
    RecallError,
    Wanted,
    find,
    gate_of,
    recall,
    recall_reasons,
    recalled_inputs,
)

pytestmark = pytest.mark.unit
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
BAD = Wanted(file="care_use", vintage="2023-12")
WHY, WHO = "rijen dubbel aangeleverd", "A. Tester, informatiebeheer"


def edition(folder: Path, seed: int, vintage: str, sha256: str = "a") -> Path:
    """Write an approved edition that rests on one file of a vintage."""
    content = make_content(
        Setting(("VB0001",), date(2023, 12, 31), seed, True, draws=5, districts=1)
    )
    given = {"file": "care_use.csv", "sha256": sha256 * 64, "rows": 10, "source": "x"}
    manifest: Mapping[str, Any] = dict(content.manifest) | {
        "inputs": [given | {"vintage": vintage}, given | {"file": "prices.csv", "vintage": "v1"}],
        "gate": {"verdict": "passed", "checks": []},
    }
    made = write_edition(type(content)(**(vars(content) | {"manifest": manifest})), folder)
    approve(made, date(2023, 12, 31))
    return made


@pytest.fixture
def three(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two editions on the vintage that is withdrawn, and one on another."""
    return (
        edition(tmp_path, 1, "2023-12"),
        edition(tmp_path, 2, "2023-12"),
        edition(tmp_path, 3, "2024-03", sha256="b"),
    )


def words(folder: Path) -> list[str]:
    return [event["event"] for event in read_record(folder)]


def test_every_edition_on_the_vintage_is_marked_and_no_other(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    done = recall(tmp_path, BAD, WHY, WHO, NOON)
    assert set(done.marked) == set(three[:2])
    assert [approval(folder) is None for folder in three] == [True, True, False]
    event = read_record(three[0])[-1]
    assert (event["event"], event["by"], event["reason"]) == ("recalled", WHO, WHY)
    assert "care_use of vintage 2023-12" in event["of"]


@pytest.mark.parametrize("file", ["care_use", "care_use.csv"])
def test_a_file_is_found_with_and_without_its_ending(
    tmp_path: Path, three: tuple[Path, Path, Path], file: str
) -> None:
    assert set(find(tmp_path, Wanted(file=file, vintage="2023-12")).editions) == set(three[:2])


def test_a_file_is_found_by_its_hash_and_an_edition_by_its_id(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    assert find(tmp_path, Wanted(sha256="b" * 64)).editions == (three[2],)
    done = recall(tmp_path, Wanted(edition=three[0].name), WHY, WHO, NOON)
    assert done.marked == (three[0],)
    assert recalled_inputs(tmp_path) == []  # its inputs are not to blame


def test_looking_changes_nothing(tmp_path: Path, three: tuple[Path, Path, Path]) -> None:
    before = {path: path.read_bytes() for path in tmp_path.glob("*.jsonl")}
    find(tmp_path, BAD)
    assert {path: path.read_bytes() for path in tmp_path.glob("*.jsonl")} == before
    assert len(before) == len(three)


def test_a_recall_twice_marks_once(tmp_path: Path, three: tuple[Path, Path, Path]) -> None:
    recall(tmp_path, BAD, WHY, WHO, NOON)
    again = recall(tmp_path, BAD, WHY, WHO, NOON + timedelta(days=1))
    assert again.marked == ()
    assert set(again.before) == set(three[:2])
    assert words(three[0]).count("recalled") == 1
    assert len(recalled_inputs(tmp_path)) == 1


def test_an_edition_approved_again_is_recalled_again(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    recall(tmp_path, BAD, WHY, WHO, NOON)
    approve(three[0], date(2024, 6, 30))
    assert recall(tmp_path, BAD, WHY, WHO, NOON + timedelta(days=90)).marked == (three[0],)


def test_an_unknown_vintage_is_refused_with_those_there_are(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    with pytest.raises(RecallError, match=r"care_use\.csv=2023-12, care_use\.csv=2024-03"):
        recall(tmp_path, Wanted(file="care_use", vintage="2023-21"), WHY, WHO, NOON)
    assert not (tmp_path / REGISTER).exists()
    assert all("recalled" not in words(folder) for folder in three)


def test_a_name_and_a_reason_are_needed(tmp_path: Path, three: tuple[Path, Path, Path]) -> None:
    with pytest.raises(RecallError, match="--by and --reason"):
        recall(tmp_path, BAD, " ", "", NOON)
    assert "recalled" not in words(three[0])


def test_a_damaged_record_stops_all_of_it_before_anything_is_marked(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    place = record_path(three[1])
    whole = place.read_bytes()
    place.write_bytes(whole[:-10])
    with pytest.raises(RecallError, match=rf"nothing was marked: {three[1].name}"):
        recall(tmp_path, BAD, WHY, WHO, NOON)
    assert words(three[0]) == ["approved"]
    assert not (tmp_path / REGISTER).exists()
    place.write_bytes(whole)
    assert set(recall(tmp_path, BAD, WHY, WHO, NOON).marked) == set(three[:2])


def test_no_room_half_way_tells_what_was_marked_and_the_rest_follows(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    first, second = sorted(three[:2])
    append_record(second, {"event": "noted", "text": "x" * 100_000}, NOON)
    size = record_path(second).stat().st_size
    with no_file_larger_than(size), pytest.raises(RecallError, match=f"so far: {first.name}\\."):
        recall(tmp_path, BAD, WHY, WHO, NOON)
    assert words(first)[-1] == "recalled"
    assert words(second)[-1] == "noted"
    done = recall(tmp_path, BAD, WHY, WHO, NOON)
    assert (done.marked, done.before) == ((second,), (first,))
    assert len(recalled_inputs(tmp_path)) == 1


def test_a_folder_that_cannot_be_looked_into_is_named_and_does_not_stop_the_others(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    broken = tmp_path / "broken-2023-12-31-0123456789"
    broken.mkdir()
    (broken / NAME).write_text("{", encoding="utf-8")
    done = recall(tmp_path, BAD, WHY, WHO, NOON)
    assert set(done.marked) == set(three[:2])
    assert [name for name, _ in done.damaged] == [broken.name]


def test_a_recalled_input_is_refused_at_a_later_signature_with_the_reason(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    recall(tmp_path, BAD, WHY, WHO, NOON)
    later = edition(tmp_path, 9, "2023-12")
    with pytest.raises(ApprovalError, match=f"recalled on 2024-06-01 by {WHO}.*{WHY}"):
        sign(later, "B. Tester", "2024/1", NOON)
    sign(three[2], "B. Tester", "2024/1", NOON)


def test_the_gate_fails_what_was_trained_on_a_recalled_input_and_marks_it(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    assert gate_of(three[2], NOON) == {"verdict": "passed", "checks": []}
    recall(tmp_path, BAD, WHY, WHO, NOON)
    later = edition(tmp_path, 9, "2023-12")
    told = gate_of(later, NOON)
    assert told["verdict"] == "failed"
    assert [check["check"] for check in told["checks"]] == ["input was not recalled"]
    assert words(later)[-1] == "recalled"
    gate_of(later, NOON)
    assert words(later).count("recalled") == 1
    assert gate_of(three[2], NOON)["verdict"] == "passed"


def test_the_list_of_recalled_inputs_shows_when_it_was_changed(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    recall(tmp_path, BAD, WHY, WHO, NOON)
    place = tmp_path / REGISTER
    line = json.loads(place.read_text("utf-8"))
    assert line["input"] == {"file": "care_use", "vintage": "2023-12"}
    place.write_text(place.read_text("utf-8").replace('2023-12"', '2020-01"'), encoding="utf-8")
    with pytest.raises(EditionError, match="list of recalled inputs was changed"):
        recall_reasons(three[0])
    with pytest.raises(EditionError, match="list of recalled inputs was changed"):
        sign(three[2], "B. Tester", "2024/1", NOON)


def test_what_is_being_removed_is_no_edition_to_mark(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    shutil.copytree(three[0], tmp_path / f".deleted.{three[0].name}.7")
    assert set(recall(tmp_path, BAD, WHY, WHO, NOON).marked) == set(three[:2])
    assert [path.name for path in tmp_path.glob(".deleted*")] == [f".deleted.{three[0].name}.7"]


def test_a_recall_waits_for_a_signature_that_is_being_set(
    tmp_path: Path, three: tuple[Path, Path, Path]
) -> None:
    other = threading.Thread(target=recall, args=(tmp_path, BAD, WHY, WHO, NOON))
    with one_at_a_time(three[0]):  # as an approval does that has looked for recalled inputs
        other.start()
        other.join(0.3)
        assert other.is_alive()
        assert words(three[0])[-1] == "approved"
        assert recalled_inputs(tmp_path) == []
    other.join(10)
    assert words(three[0])[-1] == "recalled"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecallError, match="no folder of editions"):
        find(tmp_path / "nothing", BAD)
