"""Metrics of real servers: added up over workers, on a port of their own, bounded, and cleaned."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from service.cli_serve import keys
from service.gunicorn_conf import pre_fork
from service.settings import SettingsError, read_settings
from tests.editions import build_edition
from tests.service.test_serve import PATIENCE, ROOT, SMALL, Running, free_port

pytestmark = pytest.mark.contract
WITHOUT_DATABASE = frozenset({("status", "503"), ("problem", "not-ready")})
Sample = tuple[str, frozenset[tuple[str, str]]]


class Measured(Running):
    """A server with two workers and metrics."""

    def __init__(self, folder: Path, *options: str, **settings: object) -> None:
        self.metrics = f"http://127.0.0.1:{free_port()}"
        port = self.metrics.rpartition(":")[2]
        (folder / "tmp").mkdir()
        self.private = folder / "tmp"
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("TMPDIR", str(self.private))
            super().__init__(folder, *options, metrics_port=port, **settings)

    def scraped(self, path: str = "/metrics") -> str:
        """Return what the port of the metrics answers."""
        with urllib.request.urlopen(self.metrics + path, timeout=PATIENCE) as answer:  # noqa: S310
            text: str = answer.read().decode()
        return text

    def samples(self) -> dict[Sample, float]:
        """Return every figure by name and labels."""
        found = {}
        for line in self.scraped().splitlines():
            match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if match:
                labels = frozenset(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
                found[match[1], labels] = float(match[3])
        return found

    def figure(self, name: str, **labels: str) -> float:
        """Return the sum of the figures of a name that have some labels."""
        wanted = set(labels.items())
        found = self.samples().items()
        return sum(value for (n, given), value in found if n == name and wanted <= given)


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[Callable[..., Measured]]:
    """Start servers with metrics that are stopped whatever happens."""
    running: list[Measured] = []

    def begin(*options: str, **settings: object) -> Measured:
        one = Measured(tmp_path, "--workers", "2", *options, **settings)
        running.append(one)
        one.wait()
        return one

    yield begin
    for one in running:
        one.process.kill()
        one.process.wait(PATIENCE)


def workers_of(one: Running) -> list[int]:
    """Return the numbers of the worker processes."""
    children = Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children").read_text()
    return sorted(int(number) for number in children.split())


def ask_all(one: Running, path: str, times: int) -> None:
    """Ask the same many times at once, so that every worker has its share."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: one.get(path), range(times)))


def test_figures_add_up_over_workers_and_outlive_them(
    measured: Callable[..., Measured], tmp_path: Path
) -> None:
    build_edition(tmp_path / "editions", **SMALL)
    one = measured("--demo")
    ask_all(one, "/v1/forecasts?frequency=year&groupBy=period", 200)
    route = {"route": "/v1/forecasts"}
    asked = {**route, "method": "GET", "status": "2xx"}
    rows = one.get("/v1/forecasts?frequency=year&groupBy=period")[2]["meta"]["row_count"]
    assert one.figure("zorgraming_requests_total", **asked) == 201
    assert one.figure("zorgraming_request_seconds_count", **route) == 201
    assert one.figure("zorgraming_rows_total", **route) == 201 * rows
    # More than one process counted, and each scrape tells of all of them, whoever answers it.
    files = {path.name for path in one.private.rglob("counter_*.db")}
    assert files == {"counter_0.db", "counter_1.db", "counter_2.db"}
    assert {one.figure("zorgraming_requests_total", **asked) for _ in range(10)} == {201}
    before = workers_of(one)
    os.kill(before[0], signal.SIGKILL)
    one.until(lambda: len(workers_of(one)) == 2 and workers_of(one) != before)
    one.until(lambda: one.figure("zorgraming_requests_total", **asked) == 201)
    ask_all(one, "/v1/forecasts", 100)
    assert one.figure("zorgraming_requests_total", **asked) == 301
    assert {path.name for path in one.private.rglob("counter_*.db")} == files
    assert one.figure("zorgraming_requests_in_progress") == 0


def test_metrics_are_on_their_own_port_only(
    measured: Callable[..., Measured], tmp_path: Path
) -> None:
    build_edition(tmp_path / "editions", **SMALL)
    one = measured("--demo")
    for path in ("/metrics", "/v1/metrics"):
        assert one.get(path)[0] == 404
    for path in ("/", "/v1/forecasts", "/v1/health/live"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            one.scraped(path)
    with urllib.request.urlopen(one.metrics + "/metrics", timeout=PATIENCE) as answer:  # noqa: S310
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert "Python" not in answer.headers["Server"]


def test_what_was_sent_is_in_no_label(measured: Callable[..., Measured], tmp_path: Path) -> None:
    build_edition(tmp_path / "editions", **SMALL)
    one = measured("--demo")
    one.get("/v1/forecasts")
    one.get("/geheim/pad")
    many = len(one.samples())
    assert one.figure("zorgraming_requests_total", status="5xx") == 0
    assert ("zorgraming_refusals_total", WITHOUT_DATABASE) in one.samples()
    for number in range(50):
        one.get(f"/geheim/{number}?sleutel=zr_geheim")
        one.get(f"/v1/editions/geheim-{number}")
        one.get(f"/v1/forecasts?product=geheim-{number}", Accept="geheim/*")
    text = one.scraped()
    assert "geheim" not in text
    assert 'route="none"' in text
    assert len(one.samples()) <= many + 40
    ask_all(one, "/geheim", 20)
    assert len(one.samples()) <= many + 40


def test_refusals_editions_and_swaps_are_counted(
    measured: Callable[..., Measured], tmp_path: Path
) -> None:
    build_edition(tmp_path / "editions", **SMALL)
    one = measured(rate_refused_per_minute=3)
    for _ in range(2):
        one.get("/v1/forecasts")
    for _ in range(5):
        one.get("/v1/forecasts", Authorization="Bearer zr_1_x")
    url = f"sqlite:///{tmp_path}/state/zorgraming.sqlite"
    made = ["create", "--name", "x", "--municipality", "VB0001", "--role", "reader"]
    shown = CliRunner().invoke(keys, [*made, "--database-url", url]).stdout
    key = next(word for word in shown.split() if word.startswith("zr_"))
    counted = {
        (status, problem): one.figure("zorgraming_refusals_total", status=status, problem=problem)
        for status, problem in (
            ("401", "sign-in"),
            ("401", "refused-key"),
            ("429", "too-many-requests"),
        )
    }
    assert counted == {
        ("401", "sign-in"): 2,
        ("401", "refused-key"): 3,
        ("429", "too-many-requests"): 2,
    }
    assert key not in one.scraped()
    assert one.figure("zorgraming_editions") == 1
    assert one.figure("zorgraming_edition_age_days") >= (date.today() - date(2023, 12, 31)).days  # noqa: DTZ011
    assert one.figure("zorgraming_edition_swaps_total") == 0
    build_edition(tmp_path / "editions", municipality="XX0009", **SMALL)
    one.until(lambda: one.figure("zorgraming_editions") == 2)
    assert one.figure("zorgraming_edition_swaps_total") >= 1


def test_the_folder_of_the_figures_is_private_and_goes_when_the_server_does(
    measured: Callable[..., Measured],
) -> None:
    one = measured("--demo")
    (folder,) = one.private.glob("zorgraming-metrics-*")
    assert folder.stat().st_mode & 0o077 == 0
    before = workers_of(one)
    os.kill(before[0], signal.SIGTERM)  # a worker that ends takes nothing along
    one.until(lambda: len(workers_of(one)) == 2 and before[0] not in workers_of(one))
    one.until(lambda: one.figure("zorgraming_editions") == 0)
    assert folder.is_dir()
    start = time.monotonic()
    assert one.stop() == 0
    assert time.monotonic() - start < 15  # also the worker that was just made heard of it
    assert list(one.private.iterdir()) == []


def test_a_slow_reader_of_the_metrics_holds_up_nobody(measured: Callable[..., Measured]) -> None:
    one = measured("--demo")
    port = int(one.metrics.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)),
        socket.create_connection(("127.0.0.1", port)),
    ):
        assert one.get("/v1/health/live")[0] == 200
        assert "zorgraming_requests_total" in one.scraped()


def test_a_port_in_use_is_told_at_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        one = Running(tmp_path, "--demo", metrics_port=port)
        assert one.process.wait(PATIENCE) != 0
    assert "ZORGRAMING_METRICS_PORT" in (tmp_path / "err.txt").read_text()


_LOADED = """
import sys
from service.settings import read_settings
from service.app import create_app
create_app(read_settings(editions=sys.argv[1], demo=True))
print(sorted({"prometheus_client", "jwt"} & set(sys.modules)))
"""


def test_neither_metrics_nor_tokens_cost_those_who_do_not_use_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"metrics_port": 8000}, "a port of their own"),
        ({"metrics_host": "0.0.0.0"}, "metrics_port"),  # noqa: S104 - is refused
        ({"metrics_port": 0}, "METRICS_PORT"),
    ],
)
def test_half_or_wrong_configuration_is_refused(given: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(**given)


def test_the_document_names_every_figure_and_every_event_exists(
    measured: Callable[..., Measured], tmp_path: Path
) -> None:
    build_edition(tmp_path / "editions", **SMALL)
    one = measured("--demo")
    one.get("/v1/forecasts")
    given = set(re.findall(r"^# TYPE (zorgraming_\w+)", one.scraped(), re.M))
    document = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(zorgraming_(?:request|refusal|row|edition)\w*)", document))
    assert given <= named
    assert {name.removesuffix("_bucket") for name in named} <= given
    table = document.split("| event |")[1].split("\n\n")[0]
    events = set(re.findall(r"`([a-z_]+)`", table))
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service").rglob("*.py"))
    assert {event for event in events if f'"{event}"' not in code} == set()


def test_a_worker_takes_the_first_place_that_is_free() -> None:
    living = {10: SimpleNamespace(place=1), 12: SimpleNamespace(place=3)}
    worker = SimpleNamespace()
    pre_fork(SimpleNamespace(WORKERS=living), worker)
    assert worker.place == 2
