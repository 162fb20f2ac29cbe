"""Figures about the service for Prometheus, added up over its processes, on a port of their own.

Each worker counts in a file of its place among the workers, in a private folder; a worker that
takes over a place goes on counting in its file, so that there are never more files than workers and
no figure ever falls. The port is opened before the workers are made: whichever is free answers, for
all of them. Labels are routes, methods and kinds of problem, never what somebody sent.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import socketserver
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, MetricsHandler, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from models.errors import ZorgramingError
from service.context import Service
from service.logs import logger
from service.wording import PROBLEMS

PATH = "/metrics"
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
PARENT = 0  # the place of the process that makes the workers
SECONDS = (0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
REFUSED = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
SLOW_READER_SECONDS = 5

LOG = logger("metrics")


class MetricsPortError(ZorgramingError):
    """The port of the metrics cannot be opened."""


class Metrics:
    """The figures of one service; made before its workers are.

    Args:
        service: whose editions are told about.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._place = PARENT
        self._owner = os.getpid()
        self._socket: socket.socket | None = None
        self.folder = tempfile.mkdtemp(prefix="zorgraming-metrics-")  # readable to its user only
        atexit.register(self.clean)
        os.environ[FOLDER_VARIABLE] = self.folder  # where the library looks for it
        in_files: Any = values.MultiProcessValue  # the library's own carries no types here
        values.ValueClass = in_files(lambda: self._place)
        self._make()
        self._registry = CollectorRegistry()
        added_up: Any = MultiProcessCollector
        added_up(self._registry, self.folder)
        self._registry.register(_Editions(service))
        service.renewal.when_changed = self.swaps.inc

    def _make(self) -> None:
        own: dict[str, Any] = {"registry": None, "namespace": "zorgraming"}
        self.requests = Counter(
            "requests", "Requests answered.", ["route", "method", "status"], **own
        )
        self.seconds = Histogram(
            "request_seconds",
            "Time until an answer was handed to the server; sending it comes after.",
            ["route"],
            buckets=SECONDS,
            **own,
        )
        self.refusals = Counter(
            "refusals", "Requests refused with 401, 403, 429 or 503.", ["status", "problem"], **own
        )
        self.rows = Counter("rows", "Rows answered.", ["route"], **own)
        self.swaps = Counter(
            "edition_swaps", "Changes of the editions served, by each process.", **own
        )
        self.busy = Gauge(
            "requests_in_progress", "Requests being answered.", multiprocess_mode="livesum", **own
        )

    # --- requests -------------------------------------------------------------------------------

    def register(self, app: Flask) -> None:
        """Count the requests of an application; called before anything else is registered."""
        app.before_request(self._begin)
        app.after_request(self._note)
        app.teardown_request(self._end)

    def begin_at_zero(self, app: Flask) -> None:
        """Make the figures that alerts watch, so that the first of a kind is seen as a rise.

        Args:
            app: with all its routes.
        """
        for kind, problem in PROBLEMS.items():
            if problem.status in REFUSED:
                self.refusals.labels(str(problem.status), kind)
        for rule in app.url_map.iter_rules():
            self.requests.labels(rule.rule, "GET", "5xx")

    def _begin(self) -> None:
        g.counted_from = time.perf_counter()
        self.busy.inc()

    def _end(self, _error: BaseException | None) -> None:
        if g.pop("counted_from", None) is not None:
            self.busy.dec()

    def _note(self, response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        method = request.method if request.method in METHODS else "other"
        status = response.status_code
        self.requests.labels(route, method, f"{status // 100}xx").inc()
        self.seconds.labels(route).observe(time.perf_counter() - g.counted_from)
        if status in REFUSED:
            self.refusals.labels(str(status), g.get("problem", "none")).inc()
        rows = g.get("rows")
        if rows and status == HTTPStatus.OK:
            self.rows.labels(route).inc(rows)
        return response

    # --- processes ------------------------------------------------------------------------------

    def listen(self, host: str, port: int) -> None:
        """Open the port, before workers are made.

        Raises:
            MetricsPortError: something else listens there, or it is no address of this machine.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family)
        except OSError as error:
            raise MetricsPortError(
                f"cannot listen on {host}:{port} for the metrics ({error.strerror}); choose "
                "another with ZORGRAMING_METRICS_PORT"
            ) from None
        self._socket.setblocking(False)  # whoever comes second finds nothing, and does not wait

    def take(self, place: int) -> None:
        """Count at a place among the workers from here on, and answer at the port.

        Args:
            place: 1 or more, and that of no other living worker.
        """
        self._place = place
        if self._socket is not None:
            server = _Server(self._socket, self._registry)
            threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def left(self, place: int) -> None:
        """Forget what a worker that ended was doing; what it counted stays."""
        forget: Any = mark_process_dead
        forget(place, self.folder)

    def clean(self) -> None:
        """Remove the folder; only the process that made it does."""
        if os.getpid() == self._owner:
            shutil.rmtree(self.folder, ignore_errors=True)


class _Editions(Collector):
    """What is served, told by whichever process is asked."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """Yield the state of the editions now; starts a look at the folder if it is time."""
        self._service.renewal.look()
        served = self._service.store.served()
        days = [date.fromisoformat(s.edition.manifest["as_of"]) for s in served if s.current_for]
        yield _gauge("editions", "Editions served, in force or not.", len(served))
        yield _gauge(
            "editions_left_out",
            "Editions in the folder that are not served or not in force any more.",
            len(self._service.store.left_out()),
        )
        off = sum(1 for s in served if s.current_for and s.standing and s.standing.is_off_track)
        meaning = "Editions in force that later figures took off track."
        yield _gauge("editions_off_track", meaning, off)
        if days:
            age = (self._service.clock().date() - min(days)).days
            yield _gauge("edition_age_days", "Days since the oldest edition in force.", age)


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"zorgraming_{name}", meaning, value=value)


class _Server(socketserver.TCPServer):
    """Answers scrapes on a port that other processes answer at as well."""

    def __init__(self, shared: socket.socket, registry: CollectorRegistry) -> None:
        class Handler(_Handler):
            pass

        Handler.registry = registry
        super().__init__(shared.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = shared

    def handle_error(self, request: object, client_address: object) -> None:
        """Log that a scrape failed, as the service logs."""
        LOG.warning("metrics_failed", cause=str(sys.exc_info()[0]))


class _Handler(MetricsHandler):
    timeout = SLOW_READER_SECONDS
    server_version, sys_version = "Zorgraming", ""

    def do_GET(self) -> None:
        """Answer the figures, at their one address."""
        if urlsplit(self.path).path == PATH:
            super().do_GET()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)
