"""The record beside an edition only grows, and shows when it was tampered with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.edition import append_record, approval, read_record
from models.errors import EditionError
from models.manifest import canonical, read_manifest, seal
from models.record import record_path
from tests.editions import approve, build_edition, recall

pytestmark = pytest.mark.unit

DAY = date(2023, 12, 31)
NOON = datetime(2024, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    return build_edition(tmp_path, approved=False, draws=5, districts=1)


def test_an_edition_to_which_nothing_happened_has_no_record(edition: Path) -> None:
    assert read_record(edition) == []
    assert approval(edition) is None


def test_an_approval_is_in_force_until_a_recall(edition: Path) -> None:
    approve(edition, DAY)
    found = approval(edition)
    assert found is not None
    assert found["by"] == "A. Tester"
    assert found["at"] == "2024-01-30T12:00:00Z"
    recall(edition, DAY)
    assert approval(edition) is None
    approve(edition, DAY + timedelta(days=90))
    assert approval(edition) is not None
    assert [event["event"] for event in read_record(edition)] == [
        "approved",
        "recalled",
        "approved",
    ]


def test_other_events_do_not_touch_the_approval(edition: Path) -> None:
    approve(edition, DAY)
    append_record(edition, {"event": "tracked", "run": "abc"}, NOON)
    found = approval(edition)
    assert found is not None
    assert found["event"] == "approved"


def test_an_approval_of_other_content_does_not_count(edition: Path) -> None:
    approve(edition, DAY)
    manifest = {**read_manifest(edition), "owner": "someone else"}
    (edition / "manifest.json").write_bytes(canonical(seal(manifest, manifest["run"])))
    assert approval(edition) is None


def test_moments_are_written_in_utc_whatever_their_zone(edition: Path) -> None:
    amsterdam = timezone(timedelta(hours=1))
    append_record(edition, {"event": "tracked"}, datetime(2024, 1, 1, 0, 30, tzinfo=amsterdam))
    assert read_record(edition)[0]["at"] == "2023-12-31T23:30:00Z"


def test_a_moment_without_zone_is_refused(edition: Path) -> None:
    with pytest.raises(EditionError, match="time zone"):
        append_record(edition, {"event": "tracked"}, datetime(2024, 1, 1))  # noqa: DTZ001 - the point


@pytest.mark.parametrize("event", [{}, {"event": "x", "previous": ""}, {"event": "x", "at": "now"}])
def test_an_event_without_name_or_with_the_records_own_fields_is_refused(
    edition: Path, event: dict[str, str]
) -> None:
    with pytest.raises(EditionError, match="needs an 'event'"):
        append_record(edition, event, NOON)


def test_signers_at_the_same_time_wait_for_each_other(edition: Path) -> None:
    def sign(number: int) -> None:
        append_record(edition, {"event": "scored", "number": number}, NOON)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sign, range(24)))
    assert sorted(event["number"] for event in read_record(edition)) == list(range(24))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition whose record a test may change and put right again."""
    folder = build_edition(tmp_path_factory.mktemp("record"), draws=5, districts=1)
    recall(folder, DAY)
    return folder


@settings(max_examples=200)
@given(data=st.data())
def test_a_changed_byte_in_the_record_is_noticed(signed: Path, data: st.DataObject) -> None:
    path = record_path(signed)
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1), label="offset")
    changed = content[at] ^ data.draw(st.integers(1, 255), label="change")
    try:
        path.write_bytes(content[:at] + bytes([changed]) + content[at + 1 :])
        with pytest.raises(EditionError, match=signed.name):
            read_record(signed)
    finally:
        path.write_bytes(content)


def test_a_removed_line_is_noticed(edition: Path) -> None:
    approve(edition, DAY)
    recall(edition, DAY)
    append_record(edition, {"event": "scored"}, NOON)
    lines = record_path(edition).read_bytes().splitlines(keepends=True)
    record_path(edition).write_bytes(lines[0] + lines[2])
    with pytest.raises(EditionError, match="line 2 of the record does not follow"):
        approval(edition)


def test_a_damaged_record_is_not_continued(edition: Path) -> None:
    approve(edition, DAY)
    record_path(edition).write_bytes(record_path(edition).read_bytes()[:-1])
    with pytest.raises(EditionError, match="cut off"):
        recall(edition, DAY)


@pytest.mark.parametrize("line", [b"{", b"[" * 100_000, b"\xff", b'{"event": "approved"}'])
def test_a_line_that_is_none_is_told_with_what_to_do(edition: Path, line: bytes) -> None:
    record_path(edition).write_bytes(line + b"\n")
    with pytest.raises(EditionError, match=r"line 1 of the record .*put the record back"):
        read_record(edition)


def test_each_line_is_one_json_object(edition: Path) -> None:
    approve(edition, DAY)
    recall(edition, DAY)
    lines = record_path(edition).read_text("utf-8").splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["approved", "recalled"]


FULL = """
import resource, sys
from datetime import date
from pathlib import Path
from models.errors import EditionError
from tests.editions import recall
folder, size = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    recall(folder, date(2023, 12, 31))
except EditionError as error:
    sys.exit(f"refused: {error}")
"""


def test_a_full_disk_leaves_the_record_as_it_was(edition: Path) -> None:
    approve(edition, DAY)
    before = record_path(edition).read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(edition), str(len(before) + 50)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1
    assert "the record cannot be written" in done.stderr
    assert record_path(edition).read_bytes() == before
