"""Faults that the audit trail must survive: a killed worker, a full disk, a folder that is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from service.access.keys import KeyRing
from service.access.roles import Role
from service.app import create_app
from service.audit.lines import chain_files
from service.audit.reading import Wish, accesses
from service.audit.requests import EXTENSION
from service.audit.verification import verify
from service.context import service_of
from service.database import migrate, open_database
from service.settings import read_settings
from tests.service.conftest import FIRST, NOW, Asker
from tests.service.test_serve import PATIENCE, Running

pytestmark = pytest.mark.contract
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def key(tmp_path: Path) -> str:
    """Return a key of the database that a server started in the folder of the test uses."""
    engine = open_database(f"sqlite:///{tmp_path}/state/zorgraming.sqlite")
    migrate(engine)
    made, _ = KeyRing(engine, lambda: NOW).create("x", Role.CONTROLLER, [FIRST], 3650)
    engine.dispose()
    return made


@pytest.fixture
def server(tmp_path: Path, editions: Path, key: str) -> Iterator[Running]:
    """Return a running server with one worker, which knows the key."""
    assert key
    one = Running(tmp_path, "--editions", str(editions), "--workers", "1")
    one.wait()
    yield one
    one.process.kill()
    one.process.wait(PATIENCE)


def test_a_killed_worker_loses_no_line_of_an_answer_that_was_sent(
    server: Running, key: str, tmp_path: Path
) -> None:
    answered: set[str] = set()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            headers = {"Authorization": f"Bearer {key}"}
            try:
                status, found, _ = server.get("/v1/products", **headers)
            except (urllib.error.URLError, OSError, HTTPException):
                continue  # cut off in the middle: nobody saw these figures
            if status == 200:
                answered.add(found["X-Request-Id"])

    folder = tmp_path / "state" / "audit"
    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    for killed in range(2):
        server.until(lambda n=killed: len(answered) > 60 * (n + 1))  # type: ignore[misc]
        worker = int(chain_files(folder)[-1].name.split("-")[1])
        os.kill(worker, signal.SIGKILL)
        count = len(answered)
        server.until(lambda n=count: len(answered) > n + 20)  # type: ignore[misc]
    stop.set()
    for thread in asking:
        thread.join()
    assert server.stop() == 0
    noted = {entry["attributes"]["request_id"] for entry in accesses(folder, Wish())}
    assert answered <= noted
    found = verify(folder)
    assert (found.faults, found.open_chains) == ((), 0)
    assert found.chains == 3
    text = (folder / "ledger.jsonl").read_text()
    events = [json.loads(line)["event"] for line in text.splitlines()]
    assert events.count("sealed") == 2


_FULL = """
import json, resource, sys
from service.app import create_app
from service.settings import read_settings
app = create_app(read_settings())
client = app.test_client()
headers = {"Authorization": "Bearer " + sys.argv[1]}
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
def ask():
    answer = client.get("/v1/products", headers=headers)
    body = answer.get_json()
    return [answer.status_code, answer.headers.get("Retry-After"), "rows" in body, str(body)]
first = ask()
resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, hard))  # not even a whole number of lines
full = [ask() for _ in range(30)]
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print(json.dumps([first, full, [ask() for _ in range(3)]]))
"""


def _full_disk(editions: Path, tmp_path: Path, key: str, **more: str) -> list[list[list[object]]]:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ZORGRAMING_EDITIONS": str(editions),
        "ZORGRAMING_DATABASE_URL": f"sqlite:///{tmp_path}/state/zorgraming.sqlite",
        "ZORGRAMING_AUDIT_DIR": str(tmp_path / "audit"),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", _FULL, key],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    first, full, after = json.loads(done.stdout.splitlines()[-1])
    return [[first], full, after]


def test_a_full_disk_is_a_503_without_figures_and_room_again_an_answer(
    editions: Path, tmp_path: Path, key: str
) -> None:
    first, full, after = _full_disk(editions, tmp_path, key)
    statuses = [answer[0] for answer in full]
    assert first[0][0] == 200
    assert set(statuses) == {200, 503}
    assert statuses == sorted(statuses)
    for status, retry, has_rows, text in full:
        assert status == 200 or (retry == "5" and not has_rows and "vastgelegd" in str(text))
        assert str(tmp_path) not in str(text)
    assert [answer[0] for answer in after] == [200, 200, 200]
    found = verify(tmp_path / "audit")
    assert (found.faults, found.open_chains) == ((), 0)
    given = sum(answer[0] == 200 for answer in (*first, *full, *after))
    assert len(list(accesses(tmp_path / "audit", Wish()))) == given


def test_where_it_is_set_so_a_full_disk_stops_no_answer(
    editions: Path, tmp_path: Path, key: str
) -> None:
    _, full, _ = _full_disk(editions, tmp_path, key, ZORGRAMING_AUDIT_REQUIRED="false")
    assert {answer[0] for answer in full} == {200}
    assert verify(tmp_path / "audit").faults == ()


def test_a_folder_that_cannot_be_made_is_a_503_until_it_can(editions: Path, tmp_path: Path) -> None:
    place = tmp_path / "there"
    place.write_text("in the way")
    settings = read_settings(
        editions=editions, database_url=f"sqlite:///{tmp_path}/k.sqlite", audit_dir=place / "audit"
    )
    app = create_app(settings, clock=lambda: NOW)
    ring = service_of(app).keys
    assert ring is not None
    one = Asker(app.test_client(), ring.create("x", Role.CONTROLLER, None, 30)[0])
    assert one.get("/v1/products").status_code == 503
    assert one.client.get("/v1/health/live").status_code == 200
    place.unlink()
    assert one.get("/v1/products").status_code == 200
    app.extensions[EXTENSION].close()
    assert verify(place / "audit").faults == ()
