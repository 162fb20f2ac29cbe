"""The rule that every route states: who may call it.

``access_rule`` is the only place where a request is let in; a test counts the routes without one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flask import g, request

from service.access.browsing import refuse_forgery, session_viewer
from service.access.claims import Refusal, viewer_of
from service.access.keys import MARK, key_id_of
from service.access.limits import charge_key
from service.access.roles import DEMO_VIEWER, Role, Viewer
from service.context import service
from service.problems import ProblemError, unavailable
from service.wording import NO_ISSUER

if TYPE_CHECKING:
    from service.access.oidc import AccessTokens

RULE = "access_rule"  # the attribute by which a test finds the rule of a route
CHALLENGES = (
    ("WWW-Authenticate", 'Basic realm="zorgraming", charset="UTF-8"'),
    ("WWW-Authenticate", 'Bearer realm="zorgraming"'),
)
INVALID_TOKEN = (
    CHALLENGES[0],
    ("WWW-Authenticate", 'Bearer realm="zorgraming", error="invalid_token"'),
)
OPEN = "open"

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


def access_rule(
    rule: Role | str,
) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Say who may call a route.

    Args:
        rule: the least role that is needed, or ``OPEN`` for a route without figures.

    Raises:
        ProblemError: within a request: 401 without a valid key, 403 with too small a role.
    """

    def decorate(view: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        @wraps(view)
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
            if isinstance(rule, Role):
                admitted(rule)
            return view(*args, **kwargs)

        setattr(guarded, RULE, rule)
        return guarded

    return decorate


def admitted(needed: Role) -> Viewer:
    """Return the one who asks.

    Raises:
        ProblemError: 401 without a valid key, 403 with too small a role.
    """
    found = identified()
    if found is None:
        raise _unknown()
    g.viewer = found  # known from here on, to log and audit trail, whatever the answer
    if not found.role.includes(needed):
        raise ProblemError("forbidden", needed=needed.value, role=found.role.value)
    return found


def _unknown() -> ProblemError:
    """Return the refusal of somebody who is not known; who was signed in is asked for no key."""
    if g.get("session_ended"):
        return ProblemError("signed-out", headers=CHALLENGES[1:])
    return ProblemError("sign-in", headers=CHALLENGES)


def identified() -> Viewer | None:
    """Return the one who asks, or None when nothing was sent to know them by.

    A key or a token goes before a session.

    Raises:
        ProblemError: 401 for a key that is unknown, expired or revoked, or a token that is not
            good; 403 for a token without rights, and for what another site may have made a browser
            send; 429 for who asks too often; 503 where nobody can tell now whether a token is good.
    """
    keys, tokens = service().keys, service().tokens
    refuse_forgery()
    if keys is None:
        return DEMO_VIEWER
    if "Authorization" not in request.headers:
        return session_viewer()
    if tokens is not None and _is_token():
        return _token_holder(tokens)
    presented = _presented()
    key = None if presented is None else keys.find(presented)
    if key is None:
        raise ProblemError("refused-key", headers=CHALLENGES)
    g.key_name, g.key_purpose = key.name, key.purpose
    charge_key(key.id)
    return key.viewer


def _is_token() -> bool:
    """Tell whether a bearer was sent that is no API key."""
    sent = request.authorization
    return sent is not None and sent.type == "bearer" and not _bearer().startswith(f"{MARK}_")


def _bearer() -> str:
    sent = request.authorization
    return "" if sent is None else sent.token or ""


def _token_holder(tokens: AccessTokens) -> Viewer:
    """Return the holder of the token that was sent.

    Raises:
        ProblemError: as ``identified``.
    """
    if not _bearer():
        raise ProblemError("sign-in", headers=_where_to_sign_in())
    holder = tokens.find(_bearer())
    if holder is Refusal.NO_KEYS:
        raise unavailable(NO_ISSUER)
    if isinstance(holder, Refusal):
        raise ProblemError("refused-token", headers=INVALID_TOKEN)
    g.key_name, g.key_purpose = holder.name, None
    charge_key(holder.id)
    return viewer_of(holder, service().settings)


def _where_to_sign_in() -> tuple[tuple[str, str], ...]:
    """Return the challenge to an empty bearer, by which Power Query finds Entra ID.

    It is written as Microsoft describes it: alone, and the address without quotes.
    """
    address = service().settings.oidc_authorization_uri
    if address is None:
        return CHALLENGES
    return (("WWW-Authenticate", f"Bearer authorization_uri={address}"),)


def _presented() -> str | None:
    """Return the key in the Authorization header: as bearer, or as the password of its id."""
    sent = request.authorization
    if sent is None:
        return None
    if sent.type == "bearer":
        return sent.token
    if sent.type == "basic" and sent.password and sent.username == key_id_of(sent.password):
        return sent.password
    return None
