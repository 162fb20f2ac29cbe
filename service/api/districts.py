"""``GET /v1/districts``: the areas, with the larger area each lies in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field

from service.access.roles import Role
from service.access.rules import access_rule
from service.api.endpoint import Description, endpoint
from service.api.products import CatalogueQuestion
from service.api.query import read_question
from service.api.resources import list_answer
from service.api.row_parts import ListMeta
from service.api.scope import Share, asked_shares

BLUEPRINT = APIBlueprint("districts", __name__, tag={"name": "catalogus"})


class DistrictRow(BaseModel):
    """One area of one municipality."""

    municipality: str = Field(description="Gemeente (code).")
    district: str = Field(
        description="Gebied (code); gelijk aan de gemeente voor wat geen bekend gebied heeft."
    )
    label: str | None = Field(description="Naam; null als die niet is aangeleverd.")
    kind: str | None = Field(description="buurt, wijk of stadsdeel; null als niet aangeleverd.")
    parent: str | None = Field(description="Groter gebied waar dit in ligt; null als er geen is.")
    edition: str = Field(description="De editie waar dit uit komt.")


class DistrictAnswer(BaseModel):
    """Areas and what belongs to them."""

    meta: ListMeta
    rows: list[DistrictRow]


@endpoint(BLUEPRINT, "/districts", DistrictAnswer, Description(question=CatalogueQuestion))
@access_rule(Role.READER)
def districts() -> Response:
    """Gebieden.

    De gebieden per gemeente: buurten, wijken of stadsdelen, en het deel zonder bekend gebied.
    """
    asked = read_question(CatalogueQuestion, request.args)
    shares = asked_shares(asked, asked.query.municipality)
    query = asked.check()
    return list_answer(query, shares, lambda: sorted(_rows(shares), key=_order))


def _order(row: dict[str, Any]) -> tuple[str, str]:
    return row["municipality"], row["district"]


def _rows(shares: list[Share]) -> Iterator[dict[str, Any]]:
    names = ("municipality", "district", "label", "kind", "parent")
    for share in shares:
        seen = set(share.municipalities)
        for row in share.edition.districts:
            if row["municipality"] in seen:
                yield {
                    **{name: row[name] for name in names},
                    "edition": share.edition.edition_id,
                }
