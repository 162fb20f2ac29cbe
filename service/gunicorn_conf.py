"""How the server runs: threads in preloaded processes, no shared connections, a graceful stop."""

from __future__ import annotations

import gc
import logging
import signal
import threading
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import gunicorn.http.wsgi
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from service.context import METRICS, service_of
from service.pages import pictures
from service.refusals import PoliteWorker
from service.settings import Settings

if TYPE_CHECKING:
    from service.metrics import Metrics

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a heartbeat on disk blocks when the disk is slow
SERVER_NAME = "Zorgraming"


def options(settings: Settings) -> dict[str, Any]:
    """Return the server's settings.

    Args:
        settings: of the service.
    """
    chosen: dict[str, Any] = {
        "bind": f"[{settings.host}]:{settings.port}"
        if ":" in settings.host
        else f"{settings.host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": PoliteWorker,
        "preload_app": True,  # the parent loads once, the workers share its memory
        "control_socket_disable": True,  # it would be made in the home directory
        "timeout": 30,
        "graceful_timeout": 20,
        "keepalive": 5,
        "max_requests": 200_000,  # a fresh process now and then bounds any leak
        "max_requests_jitter": 20_000,
        "limit_request_line": 8_190,
        "limit_request_fields": 50,
        "limit_request_field_size": 8_190,
        "forwarded_allow_ips": settings.forwarded_allow_ips,
        "proc_name": "zorgraming",
        "logger_class": PlainLogger,
        "loglevel": settings.log_level.lower(),
        "pre_fork": pre_fork,
        "post_fork": post_fork,
        "post_worker_init": post_worker_init,
        "child_exit": child_exit,
        "when_ready": when_ready,
    }
    if SHARED_MEMORY.is_dir():
        chosen["worker_tmp_dir"] = str(SHARED_MEMORY)
    return chosen


class PlainLogger(Logger):
    """Hands the server's own messages to the process's log (see ``service.logs``)."""

    def setup(self, cfg: Config) -> None:
        """Set the level; add no handler."""
        self.loglevel = logging.getLevelNamesMapping()[cfg.loglevel.upper()]
        self.error_log.setLevel(self.loglevel)
        self.error_log.propagate = True


def when_ready(_server: Arbiter) -> None:
    """Keep the garbage collector from copying what the workers share with their parent."""
    gc.collect()
    gc.freeze()


def pre_fork(server: Arbiter, worker: Worker) -> None:
    """Give a new worker the first place that no other has, counted from 1."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in count(1) if place not in taken)


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Forget what a worker that ended was doing."""
    metrics = _metrics(worker.app.wsgi())
    if metrics is not None:
        metrics.left(worker.place)


def _metrics(app: Flask) -> Metrics | None:
    return cast("Metrics | None", app.extensions.get(METRICS))


def post_fork(_server: Arbiter, worker: Worker) -> None:
    """Give a new worker connections of its own; those of its parent stay the parent's."""
    # Until the worker sets its own, it has its parent's handler, which would forget a SIGTERM: the
    # server would wait for this worker until its patience ends.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    app = cast(Flask, worker.app.wsgi())
    running, metrics = service_of(app), _metrics(app)
    if metrics is not None:
        metrics.take(worker.place)
    if running.engine is not None:
        running.engine.dispose(close=False)
    if running.tokens is not None:
        running.tokens.warm()
    running.store.refresh()  # what its parent loaded may have been recalled, or cut short, since


def post_worker_init(_worker: Worker) -> None:
    """Load what draws while the worker answers already: its engine does not survive a fork."""
    threading.Thread(target=pictures.warm, name="pictures", daemon=True).start()


class Server(BaseApplication):
    """The server in this process, without a shell or a configuration file."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._options = options(settings)
        super().__init__()

    def load_config(self) -> None:
        """Take the settings given; environment and files of the server's own are not read."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application."""
        return self._app


def run(app: Flask, settings: Settings) -> None:
    """Serve until stopped; SIGTERM lets running requests end.

    Args:
        app: the application, its editions loaded.
        settings: of the service.
    """
    metrics = _metrics(app)
    if metrics is not None and settings.metrics_port is not None:
        metrics.begin_at_zero(app)
        metrics.listen(settings.metrics_host, settings.metrics_port)
    gunicorn.http.wsgi.SERVER = SERVER_NAME  # answers do not tell what they are served with
    Server(app, settings).run()
