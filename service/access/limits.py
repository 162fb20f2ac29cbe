"""How often somebody may ask: per key, and per address for those without a valid one.

- ``key``: questions with a valid key, whatever the answer.
- ``address``: requests without a key.
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
from service.problems import ProblemError
from service.settings import Settings
from service.wording import LIMITED

EXTENSION = "zorgraming-limits"
GOOD_SECONDS = 3_600.0  # how long a good key is remembered as such
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
        elif self._per_address:
            policy = "health" if request.path == READY else "address"
            name = f"{policy} {_address()}"
            _count(policy, self.buckets.take(name, self._per_address))

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
        now = time.monotonic()
        if now >= self._renewed.get(form, 0.0):
            self._renewed[form] = now + GOOD_SECONDS / 60
            self.buckets.mark(_presented(), GOOD_SECONDS)

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
    sent = request.headers["Authorization"].encode("utf-8", "surrogatepass")
    return "good " + hashlib.sha256(sent).hexdigest()


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
