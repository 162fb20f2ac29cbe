"""What is done when more is asked than can be answered: late requests are refused at once.

A request that waited longer for a thread than people wait would be answered to nobody, and every
one behind it as well. Refusing it costs next to nothing, so the others are answered in time.
"""

from __future__ import annotations

import threading

from flask import Flask, request

from service.problems import unavailable
from service.settings import Settings
from service.wording import TOO_BUSY

LIVE = "/v1/health/live"
_THREAD = threading.local()


def note_wait(seconds: float) -> None:
    """Tell how long the request that this thread is about to answer has waited for it."""
    _THREAD.waited = seconds


def waited_seconds() -> float:
    """Return how long the request of this thread has waited; 0 where nobody told."""
    return float(getattr(_THREAD, "waited", 0.0))


def register(app: Flask, settings: Settings) -> None:
    """Refuse requests of an application that have waited too long, signs of life apart."""

    def refuse_late() -> None:
        if waited_seconds() > settings.queue_seconds and request.path != LIVE:
            raise unavailable(TOO_BUSY)

    app.before_request(refuse_late)
