"""From the claims of a good access token to what its holder may see."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from service.access.oidc_settings import EVERY
from service.access.roles import Role, Viewer
from service.problems import ProblemError
from service.settings import Settings
from service.wording import NO_MUNICIPALITY, NO_ROLE

MOST_VALUES = 1_000  # of one claim; a token is a header of 8 kB at most
LONGEST_CODE = LONGEST_NAME = 200
_LIKE_A_BSN = re.compile(r"\d(?:[ .-]?\d){7,}")  # a number of a person is no name


class Refusal(Enum):
    """Why a token opens nothing: it is not good, or nobody can tell now."""

    NOT_GOOD = auto()
    NO_KEYS = auto()


@dataclass(frozen=True)
class Holder:
    """Somebody with a good token.

    Attributes:
        id: short and the same in every token: a hash of issuer and subject.
        name: by which the audit trail names them.
        claims: of the token.
    """

    id: str
    name: str
    claims: Mapping[str, Any]

    @property
    def shown_as(self) -> str:
        """What they are called on the pages, to themselves: their name where the token has one."""
        told = (values_at(self.claims, name) for name in ("name", "preferred_username"))
        return _written(next((found[0] for found in told if found), self.name))


def holder_of(claims: Mapping[str, Any], name_claim: str) -> Holder:
    """Return who holds a token.

    Args:
        claims: of a token that was checked; ``iss`` and ``sub`` are there.
        name_claim: where the name is; without it the subject is the name.
    """
    subject = str(claims["sub"])
    digest = hashlib.sha256(f"{claims['iss']}\n{subject}".encode()).hexdigest()
    named = next(iter(values_at(claims, name_claim)), None) or subject
    return Holder(f"oidc:{digest[:20]}", _written(named), claims)


def _written(name: str) -> str:
    """Return a name as it may be kept: one short line, and no number of a person."""
    plain = " ".join("".join(mark if mark.isprintable() else " " for mark in name).split())
    return "…" if _LIKE_A_BSN.fullmatch(plain) else plain[:LONGEST_NAME] or "-"


def values_at(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Return the texts of a claim, one or a list.

    Args:
        claims: of a token.
        path: name of the claim, or the way to it: ``realm_access.roles``. A claim whose own name
            holds dots is found by that name first.
    """
    found = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return tuple(value for value in listed[:MOST_VALUES] if isinstance(value, str) and value)


def viewer_of(holder: Holder, settings: Settings) -> Viewer:
    """Return what the holder of a token may see: the largest role, and all municipalities.

    Raises:
        ProblemError: 403 without a role, or without a municipality.
    """
    values = values_at(holder.claims, settings.oidc_roles_claim)
    roles = {settings.oidc_roles[value] for value in values if value in settings.oidc_roles}
    if not roles:
        raise ProblemError("no-rights", reason=NO_ROLE)
    codes = frozenset(_codes(holder.claims, settings))
    if not codes:
        raise ProblemError("no-rights", reason=NO_MUNICIPALITY)
    role = max(roles, key=list(Role).index)
    return Viewer(holder.id, role, None if EVERY in codes else codes)


def _codes(claims: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    """Yield the municipalities of a token; only the settings can say that it is every one."""
    mapped = settings.oidc_municipalities
    for value in values_at(claims, settings.oidc_municipalities_claim or settings.oidc_roles_claim):
        if mapped:
            yield from mapped.get(value, ())
        elif value != EVERY and len(value) <= LONGEST_CODE:
            yield value
