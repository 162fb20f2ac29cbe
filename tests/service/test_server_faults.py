"""What goes wrong around a server of two workers: nothing is lost, and each answer is clear."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from service.audit.lines import chain_files
from service.audit.verification import verify
from tests.editions import approve, build_edition, recall
from tests.service.postgres import PostgreSQL
from tests.service.test_metrics import Measured, workers_of
from tests.service.test_serve import PATIENCE, SMALL
from tests.service.under_load import SECONDS, Load, bearer, key_in, noted

pytestmark = pytest.mark.contract
YEARS = "/v1/forecasts?measure=cost&frequency=year&groupBy=period"


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return a key of the server."""
    return key_in(tmp_path)


@pytest.fixture
def start(tmp_path: Path, key: str) -> Iterator[Callable[..., Measured]]:
    """Start servers with two workers, which know the key."""
    assert key
    running: list[Measured] = []

    def begin(editions: Path, **settings: object) -> Measured:
        chosen = {"rate_per_minute": 0, **settings}
        one = Measured(tmp_path, "--editions", str(editions), "--workers", "2", **chosen)
        running.append(one)
        one.wait()
        one.until(lambda: len(workers_of(one)) == 2)
        return one

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait(PATIENCE)


def whole_trail(folder: Path) -> int:
    """Return the number of chains of a server's audit trail, in which nothing is wrong or open."""
    found = verify(folder / "state" / "audit")
    assert (found.faults, found.open_chains) == ((), 0)
    return found.chains


def test_a_worker_killed_under_load_is_replaced_and_the_other_goes_on(
    start: Callable[..., Measured], editions: Path, tmp_path: Path, key: str
) -> None:
    one = start(editions)
    before = workers_of(one)
    with Load(one, "/v1/products", key, threads=6) as load:
        load.until_more(100)
        had = len(chain_files(tmp_path / "state" / "audit"))  # a worker that nobody asked has none
        os.kill(before[0], signal.SIGKILL)
        killed = time.monotonic()
        one.until(lambda: len(workers_of(one)) == 2 and workers_of(one) != before)
        # Connections that are kept stay with the other worker: a new one finds the new one.
        one.until(
            lambda: (
                one.get("/v1/products", **bearer(key))[0] == 200
                and len(chain_files(tmp_path / "state" / "audit")) == had + 1
            )
        )
    meanwhile = [answer.at for answer in load.answers if answer.at > killed]
    assert meanwhile[0] - killed < SECONDS
    assert load.statuses == {200}
    assert len(load.cut) <= 6  # what that worker was answering, and nothing else
    counted = one.figure("zorgraming_requests_total", route="/v1/products", status="2xx")
    assert counted >= len(load.answers)
    assert before[1] in workers_of(one)
    assert one.stop() == 0
    assert {answer.number for answer in load.answers} <= noted(tmp_path)
    assert whole_trail(tmp_path) == had + 1


def test_sigterm_under_load_cuts_no_answer_and_ends_the_audit_trail(
    start: Callable[..., Measured], editions: Path, tmp_path: Path, key: str
) -> None:
    one = start(editions)
    with Load(one, YEARS, key, threads=12) as load:
        load.until_more(400)
        began = time.monotonic()
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(PATIENCE) == 0
        took = time.monotonic() - began
        time.sleep(0.2)
    assert took < 10  # of the twenty seconds that it may take
    assert load.statuses == {200}
    assert load.refused > 0
    # Only who connects in the very moment that the port closes is not heard.
    assert [lost for lost in load.cut if "ConnectionReset" not in lost] == []
    assert len(load.cut) <= 3
    assert {answer.number for answer in load.answers} <= noted(tmp_path)
    assert whole_trail(tmp_path) == 2
    assert not any(line["level"] == "error" for line in one.log)


@pytest.mark.slow
def test_a_killed_database_is_a_503_after_what_is_remembered_and_its_return_an_answer(
    start: Callable[..., Measured], editions: Path, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    url = postgresql.made("away")
    key = key_in(tmp_path, url=url)
    one = start(editions, database_url=url, key_cache_seconds=3)
    workers = workers_of(one)
    with Load(one, "/v1/products", key, threads=6, pause=0.01) as load:
        load.until_more(50)
        postgresql.kill()
        gone = time.monotonic()
        try:
            one.until(lambda: 503 in load.statuses)
            time.sleep(max(0.0, gone + 4 - time.monotonic()))
            late = len(load.answers)
            load.until_more(20)
            assert one.get("/v1/health/live")[0] == 200
            status, headers, body = one.get("/v1/health/ready")
            assert (status, headers["Retry-After"], body["status"]) == (503, "5", 503)
            refused = list(load.answers[late:])
        finally:
            postgresql.start()
        one.until(lambda: one.get("/v1/health/ready")[0] == 200)
        one.until(lambda: load.answers[-1].status == 200)
    good = [answer.at for answer in load.answers if answer.status == 200 and answer.at < gone + 3]
    assert good[-1] > gone  # keys that are remembered go on
    assert {answer.status for answer in refused} == {503}
    for answer in load.answers:
        assert answer.status == 200 or answer.headers["Retry-After"] == "5"
        assert str(postgresql.port) not in answer.text
        assert answer.seconds < 2 * SECONDS
    assert load.cut == []
    assert workers_of(one) == workers
    assert one.stop() == 0
    whole_trail(tmp_path)


def test_ten_swaps_under_load_give_no_failed_and_no_mixed_answer(
    start: Callable[..., Measured], tmp_path: Path, key: str
) -> None:
    folder = tmp_path / "editions"
    older = build_edition(folder, as_of=date(2022, 12, 31), seed=5, **SMALL)
    newer = build_edition(folder, approved=False, **SMALL)
    one = start(folder, refresh_seconds=0.02)
    with Load(one, f"{YEARS},municipality", key, threads=4) as load:
        load.until_more(20)
        for swap in range(10):
            (recall if swap % 2 else approve)(newer, date(2023, 12, 31))
            wanted = older if swap % 2 else newer
            one.until(lambda name=wanted.name: _edition_of(load) == name)  # type: ignore[misc]
    assert load.statuses == {200}
    assert load.cut == []
    figures = {older.name: set(), newer.name: set()}
    for answer in load.answers:
        (edition,) = {row["edition"] for row in answer.body["rows"]}
        assert [brief["edition"] for brief in answer.body["meta"]["editions"]] == [edition]
        figures[edition].add(str(answer.body["rows"]))
    assert [len(found) for found in figures.values()] == [1, 1]
    assert one.figure("zorgraming_edition_swaps_total") >= 10
    assert one.stop() == 0
    assert {answer.number for answer in load.answers} <= noted(tmp_path)
    whole_trail(tmp_path)


def _edition_of(load: Load) -> str:
    name: str = load.answers[-1].body["meta"]["editions"][0]["edition"]
    return name
