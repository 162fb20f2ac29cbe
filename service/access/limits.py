"""How often somebody may ask: per key, and per address for those without a valid one.

- ``key``: questions with a valid key or by who is signed in, whatever the answer.
- ``address``: requests without either.
- ``refused``: keys that were refused. When these are used up, further keys from that address are
  refused without being looked up, except those that were good of late: a guesser slows nobody who
  shares the address.
- ``health``: asking whether the service is ready; whether it lives can be asked without end.
"""

from __future__ import annotations

import hashlib
import math
import time
from http import HTTPStatus
from ipaddress import IPv6Address, ip_network

from flask import Flask, Response, current_app, g, request

from service.access.buckets import Buckets, Taken
from service.access.cookies import session_secret
from service.problems import ProblemError
from service.settings import Settings
from service.wording import LIMITED

EXTENSION = "zorgraming-limits"
GOOD_SECONDS = 3_600.0  # how long a good key is remembered as such
MOST_RENEWED = 10_000  # keys and sessions of which a process knows when it marked them
LIVE, READY = "/v1/health/live", "/v1/health/ready"


def register(app: Flask, settings: Settings) -> None:
    """Limit how often an application may be asked; the demo is not limited.

    Args:
        app: the application.
        settings: tokens per minute; 0 = no limit.
    """
    if settings.demo:
        return
    limits = Limits(settings)
    app.extensions[EXTENSION] = limits
    app.before_request(limits.before)
    app.after_request(limits.after)


def charge_key(key_id: str) -> None:
    """Count a question of somebody whose key is valid.

    Raises:
        ProblemError: 429 when there were too many.
    """
    limits: Limits | None = current_app.extensions.get(EXTENSION)
    if limits is not None:
        limits.charge_key(key_id)


def charge_session(name: str) -> None:
    """Count a question of somebody who is signed in, as one of theirs and not of their address.

    Args:
        name: of the viewer.

    Raises:
        ProblemError: 429 when there were too many.
    """
    limits: Limits | None = current_app.extensions.get(EXTENSION)
    if limits is not None:
        limits.charge_session(name)


def charge_address() -> None:
    """Count a request with a cookie that opens nothing.

    Raises:
        ProblemError: 429 when there were too many.
    """
    limits: Limits | None = current_app.extensions.get(EXTENSION)
    if limits is not None and "rate" not in g:
        limits.charge_address("address")


class Limits:
    """The limits of one service.

    Args:
        settings: tokens per minute; 0 = no limit.
        buckets: where they are counted.
    """

    def __init__(self, settings: Settings, buckets: Buckets | None = None) -> None:
        self._per_key = settings.rate_per_minute
        self._per_address = settings.rate_anonymous_per_minute
        self._refused = settings.rate_refused_per_minute
        self.buckets = buckets or Buckets()
        self._renewed: dict[str, float] = {}  # by valid key, so that it stays small

    def before(self) -> None:
        """Refuse a request before anything is looked up for it.

        Raises:
            ProblemError: 429 when there were too many.
        """
        if request.method == "OPTIONS" or request.path == LIVE:
            return
        if "Authorization" in request.headers:
            self._check_refused()
        elif not self._is_signed_in():
            self.charge_address("health" if request.path == READY else "address")

    def _is_signed_in(self) -> bool:
        """Tell whether a cookie was sent that was good of late; nothing is looked up for it."""
        sent = session_secret()
        return sent is not None and self.buckets.is_marked(_named(sent))

    def charge_address(self, policy: str) -> None:
        """Count a request of somebody who is not known.

        Raises:
            ProblemError: 429 when there were too many.
        """
        if self._per_address:
            _count(policy, self.buckets.take(f"{policy} {_address()}", self._per_address))

    def charge_session(self, name: str) -> None:
        """Count a question of somebody who is signed in.

        Raises:
            ProblemError: 429 when there were too many.
        """
        cookie = _named(session_secret() or "")
        if self._per_address:
            self._mark(cookie, cookie)
        if self._per_key:
            _count("key", self.buckets.take(f"key {name}", self._per_key))

    def charge_key(self, key_id: str) -> None:
        """Count a question with a valid key, and remember that it is valid.

        Raises:
            ProblemError: 429 when there were too many.
        """
        if self._refused:
            self._remember(key_id)
        if self._per_key:
            _count("key", self.buckets.take(f"key {key_id}", self._per_key))

    def _remember(self, key_id: str) -> None:
        """Remember what was sent as good: for all processes, renewed now and then by each."""
        form = key_id + request.headers["Authorization"][:6]  # sent as Basic or as Bearer
        self._mark(form, _presented())

    def _mark(self, form: str, name: str) -> None:
        now = time.monotonic()
        if now < self._renewed.get(form, 0.0):
            return
        if len(self._renewed) >= MOST_RENEWED:
            self._renewed.clear()
        self._renewed[form] = now + GOOD_SECONDS / 60
        self.buckets.mark(name, GOOD_SECONDS)

    def after(self, response: Response) -> Response:
        """Count a refused key, and tell how much is left."""
        refused = response.status_code == HTTPStatus.UNAUTHORIZED
        if refused and self._refused and "Authorization" in request.headers:
            taken = self.buckets.take(f"refused {_address()}", self._refused)
            g.rate = ("refused", taken)
        if "rate" in g:
            _tell(response, *g.rate)
        return response

    def _check_refused(self) -> None:
        if not self._refused:
            return
        found = self.buckets.look(f"refused {_address()}", self._refused)
        if not found.allowed and not self.buckets.is_marked(_presented()):
            _count("refused", found)


def _count(policy: str, taken: Taken) -> None:
    g.rate = (policy, taken)
    if taken.allowed:
        return
    seconds = max(1, math.ceil(taken.retry_in))
    raise ProblemError(
        "too-many-requests",
        headers=[("Retry-After", str(seconds))],
        whose=LIMITED[policy],
        limit=taken.limit,
        seconds=seconds,
    )


def _tell(response: Response, policy: str, taken: Taken) -> None:
    """Give an answer the fields of the draft "RateLimit header fields for HTTP"."""
    response.headers["RateLimit-Policy"] = f'"{policy}";q={taken.limit};w=60'
    response.headers["RateLimit"] = f'"{policy}";r={taken.left};t={math.ceil(taken.full_in)}'


def _presented() -> str:
    """Return a name for what was sent as a key, which says nothing about it."""
    return _named(request.headers["Authorization"])


def _named(sent: str) -> str:
    return "good " + hashlib.sha256(sent.encode("utf-8", "surrogatepass")).hexdigest()


def _address() -> str:
    """Return where a request came from; of IPv6 the network, for who has one has all of it."""
    address = request.remote_addr or ""
    if ":" not in address:
        return address
    try:
        network = ip_network((IPv6Address(address.partition("%")[0]), 64), strict=False)
    except ValueError:
        return address
    return str(network)
