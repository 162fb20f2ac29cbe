"""A real MLflow server on this machine only: started, killed, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 300  # a busy machine takes its time


def closed_port() -> int:
    """Give a port nobody listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class MlflowServer:
    """A server that keeps runs in a database and artifacts in a folder.

    Args:
        folder: for its artifacts and its log.
        database: address of its database.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database, self.port = folder, database, closed_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "mlflow", "server", "--port", str(self.port)]
        command += ["--backend-store-uri", self.database, "--workers", "1"]
        command += ["--artifacts-destination", str(self.folder / "kept")]
        # Its queue of jobs, which recording does not touch, would start interpreters of its own.
        environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self.folder / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that its workers end with it
            )
        self._await()

    def kill(self) -> None:
        """End it at once, as when its machine fails."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        os.killpg(self._process.pid, how)
        self._process.wait(timeout=60)

    def _await(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=2):  # noqa: S310
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.3)
        raise TimeoutError(f"no MLflow server at {self.address}")


@contextmanager
def running_mlflow(folder: Path, database: str) -> Iterator[MlflowServer]:
    """Run a server for as long as a test asks."""
    server = MlflowServer(folder, database)
    try:
        yield server
    finally:
        server.stop()
