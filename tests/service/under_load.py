"""Servers that are asked while something goes wrong, and what became of each answer."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from service.access.keys import KeyRing
from service.access.roles import Role
from service.app import utc_now
from service.audit.reading import Wish, accesses
from service.database import migrate, open_database
from tests.service.conftest import FIRST
from tests.service.test_serve import PATIENCE, Running

KEPT = 20  # questions over one connection
SECONDS = 2.0  # what "promptly" is on a busy machine


def key_in(folder: Path, role: Role = Role.CONTROLLER, url: str | None = None) -> str:
    """Make a key that a server started in a folder knows."""
    engine = open_database(url or f"sqlite:///{folder}/state/zorgraming.sqlite")
    migrate(engine)
    made, _ = KeyRing(engine, utc_now).create("x", role, [FIRST], 30)
    engine.dispose()
    return made


def bearer(key: str) -> dict[str, str]:
    """Return the header that holds a key."""
    return {"Authorization": f"Bearer {key}"}


def noted(folder: Path) -> set[str]:
    """Return the numbers of the requests that the audit trail of a server holds."""
    trail = accesses(folder / "state" / "audit", Wish())
    return {entry["attributes"]["request_id"] for entry in trail}


@dataclass(frozen=True)
class Answer:
    """One answer that came whole.

    Attributes:
        at: when it was there.
        seconds: how long it took.
    """

    status: int
    headers: dict[str, str]
    text: str
    at: float
    seconds: float

    @property
    def body(self) -> Any:  # noqa: ANN401 - any JSON
        """What was answered."""
        return json.loads(self.text)

    @property
    def number(self) -> str:
        """The number of its request."""
        return self.headers["X-Request-Id"]


@dataclass
class Load:
    """Asks one question from several threads until it is left.

    Connections are kept for some questions, so that every worker has its share.

    Attributes:
        answers: that came whole.
        cut: connections that ended without an answer.
        refused: connections that could not be made.
    """

    server: Running
    path: str
    key: str | None = None
    threads: int = 4
    pause: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    refused: int = 0

    def __enter__(self) -> Load:
        """Begin."""
        self._stop = threading.Event()
        self._running = [threading.Thread(target=self._ask) for _ in range(self.threads)]
        for thread in self._running:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Stop asking."""
        self._stop.set()
        for thread in self._running:
            thread.join(PATIENCE)

    def until_more(self, more: int) -> None:
        """Wait until there are so many more answers."""
        wanted = len(self.answers) + more
        self.server.until(lambda: len(self.answers) >= wanted)

    @property
    def statuses(self) -> set[int]:
        """Every status that was answered."""
        return {answer.status for answer in self.answers}

    def _ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        for turn in count():
            if self._stop.wait(self.pause):
                break
            if turn % KEPT == 0:
                connection.close()
            try:
                connection.connect() if connection.sock is None else None
            except OSError:
                self.refused += 1
                time.sleep(0.05)
                continue
            try:
                self.answers.append(asked(connection, self.path, self.key))
            except (OSError, HTTPException) as lost:
                self.cut.append(repr(lost))
                connection.close()
        connection.close()


def asked(connection: HTTPConnection, path: str, key: str | None) -> Answer:
    """Ask over a connection.

    Raises:
        OSError, HTTPException: no whole answer came.
    """
    start = time.monotonic()
    connection.request("GET", path, headers={} if key is None else bearer(key))
    response = connection.getresponse()
    text, now = response.read().decode(), time.monotonic()
    return Answer(response.status, dict(response.headers), text, now, now - start)


def connected(server: Running, sent: bytes = b"", receives: int | None = None) -> socket.socket:
    """Return a connection over which something was sent.

    Args:
        server: to which.
        sent: bytes.
        receives: bytes that it takes in without being read.
    """
    one = socket.socket()
    if receives is not None:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    one.settimeout(PATIENCE)
    one.connect(("127.0.0.1", server.port))
    one.sendall(sent)
    return one


def rest_of(connection: socket.socket) -> bytes:
    """Return all that comes until the other side ends."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)
