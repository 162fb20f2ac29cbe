"""Answers to requests that are no HTTP, or too large to be read: a problem document as well.

The server finds these faults before the application sees a request, and would answer in HTML.
"""

from __future__ import annotations

import json
import secrets
import time
from http import HTTPStatus
from socket import socket

from gunicorn import util
from gunicorn.http import errors as unreadable
from gunicorn.workers.gthread import TConn

from service import crowding
from service.logs import logger
from service.problems import MEDIA_TYPE, ProblemError, body_of
from service.slow_clients import PatientWorker
from service.transport import API_VERSION, MOST_ADDRESS, SECURITY_HEADERS
from service.wording import PROBLEMS

LOG = logger("server")


def kind_of(error: BaseException) -> str:
    """Return the kind of problem that an unreadable request is."""
    if isinstance(error, unreadable.LimitRequestLine):
        return "too-long"
    if isinstance(error, unreadable.LimitRequestHeaders):
        return "headers-too-large"
    if isinstance(error, unreadable.ParseException):
        return "bad-request"
    return "failed"


def refusal(error: BaseException) -> bytes:
    """Return the whole answer to a request that cannot be read."""
    kind, request_id = kind_of(error), secrets.token_hex(16)
    status = PROBLEMS[kind].status
    body = body_of(ProblemError(kind, limit=MOST_ADDRESS), "nl", request_id)
    content = json.dumps(body, ensure_ascii=False).encode()
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(content)),
        "Content-Language": "nl",
        "Connection": "close",
        "Cache-Control": "no-store",
        "API-Version": API_VERSION,
        "X-Request-Id": request_id,
        **SECURITY_HEADERS,
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    _log(error, kind, request_id)
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def _log(error: BaseException, kind: str, request_id: str) -> None:
    if kind == "failed":
        LOG.error("failed", request_id=request_id, exc_info=error)
    else:  # what was sent is not repeated: it may hold a key
        LOG.warning("unreadable_request", request_id=request_id, cause=type(error).__name__)


class PoliteWorker(PatientWorker):
    """A worker with threads that tells how long requests waited for one of them.

    Unreadable requests are refused in the service's own form.
    """

    def enqueue_req(self, conn: TConn) -> None:
        """Give a connection to the threads, and remember when."""
        conn.queued_at = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        """Answer what a connection asks; runs in a thread."""
        crowding.note_wait(time.monotonic() - conn.queued_at)
        return super().handle(conn)

    def handle_error(self, req: object, client: socket, addr: object, exc: BaseException) -> None:
        """Answer a request that could not be read or run; never repeats what was sent."""
        try:
            util.write_nonblock(client, refusal(exc))
        except OSError as error:
            LOG.debug("refusal_not_sent", cause=type(error).__name__)
