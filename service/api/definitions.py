"""``GET /v1/definitions``: what figures mean."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field

from service.access.roles import Role
from service.access.rules import access_rule
from service.api.definition_texts import DEFINITIONS
from service.api.endpoint import Description, endpoint
from service.api.query import SEVERAL, Paged, read_question
from service.api.resources import list_answer
from service.api.row_parts import ListMeta

BLUEPRINT = APIBlueprint("definitions", __name__, tag={"name": "catalogus"})
Kind = Literal["measure", "figure", "cause", "part", "score"]


class DefinitionQuestion(Paged):
    """Filters of definitions."""

    kind: tuple[Kind, ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="measure (maat), figure (cijfer), cause (oorzaak), part (deel van het lopende "
        "jaar), score (maat voor fouten).",
    )


class DefinitionRow(BaseModel):
    """One term."""

    code: str = Field(description="Zoals het in antwoorden staat.")
    kind: Kind = Field(description="Waarvan het een term is.")
    label: str = Field(description="Naam.")
    text: str = Field(description="Wat het betekent.")
    unit: str = Field(description="Waarin het geteld wordt.")
    source: str = Field(description="Waar het vandaan komt.")
    cbs: str | None = Field(
        description="Waarin het afwijkt van wat CBS publiceert; null als CBS zoiets niet heeft."
    )


class DefinitionAnswer(BaseModel):
    """Terms and what belongs to them."""

    meta: ListMeta
    rows: list[DefinitionRow]


@endpoint(BLUEPRINT, "/definitions", DefinitionAnswer, Description(question=DefinitionQuestion))
@access_rule(Role.READER)
def definitions() -> Response:
    """Begrippen.

    Wat de cijfers betekenen: eenheid, bron, en waarin ze afwijken van wat CBS publiceert.
    """
    query = read_question(DefinitionQuestion, request.args).check()
    found = [one for one in DEFINITIONS if not query.kind or one.kind in query.kind]
    return list_answer(query, (), lambda: [asdict(one) for one in found])
