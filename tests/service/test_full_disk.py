"""No room on the disk of a running server: what cannot be kept is refused, and nothing is half."""

from __future__ import annotations

import json
import resource
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.audit.lines import chain_files
from service.audit.verification import verify
from tests.service.conftest import FIRST
from tests.service.test_metrics import workers_of
from tests.service.test_serve import PATIENCE, Running
from tests.service.under_load import Load, bearer, key_in, noted

pytestmark = pytest.mark.contract
LEVER = {"kind": "price", "reason": "x", "start": "2025-01", "percent": 5}
BUDGET = {
    "municipality": FIRST,
    "name": "Begroting",
    "version": "primitief",
    "lines": [{"year": 2025, "amount_eur": 1000, "product": "HH"}],
    "amounts_confirmed": True,
}
SCENARIO = {"municipality": FIRST, "name": "Meer", "reason": "x", "levers": [LEVER]}
KEPT = {"/v1/budgets/begroting": BUDGET, "/v1/scenarios/meer": SCENARIO}


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return a key of the server."""
    return key_in(tmp_path)


@pytest.fixture
def start(tmp_path: Path, editions: Path, key: str) -> Iterator[Callable[..., Running]]:
    """Start servers with two workers."""
    assert key
    running: list[Running] = []

    def begin(**settings: object) -> Running:
        options = ("--editions", str(editions), "--workers", "2")
        one = Running(tmp_path, *options, rate_per_minute=0, **settings)
        running.append(one)
        one.wait()
        one.until(lambda: len(workers_of(one)) == 2)
        return one

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait(PATIENCE)


@contextmanager
def no_room(server: Running, above: int = 0) -> Iterator[None]:
    """Let no file of a server's workers grow beyond a size."""
    workers = workers_of(server)
    before = [resource.prlimit(worker, resource.RLIMIT_FSIZE) for worker in workers]
    for worker, (_, hard) in zip(workers, before, strict=True):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (above, hard))
    yield
    assert workers_of(server) == workers
    for worker, limits in zip(workers, before, strict=True):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)


def put(server: Running, path: str, body: object, key: str) -> tuple[int, dict[str, str], Any]:
    """Put JSON and return status, headers and body."""
    headers = {**bearer(key), "Content-Type": "application/json"}
    sent = json.dumps(body).encode()
    request = urllib.request.Request(server.base + path, sent, headers, method="PUT")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.loads(error.read())


def test_no_room_for_the_audit_trail_is_a_503_without_figures_until_there_is(
    start: Callable[..., Running], tmp_path: Path, key: str
) -> None:
    one = start()
    audit = tmp_path / "state" / "audit"
    with Load(one, "/v1/products", key, threads=4, pause=0.005) as load:
        one.until(lambda: len(chain_files(audit)) == 2)
        load.until_more(20)
        largest = max(path.stat().st_size for path in chain_files(audit))
        with no_room(one, largest + 1_000):  # not a whole number of lines
            one.until(lambda: 503 in load.statuses)
            load.until_more(50)
            assert load.answers[-1].status == 503
            assert one.get("/v1/health/live")[0] == 200
        one.until(lambda: load.answers[-1].status == 200)
        load.until_more(20)
    assert load.cut == []
    given = [answer for answer in load.answers if answer.status == 200]
    for answer in load.answers:
        if answer.status != 200:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert "rows" not in answer.body
            assert str(tmp_path) not in answer.text
    assert one.stop() == 0
    assert {answer.number for answer in given} <= noted(tmp_path)
    found = verify(audit)
    assert (found.faults, found.open_chains) == ((), 0)


def test_no_room_for_the_database_keeps_all_or_nothing(
    start: Callable[..., Running], key: str
) -> None:
    one = start(audit_required="false")
    for path, body in KEPT.items():
        assert put(one, path, body, key)[0] == 201
    before = {path: one.get(path, **bearer(key))[2] for path in KEPT}
    with no_room(one):
        for path, body in KEPT.items():
            for place in (path, f"{path}-2"):
                status, headers, told = put(one, place, body | {"name": "Anders"}, key)
                assert (status, headers["Retry-After"], told["status"]) == (503, "5", 503)
                assert "sqlite" not in str(told).lower()
            assert one.get(path, **bearer(key))[2] == before[path]
            assert one.get(f"{path}-2", **bearer(key))[0] == 404
    for path, body in KEPT.items():
        assert one.get(path, **bearer(key))[2] == before[path]
        status, _, changed = put(one, path, body | {"name": "Anders"}, key)
        assert (status, changed["name"], changed["revision"]) == (200, "Anders", 2)
    assert one.stop() == 0
