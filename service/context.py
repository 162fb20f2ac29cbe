"""What a request can reach: the settings, the editions, the keys and the clock of its service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app, g
from sqlalchemy import Engine

from service.access.keys import KeyRing
from service.access.roles import Viewer
from service.access.sharing import SharingBook
from service.renewal import Renewal
from service.served import Served
from service.settings import Settings
from service.store import EditionStore

if TYPE_CHECKING:
    from service.access.oidc import AccessTokens

EXTENSION = "zorgraming"
DOCUMENT = "zorgraming-document"
METRICS = "zorgraming-metrics"  # absent where no port is set for them


@dataclass(frozen=True)
class Service:
    """The parts of one running service; the factory builds them, requests receive them.

    Attributes:
        settings: as checked at the start.
        store: the editions that are served.
        renewal: picks up changes of them.
        keys: the API keys; None in demo mode.
        engine: the database of state; None in demo mode.
        clock: the present moment, in UTC.
        sharing: what municipalities let each other see; None in demo mode.
        tokens: reads access tokens; None where no issuer is set.
    """

    settings: Settings
    store: EditionStore
    renewal: Renewal
    keys: KeyRing | None
    engine: Engine | None
    clock: Callable[[], datetime]
    sharing: SharingBook | None = None
    tokens: AccessTokens | None = None


def service_of(app: Flask) -> Service:
    """Return the service behind an application."""
    return cast(Service, app.extensions[EXTENSION])


def service() -> Service:
    """Return the service of the current request."""
    return service_of(current_app)


def served_editions() -> tuple[Served, ...]:
    """Return the editions as they are served during this request, whatever changes meanwhile."""
    if "served" not in g:
        service().renewal.look()
        g.served = service().store.served()
    return cast(tuple[Served, ...], g.served)


def viewer() -> Viewer:
    """Return the one who asks; set by the access rule of the route."""
    return cast(Viewer, g.viewer)
