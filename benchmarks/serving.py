"""A server to measure: its edition, its key, its processes, and what a load makes of it."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psutil

from service.access.keys import KeyRing
from service.access.roles import Role
from service.database import migrate, open_database
from tests.editions import build_edition

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
UNTIL, HISTORY = date(2026, 12, 31), date(2021, 1, 1)
PRODUCTS = ("BG", "HH")  # those by month
_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def edition(folder: Path, series: int, draws: int = 400) -> Path:
    """Write an approved edition with about so many series and return its folder."""
    made = {"districts": series // len(PRODUCTS), "only": PRODUCTS, "draws": draws}
    return build_edition(folder, municipality="VB0001", until=UNTIL, history=HISTORY, **made)


@dataclass(frozen=True)
class Server:
    """A running service.

    Attributes:
        port: on this machine.
        process: its parent process.
        key: of a controller.
    """

    port: int
    process: psutil.Process
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """What a request needs; nothing in demo mode."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection that stays open."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask once."""
        line = self.connection()
        try:
            line.request("GET", path, headers=self.headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer."""
        return self.process.children()

    def private_mb(self) -> float:
        """Return the largest memory that one worker has for itself, shared pages apart."""
        return max(one.memory_full_info().uss for one in self.workers()) / 1e6


@contextmanager
def server(state: Path, editions: Path, **settings: object) -> Iterator[Server]:
    """Run the service on a free port, with two workers and the audit trail on."""
    state.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{state}/zorgraming.sqlite"
    engine = open_database(url)
    migrate(engine)
    key, _ = KeyRing(engine, lambda: datetime.now(UTC)).create(
        "benchmark", Role.CONTROLLER, None, 1
    )
    engine.dispose()
    port = free_port()
    chosen = {
        "editions": editions,
        "database_url": url,
        "audit_dir": state / "audit",
        "rate_per_minute": 0,
        "refresh_seconds": 0.2,
        "key_cache_seconds": 2,
        "log_level": "INFO",
    } | settings
    env = {k: v for k, v in os.environ.items() if not k.startswith("ZORGRAMING_")}
    env |= {f"ZORGRAMING_{name.upper()}": str(value) for name, value in chosen.items()}
    env["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-c", "from service.cli_serve import serve; serve()"]
    with (state / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=env, cwd=state, stdout=log, stderr=log
        )
    found = Server(port, psutil.Process(process.pid), key)
    try:
        _wait(found, process)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


@contextmanager
def demo_server(state: Path, editions: Path) -> Iterator[int]:
    """Run the service in demo mode with two workers; yield its port."""
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("ZORGRAMING_")}
    env["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-c", "from service.cli_serve import serve; serve()"]
    command += ["--demo", "--port", str(port), "--editions", str(editions)]
    with (state / "log.txt").open("w") as log:
        process = subprocess.Popen(command, env=env, cwd=state, stdout=log, stderr=log)
    try:
        _wait(Server(port, psutil.Process(process.pid), ""), process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _wait(found: Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit("the server ended before it answered")
        try:
            if found.get("/v1/health/ready")[0] == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@dataclass(frozen=True)
class Load:
    """What a load generator saw.

    Attributes:
        per_second: answers.
        p50_ms: half of the answers came within, likewise 99 of 100.
        errors: answers other than 2xx and 3xx, and connections that broke.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


_SCRIPT = """
local paths, at = {{ {paths} }}, 0
local headers = {{ {headers} }}
request = function()
  at = at % #paths + 1
  return wrk.format("{method}", paths[at], headers, {body})
end
"""


def load(
    port: int,
    paths: Sequence[str],
    script: Path,
    *,
    headers: dict[str, str],
    seconds: int = 10,
    connections: int = 16,
    body: str | None = None,
) -> Load:
    """Let wrk (a Debian package) ask these addresses in turn, as fast as answers come.

    Raises:
        SystemExit: wrk is not installed.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("the load generator is missing: apt-get install wrk")
    script.write_text(
        _SCRIPT.format(
            paths=", ".join(f'"{path}"' for path in paths),
            headers=", ".join(f'["{name}"] = "{value}"' for name, value in headers.items()),
            method="GET" if body is None else "POST",
            body="nil" if body is None else f"[==[{body}]==]",
        ),
        encoding="utf-8",
    )
    timing = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency"]
    command = ["wrk", *timing, "-s", str(script), f"http://127.0.0.1:{port}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Load(
        float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1]),  # type: ignore[index]
        _latency(told, 50),
        _latency(told, 99),
        _errors(told),
    )


def _latency(told: str, percent: int) -> float:
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)\b", told).groups()  # type: ignore[union-attr]
    return float(value) * _MILLISECONDS[unit]


def _errors(told: str) -> int:
    found = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(r"Socket errors: (.*)", told)
    return int(found[1] if found else 0) + sum(
        map(int, re.findall(r"\d+", broken[1])) if broken else []
    )
