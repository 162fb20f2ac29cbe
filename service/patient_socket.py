"""A connection to a client that may be slow: the thread that waits for it steps aside."""

from __future__ import annotations

import errno
import select
import socket
import time
from typing import Any

from service.crew import Crew
from service.logs import logger

SEND_SECONDS, SLOWEST = 20.0, 16_384  # bytes a second that a reader must take after that
AT_ONCE_MILLISECONDS = 100  # a wait this short is taken as it is

LOG = logger("server")


class PatientSocket(socket.socket):
    """A connection that a thread reads from and writes to, stepping aside where it must wait.

    Attributes:
        crew: the threads.
        read_until: when the request must have been read.
    """

    crew: Crew
    read_until: float
    _slow: bool

    @classmethod
    def over(cls, given: socket.socket, crew: Crew) -> PatientSocket:
        """Return the same connection, patient."""
        one = cls(given.family, given.type, given.proto, given.detach())
        one.crew, one.read_until, one._slow = crew, 0.0, False
        return one

    def recv_now(self, size: int) -> bytes:
        """Return what has come; nothing when the other side has ended.

        Raises:
            BlockingIOError: nothing has come yet.
        """
        return super().recv(size, socket.MSG_DONTWAIT)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Return what comes of a request.

        Raises:
            ConnectionResetError: it takes too long.
        """
        while True:
            try:
                return self.recv_now(size)
            except BlockingIOError:
                self._wait(select.POLLIN, self.read_until)

    def sendall(self, data: Any, flags: int = 0, /) -> None:  # noqa: ANN401 - as the base
        """Send everything.

        Raises:
            ConnectionResetError: the other side takes it too slowly.
        """
        left, until = memoryview(data).cast("B"), None
        while left:
            try:
                left = left[super().send(left, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                until = until or time.monotonic() + SEND_SECONDS + len(left) / SLOWEST
                self._wait(select.POLLOUT, until)

    def _wait(self, event: int, until: float) -> None:
        poll = select.poll()
        poll.register(self, event)
        if not self._slow and poll.poll(min(AT_ONCE_MILLISECONDS, _milliseconds(until))):
            return
        self._slow = True
        with self.crew.aside():
            if not poll.poll(_milliseconds(until)):
                LOG.warning("slow_client_left", sending=event == select.POLLIN)
                raise ConnectionResetError(errno.ECONNRESET, "too slow")


def _milliseconds(until: float) -> int:
    return max(0, round((until - time.monotonic()) * 1000))
