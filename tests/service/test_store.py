"""What is served is approved, trusted and in force; everything else has its reason."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from models.selection import Selection, answer
from service.store import RETRY, EditionStore
from tests.editions import approve, build_edition, recall

pytestmark = pytest.mark.unit

TODAY = datetime(2024, 6, 1, 12, tzinfo=UTC)
SMALL = {"draws": 5, "districts": 1, "measures": ("cost",)}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = TODAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Write an edition into the folder of the test."""

    def build(**options: object) -> Path:
        return build_edition(tmp_path, **{**SMALL, **options})  # type: ignore[arg-type]

    return build


def reasons(store: EditionStore) -> dict[str, str]:
    return dict(store.left_out())


def test_the_newest_approved_edition_is_in_force(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    old, new = make(as_of=date(2022, 12, 31)), make(as_of=date(2023, 12, 31))
    draft = make(as_of=date(2024, 3, 31), approved=False)
    store = EditionStore(tmp_path, demo=False, clock=clock)
    found = store.for_municipality("VB0001")
    assert found is not None
    assert found.edition.edition_id == new.name
    assert {one.edition.edition_id: one.current_for for one in store.served()} == {
        old.name: (),
        new.name: ("VB0001",),
    }
    assert list(store.current()) == ["VB0001"]
    assert reasons(store) == {draft.name: "a draft: nobody approved it yet"}


def test_of_two_editions_of_one_date_the_one_signed_last_is_in_force(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    first, second = make(seed=1, approved=False), make(seed=2, approved=False)
    approve(second, date(2024, 1, 1))
    approve(first, date(2024, 2, 1))
    store = EditionStore(tmp_path, demo=False, clock=clock)
    assert store.current()["VB0001"].edition.edition_id == first.name


def test_each_municipality_has_its_own_newest_edition(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    both = make(municipality=("VB0001", "VB0002"), as_of=date(2022, 12, 31))
    one = make(municipality="VB0002")
    store = EditionStore(tmp_path, demo=False, clock=clock)
    assert {code: s.edition.edition_id for code, s in store.current().items()} == {
        "VB0001": both.name,
        "VB0002": one.name,
    }
    assert store.for_municipality("VB0003") is None


def test_a_superseded_edition_is_still_found_by_its_id(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    old = make(as_of=date(2022, 12, 31))
    make()
    store = EditionStore(tmp_path, demo=False, clock=clock)
    found = store.get(old.name)
    assert found is not None
    assert found.current_for == ()
    assert len(answer(found.edition, Selection("cost"))["mean"])
    assert store.get("unknown-2023-12-31-0123456789") is None


def test_a_recalled_edition_is_not_served_and_the_one_before_is_back(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    old, new = make(as_of=date(2022, 12, 31)), make()
    store = EditionStore(tmp_path, demo=False, clock=clock)
    recall(new, date(2024, 1, 1))
    assert store.current()["VB0001"].edition.edition_id == new.name
    assert store.refresh()
    assert store.current()["VB0001"].edition.edition_id == old.name
    assert store.get(new.name) is None
    assert reasons(store) == {new.name: "recalled on 2024-03-01"}


def test_an_expired_approval_is_no_longer_in_force_but_citable(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    folder = make(valid_until=date(2024, 6, 1))
    store = EditionStore(tmp_path, demo=False, clock=clock)
    assert list(store.current()) == ["VB0001"]  # its last day counts
    clock.now += timedelta(days=1)
    assert store.refresh()
    assert store.current() == {}
    assert store.get(folder.name) is not None
    assert "its approval ended on 2024-06-01" in reasons(store)[folder.name]


def test_an_approval_that_ends_on_no_known_day_counts_for_nothing(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    from models.edition import append_record  # noqa: PLC0415 - next to its only use

    folder = make(approved=False)
    append_record(folder, {"event": "approved", "valid_until": "next year"}, TODAY)
    store = EditionStore(tmp_path, demo=False, clock=clock)
    assert store.current() == {}
    assert "no known day: 'next year'" in reasons(store)[folder.name]


def test_demo_mode_serves_drafts_but_synthetic_editions_only(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    draft = make(approved=False)
    real = make(municipality="GM0518", synthetic=False, seed=2)
    store = EditionStore(tmp_path, demo=True, clock=clock)
    (served,) = store.served()
    assert served.edition.edition_id == draft.name
    assert served.status == "draft"
    assert served.current_for == ("VB0001",)
    assert "demo mode serves synthetic editions only" in reasons(store)[real.name]


def test_demo_mode_knows_no_end_of_an_approval_but_does_know_a_recall(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    expired = make(as_of=date(2022, 12, 31), valid_until=date(2024, 1, 1))
    recalled = make()
    recall(recalled, date(2024, 1, 1))
    store = EditionStore(tmp_path, demo=True, clock=clock)
    assert store.current()["VB0001"].edition.edition_id == expired.name
    assert reasons(store) == {recalled.name: "recalled on 2024-03-01"}


def test_an_edition_that_cannot_be_trusted_is_left_out_and_stops_no_other(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    good = make(municipality="VB0001")
    tampered = make(municipality="VB0002")
    content = bytearray((tampered / "paths" / "cost.npy").read_bytes())
    content[-1] ^= 1
    (tampered / "paths" / "cost.npy").write_bytes(content)
    other_format = make(municipality="VB0003")
    manifest = (other_format / "manifest.json").read_text("utf-8")
    (other_format / "manifest.json").write_text(manifest.replace('"format": 1', '"format": 9'))
    broken_record = make(municipality="VB0004")
    record = broken_record.parent / f"{broken_record.name}.record.jsonl"
    record.write_bytes(record.read_bytes()[:-5])
    (tmp_path / "notes").mkdir()
    (tmp_path / ".half.123.tmp").mkdir()
    (tmp_path / "read me.txt").write_text("not an edition")
    store = EditionStore(tmp_path, demo=False, clock=clock)
    assert [one.edition.edition_id for one in store.served()] == [good.name]
    told = reasons(store)
    assert "paths/cost.npy was changed" in told[tampered.name]
    assert "edition format 9 is not known here" in told[other_format.name]
    assert "the last line of the record is cut off" in told[broken_record.name]
    assert "no readable manifest.json" in told["notes"]
    assert len(told) == 4


def test_an_approval_of_other_content_counts_for_nothing(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    from models.manifest import canonical, read_manifest, seal  # noqa: PLC0415 - a forger's tools

    folder = make()
    manifest = {**read_manifest(folder), "owner": "someone else"}
    (folder / "manifest.json").write_bytes(canonical(seal(manifest, manifest["run"])))
    for demo in (False, True):
        store = EditionStore(tmp_path, demo=demo, clock=clock)
        assert store.served() == ()
        assert "approval is of other content" in reasons(store)[folder.name]


def test_a_new_edition_is_picked_up_and_requests_keep_what_they_hold(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    make(as_of=date(2022, 12, 31))
    store = EditionStore(tmp_path, demo=False, clock=clock)
    held = store.current()["VB0001"]
    before = answer(held.edition, Selection("cost"))["mean"]
    new = make()
    assert store.refresh()
    assert store.current()["VB0001"].edition.edition_id == new.name
    assert (answer(held.edition, Selection("cost"))["mean"] == before).all()


def test_an_edition_that_did_not_change_is_not_read_again(
    make: Callable[..., Path],
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = make()
    store = EditionStore(tmp_path, demo=False, clock=clock)
    edition = store.current()["VB0001"].edition
    assert not store.refresh()
    monkeypatch.setattr("service.store.open_edition", lambda folder: pytest.fail(folder.name))
    approve(first, date(2024, 4, 1))  # the record changed, the content did not
    assert store.refresh()
    assert store.current()["VB0001"].edition is edition


def test_an_edition_that_could_not_be_read_is_tried_again_later(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    folder = make()
    aside = folder.rename(tmp_path / ".aside")
    shutil.copytree(aside, folder)
    (folder / "series.parquet").unlink()
    store = EditionStore(tmp_path, demo=False, clock=clock)
    assert "series.parquet cannot be read" in reasons(store)[folder.name]
    shutil.copy(aside / "series.parquet", folder)
    assert not store.refresh()
    clock.now += RETRY
    assert store.refresh()
    assert list(store.current()) == ["VB0001"]
    assert store.left_out() == ()


def test_a_clock_that_jumps_back_and_forth_does_no_harm(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    make(valid_until=date(2024, 6, 30))
    store = EditionStore(tmp_path, demo=False, clock=clock)
    for jump in (timedelta(days=3650), timedelta(days=-7300), timedelta(days=3650)):
        clock.now += jump
        store.refresh()
    assert list(store.current()) == ["VB0001"]


def test_a_folder_that_is_away_for_a_while_keeps_what_was_served(
    make: Callable[..., Path],
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make()
    store = EditionStore(tmp_path, demo=False, clock=clock)
    with monkeypatch.context() as away:

        def gone(_: Path) -> None:
            raise OSError(5, "Input/output error")

        away.setattr("service.store.folders_in", gone)
        assert store.refresh()
        assert list(store.current()) == ["VB0001"]
        assert "cannot be read: Input/output error" in store.left_out()[0][1]
        assert not store.refresh()
    assert store.refresh()
    assert store.left_out() == ()


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_or_missing_folder_serves_nothing(
    tmp_path: Path, clock: Clock, exists: bool
) -> None:
    folder = tmp_path if exists else tmp_path / "missing"
    store = EditionStore(folder, demo=False, clock=clock)
    assert store.served() == ()
    assert store.left_out() == ()


def test_readers_never_see_half_a_change(
    make: Callable[..., Path], tmp_path: Path, clock: Clock
) -> None:
    """Approvals come and go while threads read: whoever is in force is always served as well."""
    folder = make(as_of=date(2022, 12, 31))
    other = make(approved=False)
    store = EditionStore(tmp_path, demo=False, clock=clock)
    wrong: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            found = store.for_municipality("VB0001")
            if found is None or found.current_for != ("VB0001",):
                wrong.append(str(found))
            store.refresh()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        approve(other, date(2024, 1, 1) + timedelta(days=turn))
        recall(other, date(2024, 1, 1) + timedelta(days=turn))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    store.refresh()
    assert store.current()["VB0001"].edition.edition_id == folder.name
