"""``GET /v1/models``: what made each edition, as a card."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, g, request
from pydantic import BaseModel, Field

from models.edition import read_record
from models.errors import EditionError
from models.model_card import card, card_row
from service.access.roles import Role
from service.access.rules import access_rule
from service.api.caching import tagged
from service.api.editions import NoQuestion, editions_seen, found_edition
from service.api.endpoint import Description, endpoint
from service.api.filters import OfEdition
from service.api.media import JSON, negotiated
from service.api.query import read_question
from service.api.resources import json_response, list_answer
from service.api.row_parts import ListMeta
from service.api.scope import Share, visible_shares

BLUEPRINT = APIBlueprint("models", __name__, tag={"name": "edities"})


class ModelRow(BaseModel):
    """The model behind one edition."""

    edition: str = Field(description="De editie die ermee gemaakt is.")
    model: str | None = Field(description="Naam in het register; null als het er niet in staat.")
    model_version: str | None = Field(description="Versie in het register.")
    code: str | None = Field(description="Kenmerk van de code (SHA-256); null als onbekend.")
    version: str | None = Field(description="Versie van Zorgraming; null als onbekend.")
    owner: str | None = Field(description="Wie erover gaat; null als u een deel ervan ziet.")
    approved_by: str | None = Field(description="Wie de editie goedkeurde; null bij concept.")
    reference: str | None = Field(description="Besluit tot goedkeuring; null bij concept.")
    valid_until: str | None = Field(description="Einde van de goedkeuring; null bij concept.")


class ModelsAnswer(BaseModel):
    """Models and what belongs to them."""

    meta: ListMeta
    rows: list[ModelRow]


class ModelCard(ModelRow):
    """One model with what it does, rests on and how good it was; null where a part is seen."""

    purpose: str = Field(description="Waarvoor de raming bedoeld is, en waarvoor niet.")
    limits: list[str] = Field(description="Wat de raming niet kan.")
    definitions: dict[str, str] = Field(description="Wat er geraamd wordt, per maat.")
    libraries: dict[str, str] = Field(description="Versies van de gebruikte bibliotheken.")
    seed: int = Field(description="Startgetal van het toeval.")
    draws: int = Field(description="Aantal doorgerekende toekomsten.")
    recipes: list[dict[str, Any]] | None = Field(description="Instellingen per maat.")
    members: list[dict[str, Any]] | None = Field(
        description="Methoden in het samenstel, met hun fout en wat ze bijdragen."
    )
    calibration: list[dict[str, Any]] | None = Field(description="Hoe de banden zijn bijgesteld.")
    outcomes: dict[str, Any] | None = Field(description="Aantal reeksen per uitkomst.")
    scores: Any = Field(description="Gemeten fouten, naast die van een eenvoudige methode.")
    gate: Any = Field(description="Oordeel van de toets vóór publicatie.")
    assumptions: list[Any] | None = Field(description="Aannamen.")
    inputs: list[dict[str, Any]] | None = Field(description="Aangeleverde bestanden.")


@endpoint(BLUEPRINT, "/models", ModelsAnswer, Description(question=OfEdition))
@access_rule(Role.READER)
def models() -> Response:
    """Modellen.

    Het model achter elke geldende editie: welke code, wie het bezit en wie het goedkeurde.
    """
    asked = read_question(OfEdition, request.args)
    shares = visible_shares(asked)
    return list_answer(asked.check(), shares, lambda: [_row(share) for share in shares])


@endpoint(
    BLUEPRINT,
    "/models/<edition_id>",
    ModelCard,
    Description(question=NoQuestion, problems=(404,)),
)
@access_rule(Role.READER)
def model(edition_id: str) -> Response:
    """Modelkaart.

    Wat het model achter een editie doet, waar het op rust en hoe goed het was.
    """
    query = read_question(NoQuestion, request.args).check()
    share = found_edition(editions_seen(), edition_id)
    media_type = negotiated((JSON,))
    g.rows = 1
    return tagged([share], query, media_type, lambda: json_response(card_of(share)))


def _row(share: Share) -> dict[str, Any]:
    manifest, approval = share.edition.manifest, share.served.approval
    return card_row(manifest, _events(share), approval, whole=share.is_whole)


def _events(share: Share) -> list[dict[str, Any]]:
    try:
        return read_record(share.edition.folder)
    except EditionError:  # damaged since it was served: the store will leave it out
        return []


def card_of(share: Share) -> dict[str, Any]:
    """Return the card of the model behind an edition, as far as the asker sees it."""
    return card(share.edition, _row(share), share.measures(), whole=share.is_whole)
