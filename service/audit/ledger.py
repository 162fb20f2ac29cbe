"""The ledger: which chains were begun, and how each of them ended.

Without it, a file that is taken away whole, or a chain whose last lines are cut off, would leave no
trace. It is a chain itself, shared by all processes, and grows by two lines per chain.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Any

from service.audit.lines import (
    LEDGER,
    NOTHING,
    SUFFIX,
    AuditError,
    Head,
    encoded,
    head_path,
    measured,
    moment,
    read_head,
    sha256_of,
    write_whole,
)
from service.logs import logger

TAIL = 65_536  # bytes that surely hold the last line
LOG = logger("audit")


class Ledger:
    """The ledger of one folder.

    Args:
        folder: with the chains.
        clock: the present moment.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self._clock = clock

    def append(self, event: Mapping[str, Any]) -> None:
        """Add a line and see to it that it is on disk.

        Raises:
            OSError: it cannot be written; then nothing of it stays.
        """
        path = self.folder / LEDGER
        with open(path, "a+b", buffering=0, opener=_private) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            size, last = _end(stream)
            line = encoded({**_next(last), "at": moment(self._clock()), **event})
            try:
                write_whole(stream.fileno(), line + b"\n")
            except OSError:
                stream.truncate(size)
                raise
            os.fsync(stream.fileno())
            head = sha256_of(line)
        # A second place for the hash: whoever rewrites the folder does not have the log.
        LOG.info("audit_ledger", file=event["file"], change=event["event"], head=head)

    def seal_orphans(self) -> None:
        """Note the end of chains whose process is gone.

        Raises:
            OSError: the ledger cannot be written.
        """
        for head in sorted(self.folder.glob("*.head")):
            try:
                self._seal(head.with_suffix(SUFFIX))
            except AuditError as error:  # told again by whoever verifies
                LOG.error("audit_not_sealed", cause=str(error))

    def _seal(self, chain: Path) -> None:
        try:
            stream = chain.open("rb")
        except FileNotFoundError:  # told by whoever verifies
            return
        with stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # its process lives
                return
            noted = read_head(chain)
            if noted is None:  # another process was first
                return
            found, torn = measured(stream)
            self.append(ended("sealed", chain, found, torn, noted))
            head_path(chain).unlink(missing_ok=True)


def ended(event: str, chain: Path, found: Head, torn: int, noted: Head) -> dict[str, Any]:
    """Return the line about the end of a chain.

    Args:
        event: ``ended`` by its own process, or ``sealed`` by another.
        chain: the file.
        found: how far it goes.
        torn: bytes of a line that a dying process could not finish.
        noted: how far it went according to its head.
    """
    return {
        "event": event,
        "file": chain.name,
        "lines": found.lines,
        "sha256": found.sha256,
        "torn": torn,
        "noted_lines": noted.lines,
        "noted_sha256": noted.sha256,
    }


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _end(stream: FileIO) -> tuple[int, bytes | None]:
    """Return the size up to the last whole line, and that line; takes back half a line."""
    size = stream.seek(0, os.SEEK_END)
    start = stream.seek(max(0, size - TAIL))
    tail = stream.read()
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):  # its writer died; nobody was told that it was written
        stream.truncate(start + len(whole))
    lines = whole.splitlines()
    return start + len(whole), lines[-1] if lines else None


def _next(last: bytes | None) -> dict[str, Any]:
    if last is None:
        return {"n": 1, "previous": NOTHING}
    return {"n": int(json.loads(last)["n"]) + 1, "previous": sha256_of(last)}
