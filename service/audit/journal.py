"""The journal of one process: a chain per day, each line written before its answer is sent.

A line that was accepted has been handed to the operating system: killing the process loses none.
A thread brings the lines to disk every so often: a machine that stops loses what came after.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from service.audit.chain import Chain
from service.audit.ledger import Ledger
from service.audit.lines import AuditError
from service.logs import logger

LOG = logger("audit")
PATIENCE = 10.0  # seconds to wait for the disk at the end


class Journal:
    """Writes lines of whichever process calls it; begins with the first line.

    Args:
        folder: of the audit trail; made when it is not there.
        clock: the present moment.
        sync_seconds: how long at most a line waits to be brought to disk.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], datetime], sync_seconds: float = 0.5
    ) -> None:
        self._ledger = Ledger(folder, clock)
        self._clock = clock
        self._sync_seconds = sync_seconds
        self._lock = threading.Lock()
        self._chain: Chain | None = None
        self._keeper: threading.Thread | None = None
        self._closing = threading.Event()
        os.register_at_fork(after_in_child=partial(_forget, weakref.ref(self)))

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one line.

        Raises:
            AuditError: it cannot be written; the next call tries again.
        """
        try:
            with self._lock:
                self._current().append(entry)
        except OSError as error:
            raise AuditError(f"the audit trail cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """End the chain of this process."""
        atexit.unregister(self.close)
        self._closing.set()
        if self._keeper is not None:
            self._keeper.join(PATIENCE)
        with self._lock:
            chain, self._chain, self._keeper = self._chain, None, None
        if chain is not None:
            _end(chain)

    def _current(self) -> Chain:
        """Return the chain to write to: of this process, of today."""
        now, before = self._clock(), self._chain
        if before is not None and before.day == now.astimezone(UTC).date():
            return before
        chain = self._chain = Chain(self._ledger, now, before)
        if before is not None:
            _end(before)
        self._start()
        return chain

    def forget(self) -> None:
        """Leave the chain so far to the process that this one was forked from."""
        chain, self._chain, self._keeper = self._chain, None, None
        self._lock = threading.Lock()  # a thread that did not come along may hold the other
        if chain is not None:
            chain.forget()

    def _start(self) -> None:
        if self._keeper is not None:
            return
        self._closing = threading.Event()
        atexit.register(self.close)
        self._keeper = threading.Thread(target=self._keep, name="audit", daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        try:
            self._ledger.seal_orphans()
        except OSError as error:
            LOG.error("audit_not_sealed", cause=error.strerror)
        while not self._closing.wait(self._sync_seconds):
            self._sync()

    def _sync(self) -> None:
        with self._lock:
            chain = self._chain
            head = None if chain is None else chain.head
        if chain is None or head is None:
            return
        try:
            chain.sync(head)
        except OSError as error:
            self._give_up(chain, error)

    def _give_up(self, chain: Chain, error: OSError) -> None:
        """Leave a chain that cannot be brought to disk; the next line begins another."""
        with self._lock:
            if self._chain is not chain:  # ended in the meantime, and brought to disk by that
                return
            self._chain = None
            chain.abandon()
        LOG.error("audit_not_on_disk", file=chain.path.name, cause=error.strerror)


def _forget(journal: weakref.ref[Journal]) -> None:
    found = journal()
    if found is not None:
        found.forget()


def _end(chain: Chain) -> None:
    try:
        chain.end()
    except OSError as error:  # the next process to start notes it
        LOG.error("audit_end_not_noted", file=chain.path.name, cause=error.strerror)
