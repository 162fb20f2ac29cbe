"""Picks up new, approved and recalled editions while requests go on.

Each process looks for itself, at most so often, in a thread of its own: opening an edition checks
every byte of it, and no request should wait for that. The store swaps one reference when done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from service.store import EditionStore


class Renewal:
    """Looks for changed editions when a request comes by and it is time.

    Args:
        store: the editions.
        seconds: how often at most.
        monotonic: a clock that never goes back.

    Attributes:
        when_changed: called after each change of what is served, if set.
    """

    def __init__(
        self,
        store: EditionStore,
        seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._seconds = seconds
        self._monotonic = monotonic
        self._next = monotonic() + seconds
        self._lock = threading.Lock()
        self.when_changed: Callable[[], object] | None = None

    def look(self) -> threading.Thread | None:
        """Start looking if it is time; return the thread that does."""
        now = self._monotonic()
        if now < self._next or not self._lock.acquire(blocking=False):
            return None
        try:
            if now < self._next:
                return None
            self._next = now + self._seconds
        finally:
            self._lock.release()
        thread = threading.Thread(target=self._refresh, name="renewal", daemon=True)
        thread.start()
        return thread

    def _refresh(self) -> None:
        if self._store.refresh() and self.when_changed is not None:
            self.when_changed()
