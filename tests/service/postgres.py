"""A real PostgreSQL of its own for tests: started, killed, started again, removed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from service.database import is_reachable, open_database

PATIENCE = 60
PROGRAMS = ("initdb", "postgres", "pg_dump", "pg_restore", "createdb")


def _account() -> dict[str, int]:
    """Return who may run the server: it refuses the administrator of the machine."""
    if os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - on this kind of machine only

    found = pwd.getpwnam("nobody")
    return {"user": found.pw_uid, "group": found.pw_gid}


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


class PostgreSQL:
    """A server with one database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._account = _account()
        self.port = _free_port()
        if self._account:
            os.chown(folder, self._account["user"], self._account["group"])
        self.run("initdb", "-D", "data", "-U", "zorgraming", "--auth=trust", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        """The address of its first database."""
        return self.url_of("postgres")

    def url_of(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql://zorgraming@127.0.0.1:{self.port}/{name}"

    @property
    def reached(self) -> tuple[str, ...]:
        """The options by which its programs find it."""
        return ("-h", "127.0.0.1", "-p", str(self.port), "-U", "zorgraming")

    def made(self, name: str) -> str:
        """Make a database and return its address."""
        self.run("createdb", *self.reached, name)
        return self.url_of(name)

    def run(self, *command: str) -> None:
        """Run one of its programs in its folder, as the user that may.

        Raises:
            CalledProcessError: it failed.
        """
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, **self._account)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-k", str(self._folder)]
        self._process = subprocess.Popen(
            ["postgres", "-D", "data", "-p", str(self.port), *options],
            cwd=self._folder,
            stderr=subprocess.DEVNULL,
            **self._account,
        )
        engine = open_database(self.url)
        end = time.monotonic() + PATIENCE
        while not is_reachable(engine):
            assert time.monotonic() < end, "PostgreSQL did not start"
            time.sleep(0.1)
        engine.dispose()

    def kill(self) -> None:
        """End the server at once, as when its machine fails."""
        self._process.kill()
        self._process.wait(PATIENCE)

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(PATIENCE)


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL; skips the test where none is installed."""
    if not all(shutil.which(program) for program in PROGRAMS):
        pytest.skip("no PostgreSQL on this machine")
    if find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed (zorgraming[pg])")
    folder = Path(tempfile.mkdtemp())
    try:
        server = PostgreSQL(folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
