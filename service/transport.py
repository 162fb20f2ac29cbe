"""What every request and answer carries, whatever it is about: ids, headers, one log line."""

from __future__ import annotations

import re
import secrets
import time

from flask import Flask, Request, Response, g, request
from werkzeug.datastructures import Headers

from service.context import service
from service.logs import logger
from service.problems import ProblemError

API_VERSION = "1.3.0"
MOST_ADDRESS = 8_000  # characters of path and query; the server in front refuses above 8,190

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
ALLOWED_HEADERS = (
    "Accept, Accept-Language, Authorization, If-None-Match, Traceparent, X-Purpose, X-Request-Id"
)
VARIES = ("Accept", "Accept-Language", "Authorization", "Cookie")
# What an answer has unless its resource says otherwise.
USUAL_HEADERS = {
    "API-Version": API_VERSION,
    "Cache-Control": "no-store",
    **SECURITY_HEADERS,
    "Vary": ", ".join(VARIES),
}
EXPOSED_HEADERS = (
    "API-Version, Content-Disposition, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, "
    "X-Request-Id"
)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

LOG = logger("requests")


def register(app: Flask) -> None:
    """Give every request of an application its ids, its headers and its log line."""
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.started = time.perf_counter()
    trace = _TRACEPARENT.fullmatch(request.headers.get("Traceparent", ""))
    g.trace_id = trace.group(1) if trace else secrets.token_hex(16)
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else g.trace_id
    if len(request.full_path) > MOST_ADDRESS:
        raise ProblemError("too-long", limit=MOST_ADDRESS)


def _finish(response: Response) -> Response:
    headers = response.headers
    # Looked through once: each look by name takes as long as a header.
    there = {name.lower() for name, _ in headers}
    if "vary" in there:
        response.vary.update(VARIES)
    for name, value in USUAL_HEADERS.items():
        if name.lower() not in there:
            headers.add(name, value)
    headers.add("X-Request-Id", g.request_id)
    if "access-control-allow-origin" not in there:
        _allow_origin(response)
    _log(response)
    return response


def _allow_origin(response: Response) -> None:
    """Let the web pages on the list read answers in a browser, and no others."""
    headers: Headers = response.headers
    allowed = service().settings.cors_origins
    if allowed:
        response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is None or origin not in allowed:
        return
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = "600"


def _log(response: Response) -> None:
    """Write one line about the request; never its query or headers, which may hold a secret."""
    # The proxies are looked through once: each look costs as much as a field.
    asked: Request = request._get_current_object()  # type: ignore[attr-defined]
    kept = g._get_current_object()
    viewer, surprise = kept.get("viewer"), kept.get("surprise")
    line = {
        "request_id": kept.request_id,
        "trace_id": kept.trace_id,
        "method": asked.method,
        "route": asked.url_rule.rule if asked.url_rule else None,
        "status": response.status_code,
        "milliseconds": round((time.perf_counter() - kept.started) * 1000, 2),
        "viewer": None if viewer is None else viewer.name,
        "rows": kept.get("rows"),
        "editions": kept.get("editions"),
    }
    if surprise is None:
        LOG.info("answered", **line)
    else:
        LOG.error("failed", **line, exc_info=surprise)
