"""``GET /v1/municipalities``: whose figures the asker sees, and how much of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field

from service.access.roles import Role
from service.access.rules import access_rule
from service.api.endpoint import Description, endpoint
from service.api.query import Paged, read_question
from service.api.resources import list_answer
from service.api.row_parts import ListMeta
from service.api.scope import Share, in_force, own_shares, shared_parts, with_sight

BLUEPRINT = APIBlueprint("municipalities", __name__, tag={"name": "catalogus"})


class MunicipalityRow(BaseModel):
    """One municipality."""

    municipality: str = Field(description="Gemeente (code).")
    label: str | None = Field(description="Naam; null als die niet is aangeleverd.")
    sight: Literal["exact", "protected", "shared"] = Field(
        description="exact: elk cijfer. protected: kleine aantallen verborgen, de rest afgerond, "
        "per jaar. shared: zo, en alleen van de hele gemeente, die haar cijfers deelt."
    )
    measures: list[Literal["clients", "volume", "cost"]] = Field(
        description="Waarvan u cijfers ziet."
    )
    edition: str = Field(description="De editie die voor deze gemeente geldt.")


class MunicipalityAnswer(BaseModel):
    """Municipalities and what belongs to them."""

    meta: ListMeta
    rows: list[MunicipalityRow]


@endpoint(BLUEPRINT, "/municipalities", MunicipalityAnswer, Description(question=Paged))
@access_rule(Role.READER)
def municipalities() -> Response:
    """Gemeenten.

    De gemeenten waarvan u cijfers ziet, en hoe: uw eigen gemeente, en andere die hun cijfers met u
    delen. Die laatste staan in een antwoord alleen als u ze met municipality noemt.
    """
    asked = read_question(Paged, request.args)
    shares = with_sight(own_shares(in_force()))
    for served, codes in in_force():
        shares += shared_parts(served, codes)
    query = asked.check()
    return list_answer(query, shares, lambda: sorted(_rows(shares), key=_code))


def _code(row: dict[str, Any]) -> str:
    return str(row["municipality"])


def _rows(shares: list[Share]) -> Iterator[dict[str, Any]]:
    for share in shares:
        places = share.edition.districts
        labels = {row["district"]: row["label"] for row in places if row["kind"] is None}
        for code in share.municipalities:
            alone = Share(share.served, (code,), share.sight, share.shared)
            yield {
                "municipality": code,
                "label": labels.get(code),
                "sight": share.sight.value,
                "measures": list(alone.measures()),
                "edition": share.edition.edition_id,
            }
