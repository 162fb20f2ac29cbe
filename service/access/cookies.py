"""The cookies of the pages: of a session, and of an attempt to sign in; and what they belong to.

Over https their names begin with ``__Host-``, so that a browser takes them from this very host
only. On this machine over plain http, where it would refuse that name, they have another.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from flask import Flask, Response, current_app, request

from service.access.sessions import SessionBook
from service.access.sign_in import SECRET_LENGTH, Attempt, SignIn

EXTENSION = "zorgraming-sign-in"
PREFIX = "__Host-"
SESSION, ATTEMPT = "zorgraming", "zorgraming-in-"
ATTEMPT_SECONDS = 600
MOST_ATTEMPTS = 8  # in one browser, such as windows that are opened again at its start
_MARK_LENGTH = 8  # of the state, in the name of its cookie


@dataclass(frozen=True)
class Door:
    """What sign-in takes.

    Attributes:
        flow: with the issuer.
        book: of the sessions.
    """

    flow: SignIn
    book: SessionBook

    def name(self, plain: str) -> str:
        """Return the name of a cookie as it is sent."""
        return PREFIX + plain if self.flow.is_secure else plain


def register(app: Flask, door: Door) -> None:
    """Let people sign in on the pages of an application."""
    app.extensions[EXTENSION] = door


def door() -> Door | None:
    """Return what sign-in takes; None where it is not set up."""
    found: Door | None = current_app.extensions.get(EXTENSION)
    return found


def session_secret() -> str | None:
    """Return the secret of a session that was sent, whether it opens anything or not."""
    one = door()
    return None if one is None else request.cookies.get(one.name(SESSION))


def give_session(response: Response, secret: str) -> None:
    """Let a browser keep a session until it is closed."""
    _give(response, SESSION, secret, None)


def take_session(response: Response) -> None:
    """Let a browser forget its session."""
    _give(response, SESSION, "", 0)


def give_attempt(response: Response, attempt: Attempt, path: str) -> None:
    """Let a browser keep an attempt to sign in, and where it leads.

    Args:
        response: that sends the browser to the issuer.
        attempt: the one that begins.
        path: of this service.
    """
    one = door()
    begun = one.name(ATTEMPT) if one else ATTEMPT
    others = [name for name in request.cookies if name.startswith(begun)]
    for name in others if len(others) >= MOST_ATTEMPTS else ():
        _give(response, ATTEMPT + name.removeprefix(begun), "", 0)
    packed = base64.urlsafe_b64encode(path.encode()).rstrip(b"=").decode()
    _give(response, _of_state(attempt.state), f"{attempt.secret}.{packed}", ATTEMPT_SECONDS)


def attempt_of(state: str) -> tuple[Attempt, str] | None:
    """Return the attempt that a state answers, and the path; None where this browser has none."""
    one = door()
    sent = None if one is None else request.cookies.get(one.name(_of_state(state)))
    secret, dot, packed = (sent or "").partition(".")
    if not dot or len(secret) != SECRET_LENGTH or not secret.isascii() or not packed.isascii():
        return None
    attempt = Attempt(secret)
    if not hmac.compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
        return None
    try:
        path = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return attempt, path


def take_attempt(response: Response, state: str) -> None:
    """Let a browser forget an attempt: each is good once."""
    one = door()
    if one is not None and one.name(_of_state(state)) in request.cookies:
        _give(response, _of_state(state), "", 0)


def _of_state(state: str) -> str:
    return ATTEMPT + state[:_MARK_LENGTH]


def _give(response: Response, plain: str, value: str, seconds: int | None) -> None:
    one = door()
    if one is not None:
        response.set_cookie(
            one.name(plain),
            value,
            max_age=seconds,
            path="/",
            secure=one.flow.is_secure,
            httponly=True,
            samesite="Lax",
        )
