"""Editions and masks that are damaged or changed while a server runs: what was good goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from models.disclosure_files import mask_path
from models.edition import record_path
from models.manifest import NAME
from service.access.roles import Role
from tests.editions import build_edition, recall
from tests.service.test_metrics import workers_of
from tests.service.test_serve import PATIENCE, SMALL, Running
from tests.service.under_load import Load, bearer, key_in

pytestmark = pytest.mark.contract
YEARS = "/v1/forecasts?measure=cost&frequency=year&groupBy=period"


@dataclass(frozen=True)
class Serving:
    """A running server with one edition, and who asks."""

    server: Running
    first: Path
    keys: dict[Role, str]

    def edition(self, role: Role = Role.CONTROLLER) -> str | int:
        """Return the edition that somebody's figures are of, or the status where there are none."""
        status, _, body = self.server.get(YEARS, **bearer(self.keys[role]))
        return str(body["rows"][0]["edition"]) if status == 200 else status

    def left_out(self) -> dict[str, str]:
        """Return what readiness tells an administrator of what is not served."""
        headers = bearer(self.keys[Role.ADMINISTRATOR])
        status, _, body = self.server.get("/v1/health/ready", **headers)
        assert status == 200
        return {one["edition"]: one["reason"] for one in body["left_out"]}

    def told(self) -> set[str]:
        """Return the editions that the log says something about."""
        events = ("edition_left_out", "edition_loaded")
        return {line["edition"] for line in self.server.log if line["event"] in events}


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    """Run a server of two workers with one edition."""
    first = build_edition(tmp_path / "editions", as_of=date(2022, 12, 31), seed=5, **SMALL)
    keys = {role: key_in(tmp_path, role) for role in Role}
    one = Running(tmp_path, "--workers", "2", rate_per_minute=0)
    one.wait()
    one.until(lambda: len(workers_of(one)) == 2)
    yield Serving(one, first, keys)
    one.process.kill()
    one.process.wait(PATIENCE)


def arrive(edition: Path, editions: Path) -> Path:
    """Move an edition into the folder that is served, the folder itself last."""
    for beside in (mask_path(edition), record_path(edition)):
        beside.rename(editions / beside.name)
    return edition.rename(editions / edition.name)


def _cut(edition: Path) -> None:
    largest = max((path for path in edition.rglob("*.npy")), key=lambda path: path.stat().st_size)
    with largest.open("r+b") as stream:
        stream.truncate(largest.stat().st_size // 2)


def _change(edition: Path) -> None:
    largest = max((path for path in edition.rglob("*.npy")), key=lambda path: path.stat().st_size)
    raw = bytearray(largest.read_bytes())
    raw[-5] ^= 1
    largest.write_bytes(raw)


def _half(edition: Path) -> None:
    manifest = edition / NAME
    manifest.write_bytes(manifest.read_bytes()[:200])


def _missing(edition: Path) -> None:
    next(edition.rglob("*.parquet")).unlink()


@pytest.mark.parametrize("spoil", [_cut, _change, _half, _missing])
def test_a_spoilt_edition_that_arrives_is_left_out_and_the_old_one_goes_on(
    serving: Serving, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoilt = build_edition(tmp_path / "made", **SMALL)
    spoil(spoilt)
    with Load(serving.server, YEARS, serving.keys[Role.READER], threads=2, pause=0.01) as load:
        load.until_more(10)
        arrive(spoilt, tmp_path / "editions")
        serving.server.until(lambda: spoilt.name in serving.left_out())
        load.until_more(20)
    assert load.statuses == {200}
    assert load.cut == []
    assert len({answer.text for answer in load.answers}) == 1
    assert serving.edition() == serving.first.name
    assert spoilt.name in serving.told()
    serving.server.until(lambda: serving.server.get("/v1/health/ready")[2]["left_out_count"] == 1)
    assert serving.server.get("/v1/health/ready")[2]["left_out"] is None
    assert str(tmp_path) not in str(serving.left_out())


@pytest.mark.parametrize("spoil", [_cut, _change])
def test_an_edition_spoilt_while_it_is_served_makes_way_for_the_one_before(
    serving: Serving, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    newer = build_edition(tmp_path / "editions", **SMALL)
    serving.server.until(lambda: {serving.edition() for _ in range(10)} == {newer.name})
    key = serving.keys[Role.CONTROLLER]
    with Load(serving.server, f"{YEARS},product", key, threads=4, pause=0.01) as load:
        load.until_more(10)
        spoil(newer)
        serving.server.until(lambda: newer.name in serving.left_out())
        serving.server.until(lambda: {serving.edition() for _ in range(10)} == {serving.first.name})
        load.until_more(50)
    # A file that is cut short ends the workers that read it; who comes in their place looks first.
    assert load.statuses == {200}
    assert len(load.cut) <= 2 * 4
    assert load.answers[-1].body["meta"]["editions"][0]["edition"] == serving.first.name


def test_a_worker_that_comes_later_serves_nothing_that_was_recalled(
    serving: Serving, tmp_path: Path
) -> None:
    newer = build_edition(tmp_path / "editions", **SMALL)
    recall(serving.first, date(2023, 12, 31))
    serving.server.until(lambda: {serving.edition() for _ in range(10)} == {newer.name})
    for worker in workers_of(serving.server):
        before = workers_of(serving.server)
        os.kill(worker, signal.SIGKILL)
        serving.server.until(lambda old=before: _replaced(serving.server, old))  # type: ignore[misc]
        assert {serving.edition() for _ in range(10)} == {newer.name}


def _replaced(server: Running, before: list[int]) -> bool:
    now = workers_of(server)
    return len(now) == len(before) and now != before and server.get("/v1/health/live")[0] == 200


def test_an_edition_with_a_changed_mask_is_for_who_may_see_small_numbers_only(
    serving: Serving, tmp_path: Path
) -> None:
    newer = build_edition(tmp_path / "made", **SMALL)
    _spoil_mask(newer)
    arrive(newer, tmp_path / "editions")
    serving.server.until(lambda: serving.edition() == newer.name)
    # Each worker looks for itself, when it is asked.
    serving.server.until(lambda: {serving.edition(Role.READER) for _ in range(10)} == {403})
    serving.server.until(lambda: "mask" in serving.left_out().get(newer.name, ""))
    assert serving.server.get("/v1/health/ready")[0] == 200


def test_a_mask_changed_under_an_edition_that_is_served_is_as_one_that_arrives(
    serving: Serving,
) -> None:
    good = mask_path(serving.first).read_bytes()
    reader = bearer(serving.keys[Role.READER])
    before = serving.server.get(YEARS, **reader)[2]["rows"]
    _spoil_mask(serving.first)
    serving.server.until(lambda: serving.edition(Role.READER) == 403)
    serving.server.until(lambda: "mask" in serving.left_out().get(serving.first.name, ""))
    assert serving.edition() == serving.first.name
    mask_path(serving.first).write_bytes(good)
    serving.server.until(
        lambda: {serving.edition(Role.READER) for _ in range(10)} == {serving.first.name}
    )
    assert serving.server.get(YEARS, **reader)[2]["rows"] == before


def _spoil_mask(edition: Path) -> None:
    place = mask_path(edition)
    raw = bytearray(place.read_bytes())
    raw[len(raw) // 2] ^= 1
    place.write_bytes(raw)
