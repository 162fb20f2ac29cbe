"""The threads of a worker: so many that answer, and others in place of those that only wait.

A thread that waits for a slow client answers nobody. While it does, another one takes its place,
up to a number; beyond that the slow client is let go of.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
_Job = tuple["Future[Any]", Callable[[], Any]]


class Crew(Executor):
    """Threads that carry out what is submitted, in order.

    Args:
        threads: how many at once.
        spare: how many more may wait aside.
    """

    def __init__(self, threads: int, spare: int) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = threads
        self._spare = spare
        self._aside = 0
        self._lock = threading.Lock()
        for _ in range(threads):
            self._hire()

    def submit(
        self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs
    ) -> Future[Result]:
        """Have something done; the future tells what came of it."""
        future: Future[Result] = Future()
        self._jobs.put((future, lambda: fn(*args, **kwargs)))
        return future

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let another thread answer while the calling one waits.

        Raises:
            ConnectionResetError: too many wait already.
        """
        with self._lock:
            if self._aside >= self._spare:
                raise ConnectionResetError(errno.ECONNRESET, "too many slow clients")
            self._aside += 1
        self._hire()
        try:
            yield
        finally:
            with self._lock:
                self._aside -= 1
            self._jobs.put(None)  # whichever thread comes to it leaves

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads leave when everything submitted is done; does not wait for them."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _hire(self) -> None:
        # A process that stops does not wait for a client that does not read.
        threading.Thread(target=self._work, name="answers", daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, call = job
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001 - handed to who asked
                future.set_exception(error)
            else:
                future.set_result(result)
