"""Slow clients cost no thread: requests are collected first, and answers wait aside.

The server hands a connection to a thread as soon as it is made, and closes it by waiting for the
other side: a few clients that send a byte now and then would stop it. Here the loop collects a
request until its head is whole, waits for none, and lets go of who takes too long.
"""

from __future__ import annotations

import errno
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from service.crew import Crew
from service.patient_socket import PatientSocket

HEAD_SECONDS = 10.0  # from the first byte, or from connecting, to the end of the head
BODY_SECONDS = 30.0
LINGER_SECONDS, LINGER_BYTES = 2.0, 32_000_000  # what is read and dropped, so that answers arrive
AT_ONCE = 65_536  # bytes
MOST_HEAD = 32_768  # bytes; beyond, the parser finds what is wrong
MOST_WAITING = 500  # connections whose request is not whole yet; beyond, the oldest goes
MOST_SLOW = 32  # threads aside
LONGEST_TURN = 0.5  # seconds of the loop
PATIENCE = 14.0  # seconds after those below, of the twenty that the server has to stop
LAST_SECONDS = 1.0  # for what is asked over kept connections while stopping
_END = b"\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]  # the server states no types
    """A connection whose request is collected before a thread is given to it.

    Attributes:
        head: what came of the request so far.
        dropped: bytes that were read after the answer, to be forgotten.
    """

    sock: PatientSocket

    def __init__(self, *given: Any) -> None:  # noqa: ANN401 - as the base has it
        super().__init__(*given)
        self.data_ready = True
        self.head = b""
        self.dropped = 0

    def init(self) -> None:
        """Give the parser what was collected; runs in the thread that answers."""
        super().init()
        self.sock.read_until = time.monotonic() + BODY_SECONDS
        self.parser.unreader.unread(self.head)
        self.head = b""

    @property
    def is_whole(self) -> bool:
        """Whether a thread can begin: the head is whole, or no head will come of it."""
        return _END in self.head or len(self.head) > MOST_HEAD


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # the same
    """A worker with threads in which slow clients hold up nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the server's
        super().__init__(*args, **kwargs)
        self.lingering: deque[Connection] = deque()
        self._stops_at: float | None = None

    def get_thread_pool(self) -> Crew:
        """Return the threads."""
        return Crew(self.cfg.threads, MOST_SLOW)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept; at the end, take in who has connected and close the port."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            while self.nr_conns < self.worker_connections and self._accepted(listener):
                pass
            listener.close()

    def accept(self, listener: Any) -> None:  # noqa: ANN401 - the server's
        """Take in a new connection, and its request as far as it has come."""
        self._accepted(listener)

    def _accepted(self, listener: Any) -> bool:  # noqa: ANN401 - the server's
        try:
            found, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                return error.errno == errno.ECONNABORTED
            raise
        sock = PatientSocket.over(found, self.tpool)
        self.nr_conns += 1
        self._collect(Connection(self.cfg, sock, client, listener.getsockname()))
        return True

    def _collect(self, conn: Connection) -> None:
        """Hand a request to the threads when its head is whole; wait for the rest otherwise."""
        come = _come(conn)
        if come is None:
            self._close(conn)
        elif come:
            self.enqueue_req(conn)
        else:
            self._await(conn, self.pending_conns, HEAD_SECONDS, self._on_more)
            if len(self.pending_conns) > MOST_WAITING:
                self._drop(self.pending_conns[0], self.pending_conns)

    def _await(
        self,
        conn: Connection,
        line: deque[Connection],
        seconds: float,
        then: Callable[[Connection, deque[Connection], object], None],
    ) -> None:
        conn.timeout = time.monotonic() + seconds
        line.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(then, conn, line))

    def _leave(self, conn: Connection, line: deque[Connection]) -> None:
        self.poller.unregister(conn.sock)
        line.remove(conn)

    def _drop(self, conn: Connection, line: deque[Connection]) -> None:
        self._leave(conn, line)
        self._close(conn)

    def _close(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def _on_more(self, conn: Connection, line: deque[Connection], _sock: object) -> None:
        """Take what has come of a request."""
        come = _come(conn)
        if come is None:
            self._drop(conn, line)
        elif come:
            self._leave(conn, line)
            self.enqueue_req(conn)
        elif line is self.keepalived_conns:  # it has begun: other patience
            self._leave(conn, line)
            self._await(conn, self.pending_conns, HEAD_SECONDS, self._on_more)

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """Keep a connection for what is asked next, or end it; called in the loop."""
        if fs.exception() is not None or not fs.result():
            self._linger(conn)
            return
        conn.head = conn.parser.unreader.take_buffered()  # what was sent behind the request
        if conn.head:
            self._collect(conn)
        else:
            self._await(conn, self.keepalived_conns, self.cfg.keepalive, self._on_more)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Tell whether a connection can be kept: not where part of a request is still to come."""
        if not keepalive:
            return False
        conn.sock.read_until = 0.0
        try:
            return bool(conn.parser.finish_body(max_bytes=AT_ONCE))
        except OSError:
            return False

    def _linger(self, conn: Connection) -> None:
        """End a connection: what still comes is read, or the answer would be lost with it."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self._await(conn, self.lingering, LINGER_SECONDS, self._on_rest)

    def _on_rest(self, conn: Connection, line: deque[Connection], _sock: object) -> None:
        try:
            rest = len(conn.sock.recv_now(AT_ONCE))
        except BlockingIOError:
            return
        except OSError:
            rest = 0
        conn.dropped += rest
        if not rest or conn.dropped > LINGER_BYTES:
            self._drop(conn, line)

    def murder_pending(self) -> None:
        """Let go of connections that take too long; called in each turn of the loop."""
        now = time.monotonic()
        for line in (self.pending_conns, self.lingering):
            while line and line[0].timeout <= now:
                self._drop(line[0], line)
        if not self.alive:
            self._end_kept(now)

    def _end_kept(self, now: float) -> None:
        """End kept connections while stopping, a moment after the other side was promised one."""
        self._stops_at = self._stops_at or now + LAST_SECONDS
        while self.keepalived_conns and now >= self._stops_at:
            self._end(self.keepalived_conns[0])
        if now >= self._stops_at + PATIENCE:  # the audit trail must be ended in what time is left
            self.nr_conns = 0

    def _end(self, conn: Connection) -> None:
        """End a connection on which nothing is asked, unless that was a moment ago."""
        self._leave(conn, self.keepalived_conns)
        come = _come(conn)
        if come:
            self.enqueue_req(conn)
        else:
            self._linger(conn)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, never so long that nobody is let go of."""
        super().wait_for_and_dispatch_events(min(timeout, LONGEST_TURN))


def _come(conn: Connection) -> bool | None:
    """Read what has come of a request: whether a thread can begin; None where it has ended."""
    if not conn.is_whole:
        try:
            part = conn.sock.recv_now(AT_ONCE)
        except BlockingIOError:
            return False
        except OSError:
            return None
        if not part:
            return None
        conn.head += part
    return conn.is_whole
