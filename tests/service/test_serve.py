"""The command ``serve`` as people run it: a real server on a free port, asked, stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.access.roles import Role
from service.cli_serve import PortInUseError, check_port, keys, serve
from service.settings import PREFIX, SettingsError, read_settings
from tests.editions import approve, build_edition
from tests.service.conftest import DRAFT, FIRST

pytestmark = pytest.mark.contract
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds; a busy machine starts slowly
SMALL = {"draws": 5, "districts": 1, "measures": ("cost",)}


Json = Any  # what the server answered, whatever it is


class Running:
    """A server in a process of its own."""

    def __init__(self, folder: Path, *options: str, **settings: object) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        command = "from service.cli_serve import serve; serve()"
        arguments = [sys.executable, "-c", command, "--port", str(self.port), *options]
        outside = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        env = {**outside, "PYTHONPATH": str(ROOT), "ZORGRAMING_REFRESH_SECONDS": "0.1"}
        env |= {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
        with (folder / "out.txt").open("w") as out, (folder / "err.txt").open("w") as err:
            self.process = subprocess.Popen(arguments, cwd=folder, env=env, stdout=out, stderr=err)
        self.folder = folder

    @property
    def said(self) -> str:
        """What the start-up told."""
        return (self.folder / "out.txt").read_text()

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log lines, each of them JSON."""
        return [json.loads(line) for line in (self.folder / "err.txt").read_text().splitlines()]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], Json]:
        """Ask and return status, headers and body (JSON where it is)."""
        request = urllib.request.Request(self.base + path, headers=headers)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:  # noqa: S310
                return response.status, dict(response.headers), _body(response)
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), _body(error)

    def wait(self) -> None:
        """Wait until it answers."""
        self.until(lambda: self.get("/v1/health/live")[0] == 200)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self.process.poll() is None, (self.folder / "err.txt").read_text()
            try:
                if holds():
                    return
            except urllib.error.URLError:
                pass
            time.sleep(0.1)
        pytest.fail(f"it did not come to hold within {PATIENCE} seconds")

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def _body(response: HTTPResponse | urllib.error.HTTPError) -> Json:
    content = response.read()
    kind = response.headers["Content-Type"] or ""
    return json.loads(content) if "json" in kind else content.decode()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start servers that are stopped whatever happens."""
    running: list[Running] = []

    def begin(*options: str) -> Running:
        one = Running(tmp_path, *options)
        running.append(one)
        one.wait()
        return one

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait(PATIENCE)


def test_demo_serves_synthetic_editions_and_says_what_it_leaves_out(
    start: Callable[..., Running], editions: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "editions"
    shutil.copytree(editions, folder)
    real = build_edition(folder, municipality="XX0009", synthetic=False, **SMALL)
    one = start("--demo", "--workers", "1")
    assert f"{one.base}/v1" in one.said
    assert f"{real.name}: not synthetic" in one.said
    assert "zorgraming keys create" in one.said
    assert DRAFT in one.said
    status, headers, body = one.get(f"/v1/forecasts?municipality={FIRST}&frequency=year")
    assert (status, body["meta"]["measure"]) == (200, "cost")
    assert headers["Server"] == "Zorgraming"
    assert one.get(f"/v1/forecasts?municipality={FIRST}&format=csv")[2].startswith("municipality,")
    assert one.get("/v1/forecasts?municipality=XX0009")[0] == 400
    assert one.get("/v1/health/ready")[2]["left_out_count"] == 1
    assert one.stop() == 0
    assert {"answered"} <= {line["event"] for line in one.log}


def test_what_is_no_request_is_refused_as_a_problem_document(
    start: Callable[..., Running],
) -> None:
    one = start("--demo", "--workers", "1")
    for sent, status in (
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET /v1 HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n", b"431"),
    ):
        answer = _raw(one.port, sent)
        assert answer.split()[1] == status
        assert b"application/problem+json" in answer
        assert b"API-Version: " in answer
        assert b"gunicorn" not in answer.lower()
    assert not any("NONSENSE" in str(line) for line in one.log)


def _raw(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
        return b"".join(parts)


def test_an_empty_folder_says_what_to_do_and_a_new_edition_is_picked_up(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    one = start("--demo", "--workers", "1")
    assert "zorgraming train" in one.said
    assert one.get("/v1/health/ready")[0] == 503
    build_edition(tmp_path / "editions", **SMALL)
    one.until(lambda: one.get("/v1/health/ready")[0] == 200)
    assert one.get("/v1/products")[2]["rows"]


def test_closed_it_asks_a_key_and_a_draft_is_served_once_approved(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    draft = build_edition(tmp_path / "editions", approved=False, **SMALL)
    one = start("--workers", "2")
    assert "there is none yet" in one.said
    assert "a draft" in one.said
    assert one.get("/v1/products")[0] == 401
    url = f"sqlite:///{tmp_path}/state/zorgraming.sqlite"
    made = CliRunner().invoke(
        keys,
        ["create", "--name", "x", "--municipality", "VB0001", "--json", "--database-url", url],
    )
    key = json.loads(made.stdout)["key"]
    headers = {"Authorization": f"Bearer {key}"}
    assert one.get("/v1/products", **headers)[2]["rows"] == []
    approve(draft, date(2023, 12, 31))
    one.until(lambda: one.get("/v1/products", **headers)[2]["rows"] != [])
    assert one.get("/v1/forecasts", **headers)[0] == 200
    assert one.stop() == 0
    assert key not in (tmp_path / "err.txt").read_text()


def test_the_port_in_use_is_told_before_anything_else() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = read_settings(port=taken.getsockname()[1])
        with pytest.raises(PortInUseError, match="--port"):
            check_port(settings)


def test_demo_refuses_to_listen_to_others() -> None:
    result = CliRunner().invoke(serve, ["--demo", "--host", "0.0.0.0"])  # noqa: S104
    assert isinstance(result.exception, SettingsError)
    assert "this machine only" in str(result.exception)


# --- keys ---------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Run ``zorgraming keys`` on a database of the test; return what it writes."""

    def call(*arguments: str) -> str:
        options = ["--database-url", f"sqlite:///{tmp_path}/k.sqlite"]
        result = CliRunner().invoke(keys, [*arguments, *options])
        assert result.exit_code == 0, result.output
        return result.output

    return call


def test_keys_are_made_listed_and_revoked(run: Callable[..., str]) -> None:
    assert "no keys" in run("list")
    shown = run("create", "--name", "Power BI", "--municipality", FIRST, "--days", "30")
    key = next(word for word in shown.split() if word.startswith("zr_"))
    key_id = key.split("_")[1]
    assert f"no edition holds {FIRST}" in shown
    listed = run("list")
    assert key_id in listed
    assert "valid" in listed
    assert key.split("_", 2)[2] not in listed
    run("revoke", key_id)
    assert "revoked" in run("list")
    (record,) = json.loads(run("list", "--json"))
    assert record["municipalities"] == [FIRST]
    assert record["revoked_at"].endswith("Z")


def test_a_reader_is_told_what_it_will_not_see(run: Callable[..., str]) -> None:
    shown = run("create", "--name", "x", "--all-municipalities", "--role", Role.READER.value)
    assert "every municipality" in shown
    assert "small numbers are hidden" in shown


@pytest.mark.parametrize(
    "arguments", [[], ["--municipality", "a", "--all-municipalities"], ["--days", "0"]]
)
def test_a_key_without_a_clear_reach_is_wrong_use(arguments: list[str]) -> None:
    result = CliRunner().invoke(keys, ["create", "--name", "x", *arguments])
    assert result.exit_code == 2
