"""One chain as it is written: by one process, into one file, for one day at most."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.audit.ledger import Ledger, ended
from service.audit.lines import (
    NOTHING,
    START,
    SUFFIX,
    Head,
    encoded,
    head_path,
    moment,
    sha256_of,
    write_whole,
)


class Chain:
    """An open chain; not safe for threads by itself.

    Attributes:
        path: the file.
        day: the day (UTC) on which it began.
        head: how far it goes.
    """

    def __init__(self, ledger: Ledger, at: datetime, follows: Chain | None = None) -> None:
        """Begin a chain; its first line names the chain it follows.

        Raises:
            OSError: it cannot be written; then nothing of it stays.
        """
        self._ledger = ledger
        self.day = at.astimezone(UTC).date()
        self.path = ledger.folder / _name(at)
        self.head: Head = Head(0, NOTHING if follows is None else follows.head.sha256)
        self._noted = Head(0, NOTHING)
        self._size = 0
        self._torn = False
        self._disk = threading.Lock()  # a thread syncs while another writes, or ends
        self._open = True
        ledger.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        self._file = os.open(self.path, flags, 0o600)
        try:
            self._begin(at, START if follows is None else follows.path.name)
        except OSError:
            os.close(self._file)
            head_path(self.path).unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)
            raise

    def _begin(self, at: datetime, follows: str) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until the process ends
        begun = {"event": "begun", "file": self.path.name, "follows": follows}
        self.append({**begun, "at": moment(at), "pid": os.getpid()})
        self.sync(self.head)
        _sync_folder(self._ledger.folder)
        self._ledger.append(begun)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one line with one call.

        Raises:
            OSError: it cannot be written; then nothing of it stays.
        """
        self._mend()
        lines = self.head.lines + 1
        line = encoded({"n": lines, "previous": self.head.sha256, **entry})
        try:
            write_whole(self._file, line + b"\n")
        except OSError:
            self._torn = True
            self._mend()
            raise
        self._size += len(line) + 1
        self.head = Head(lines, sha256_of(line))

    def _mend(self) -> None:
        """Take back half a line; what follows would not be readable otherwise."""
        if self._torn:
            os.ftruncate(self._file, self._size)
            self._torn = False

    def sync(self, head: Head) -> None:
        """See to it that the lines so far are on disk, and then note that they are.

        Args:
            head: how far the chain went before this call.

        Raises:
            OSError: they are not.
        """
        with self._disk:
            if self._open and head != self._noted:
                self._sync(head)

    def _sync(self, head: Head) -> None:
        os.fsync(self._file)
        descriptor = os.open(head_path(self.path), os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, head.encoded(), 0)
        finally:
            os.close(descriptor)
        self._noted = head

    def end(self) -> None:
        """End the chain, so that nothing can be cut off or added unseen.

        Raises:
            OSError: its end cannot be noted; another process will.
        """
        with self._disk:
            try:
                self._mend()
                self._sync(self.head)
                self._ledger.append(ended("ended", self.path, self.head, 0, self.head))
                head_path(self.path).unlink(missing_ok=True)
            finally:
                self._close()

    def abandon(self) -> None:
        """Stop writing; another process notes how far it came."""
        with self._disk:
            self._close()

    def forget(self) -> None:
        """Let go of the file in a process that was forked; its writer still has it."""
        os.close(self._file)

    def _close(self) -> None:
        self._open = False
        os.close(self._file)


def _name(at: datetime) -> str:
    start = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{start}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
