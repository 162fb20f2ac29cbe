"""``GET /v1/health/live`` and ``/v1/health/ready``: for the machines that keep the service up."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field

from service.access.roles import Role
from service.access.rules import OPEN, access_rule, identified
from service.api.editions import NoQuestion
from service.api.endpoint import Description, endpoint
from service.api.media import JSON, negotiated
from service.api.query import read_question
from service.api.resources import json_response
from service.context import served_editions, service
from service.database import is_reachable
from service.problems import unavailable
from service.wording import NO_DATABASE, NO_EDITION

BLUEPRINT = APIBlueprint("health", __name__, url_prefix="/health", tag={"name": "toestand"})


class LiveAnswer(BaseModel):
    """The process answers."""

    status: Literal["live"]


class LeftOut(BaseModel):
    """An edition that is not served."""

    edition: str = Field(description="Naam van de map.")
    reason: str = Field(description="Waarom niet.")


class ReadyAnswer(BaseModel):
    """The service can answer questions."""

    status: Literal["ready"]
    editions: int = Field(description="Aantal edities dat geladen is, elk bestand nagerekend.")
    left_out_count: int = Field(description="Aantal edities dat niet geladen is.")
    database: Literal["reachable", "not used"] = Field(description="De database met sleutels.")
    newest_as_of: date = Field(description="Peildatum van de nieuwste editie.")
    oldest_as_of: date = Field(description="Peildatum van de oudste geldende editie.")
    age_days: int = Field(description="Dagen sinds de peildatum van de oudste geldende editie.")
    left_out: list[LeftOut] | None = Field(
        description="Welke edities niet en waarom; null zonder sleutel van een administrator."
    )


@endpoint(BLUEPRINT, "/live", LiveAnswer, Description(question=NoQuestion))
@access_rule(OPEN)
def live() -> Response:
    """Leeft de dienst.

    Antwoordt zonder iets te lezen; alleen of het proces draait.
    """
    read_question(NoQuestion, request.args).check()
    negotiated((JSON,))
    return json_response({"status": "live"})


@endpoint(
    BLUEPRINT,
    "/ready",
    ReadyAnswer,
    Description(question=NoQuestion, problems=(401, 403, 503)),
)
@access_rule(OPEN)
def ready() -> Response:
    """Kan de dienst antwoorden.

    Of er edities geladen zijn, hun bestanden kloppen en de database bereikbaar is.
    """
    read_question(NoQuestion, request.args).check()
    negotiated((JSON,))
    engine = service().engine
    if engine is not None and not is_reachable(engine):
        raise unavailable(NO_DATABASE)
    if not any(served.current_for for served in served_editions()):
        raise unavailable(NO_EDITION)
    return json_response(_state())


def _state() -> dict[str, Any]:
    current = [s for s in served_editions() if s.current_for]
    days = sorted(date.fromisoformat(s.edition.manifest["as_of"]) for s in current)
    left_out = service().store.left_out()
    asker = identified()
    trusted = asker is not None and asker.role.includes(Role.ADMINISTRATOR)
    return {
        "status": "ready",
        "editions": len(served_editions()),
        "left_out_count": len(left_out),
        "database": "not used" if service().engine is None else "reachable",
        "newest_as_of": days[-1].isoformat(),
        "oldest_as_of": days[0].isoformat(),
        "age_days": (service().clock().date() - days[0]).days,
        "left_out": [{"edition": e, "reason": r} for e, r in left_out] if trusted else None,
    }
