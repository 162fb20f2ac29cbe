"""How the service runs: server settings, what is loaded, renewal of editions, a database away."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask, request
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader, LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

from service.access.roles import Role
from service.app import create_app
from service.context import service_of
from service.gunicorn_conf import options
from service.refusals import PoliteWorker, kind_of, refusal
from service.renewal import Renewal
from service.settings import read_settings
from service.store import EditionStore
from service.transport import MOST_ADDRESS
from tests.editions import build_edition, recall
from tests.house_rules import NEVER_IN_SERVICE
from tests.service.conftest import NOW, Asker

pytestmark = pytest.mark.contract
ROOT = Path(__file__).resolve().parents[2]
SMALL = {"draws": 5, "districts": 1, "measures": ("cost",)}


def test_the_server_is_set_as_the_traps_ask() -> None:
    chosen = options(read_settings(workers=3, threads=5))
    assert chosen["preload_app"] is True
    assert chosen["control_socket_disable"] is True
    assert (chosen["workers"], chosen["threads"]) == (3, 5)
    assert issubclass(chosen["worker_class"], ThreadWorker)
    assert 0 < chosen["max_requests_jitter"] < chosen["max_requests"]
    assert chosen["graceful_timeout"] < chosen["timeout"]
    assert chosen["limit_request_line"] > MOST_ADDRESS
    config = Config()
    for name, value in chosen.items():
        config.set(name, value)
    assert not config.is_ssl


@pytest.mark.parametrize(("host", "bind"), [("127.0.0.1", "127.0.0.1:8000"), ("::1", "[::1]:8000")])
def test_the_address_is_written_for_the_server(host: str, bind: str) -> None:
    assert options(read_settings(host=host))["bind"] == bind


@pytest.mark.parametrize(
    ("error", "kind", "status"),
    [
        (LimitRequestLine(9000, 8190), "too-long", 414),
        (LimitRequestHeaders("x"), "headers-too-large", 431),
        (InvalidHeader("geheim"), "bad-request", 400),
        (RuntimeError("geheim"), "failed", 500),
    ],
)
def test_unreadable_requests_get_a_whole_answer(error: Exception, kind: str, status: int) -> None:
    assert kind_of(error) == kind
    head, _, body = refusal(error).partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body)["status"] == status
    assert b"geheim" not in body


def test_a_client_that_left_does_not_stop_the_worker() -> None:
    class Gone:
        def gettimeout(self) -> float:
            return 0.0

        def sendall(self, data: bytes) -> None:
            raise BrokenPipeError

    worker = PoliteWorker.__new__(PoliteWorker)
    worker.handle_error(None, cast(Any, Gone()), None, InvalidHeader("x"))


# --- what is loaded -----------------------------------------------------------------------------

_LOADED = """
import json, sys
import service
before = sorted({name.split(".")[0] for name in sys.modules})
from service.settings import read_settings
app = service.create_app(read_settings(editions=sys.argv[1], demo=True))
app.test_client().get("/v1/forecasts")
print(json.dumps([before, sorted({name.split(".")[0] for name in sys.modules})]))
"""


def test_a_fresh_interpreter_loads_no_model_library_even_to_answer(editions: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, str(editions)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = json.loads(done.stdout.splitlines()[-1])
    assert not {"flask", "numpy", "pydantic", "sqlalchemy"} & set(before)
    assert "flask" in after
    found = {*NEVER_IN_SERVICE, "xlsxwriter", "gunicorn"} & set(after)
    assert found == set()


def test_the_package_has_no_other_attributes() -> None:
    import service  # noqa: PLC0415 - the package itself is under test

    with pytest.raises(AttributeError, match="nonsense"):
        _ = service.nonsense


# --- renewal ------------------------------------------------------------------------------------


class _Store:
    def __init__(self) -> None:
        self.looked = 0

    def refresh(self) -> bool:
        self.looked += 1
        return False


def _looks(renewal: Renewal) -> bool:
    thread = renewal.look()
    if thread is None:
        return False
    thread.join()
    return True


def test_the_folder_is_looked_at_no_more_often_than_set() -> None:
    now, store = [100.0], _Store()
    renewal = Renewal(cast(EditionStore, store), 1.0, lambda: now[0])
    looked = []
    for moment in (100.0, 100.9, 101.0, 101.5, 102.0, 102.0):
        now[0] = moment
        looked.append(_looks(renewal))
    assert looked == [False, False, True, False, True, False]
    assert store.looked == 2


def test_a_recalled_edition_is_gone_without_a_failed_or_mixed_answer(tmp_path: Path) -> None:
    build_edition(tmp_path, as_of=date(2022, 12, 31), seed=5, **SMALL)
    newer = build_edition(tmp_path, **SMALL)
    settings = read_settings(
        editions=tmp_path, database_url=f"sqlite:///{tmp_path}/k.sqlite", refresh_seconds=0
    )
    app = create_app(settings, clock=lambda: NOW)
    asker = _asker(app)
    seen: set[str] = set()
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(40):
            response = asker.get("/v1/forecasts?frequency=year")
            found = {row["edition"] for row in response.get_json()["rows"]}
            if response.status_code != 200 or len(found) != 1:
                wrong.append((response.status_code, found))
            seen.update(found)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    threads[0].start()
    recall(newer, date(2023, 12, 31))
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    service_of(app).store.refresh()
    assert wrong == []
    assert newer.name not in str(asker.get("/v1/editions").get_json())


def _asker(app: Flask) -> Asker:
    keys = service_of(app).keys
    assert keys is not None
    return Asker(app.test_client(), keys.create("x", Role.CONTROLLER, None, 1)[0])


# --- a database away, a proxy in front ----------------------------------------------------------


def test_a_database_away_is_a_503_and_its_return_an_answer(editions: Path, tmp_path: Path) -> None:
    file = tmp_path / "state" / "k.sqlite"
    settings = read_settings(
        editions=editions, database_url=f"sqlite:///{file}", key_cache_seconds=0
    )
    app = create_app(settings, clock=lambda: NOW)
    asker = _asker(app)
    engine = service_of(app).engine
    assert engine is not None
    engine.dispose()
    away = file.with_suffix(".away")
    file.rename(away)
    file.mkdir()
    for path in ("/v1/products", "/v1/health/ready"):
        response = asker.get(path)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "5"
        assert str(tmp_path) not in response.get_data(as_text=True)
    file.rmdir()
    away.rename(file)
    assert asker.get("/v1/products").status_code == 200
    assert asker.get("/v1/health/ready").status_code == 200


def test_a_trusted_proxy_counts_and_others_do_not(editions: Path, tmp_path: Path) -> None:
    seen: list[str | None] = []
    for trusted in (0, 1):
        settings = read_settings(
            editions=editions,
            trusted_proxies=trusted,
            database_url=f"sqlite:///{tmp_path}/k.sqlite",
        )
        app = create_app(settings, clock=lambda: NOW)
        app.before_request(_noting(seen))
        app.test_client().get("/v1", headers={"X-Forwarded-For": "10.1.2.3"})
    assert seen == ["127.0.0.1", "10.1.2.3"]


def _noting(seen: list[str | None]) -> Callable[[], None]:
    return lambda: seen.append(request.remote_addr)
