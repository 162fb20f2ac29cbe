"""``GET /v1/products``: the products, with their official codes and how they are counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field

from service.access.roles import Role
from service.access.rules import access_rule
from service.api.endpoint import Description, endpoint
from service.api.filters import OfEdition
from service.api.query import SEVERAL, Code, read_question
from service.api.resources import list_answer
from service.api.row_parts import ListMeta
from service.api.scope import Share, asked_shares

BLUEPRINT = APIBlueprint("products", __name__, tag={"name": "catalogus"})
FACTS = ("label", "law", "category", "taakveld", "variant", "unit", "clients_basis", "frequency")


class CatalogueQuestion(OfEdition):
    """Filters of a catalogue."""

    municipality: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Gemeenten (codes)."
    )


class ProductRow(BaseModel):
    """One product of one municipality."""

    municipality: str = Field(description="Gemeente (code).")
    product: str = Field(description="Product (code).")
    label: str | None = Field(description="Naam; null als die niet is aangeleverd.")
    law: str | None = Field(description="Wmo 2015 of Jeugdwet; null als niet aangeleverd.")
    category: str | None = Field(description="iWmo- of iJw-categorie; null als niet aangeleverd.")
    taakveld: str | None = Field(description="Iv3-taakveld; null als niet aangeleverd.")
    variant: str | None = Field(
        description="inspanning, output of taak; null als niet aangeleverd."
    )
    unit: str | None = Field(description="Eenheid van volume; null als niet aangeleverd.")
    clients_basis: str | None = Field(
        description="stock (op een peildatum) of during (in de loop van de periode); null als niet "
        "aangeleverd."
    )
    frequency: Literal["month", "quarter", "year"] | None = Field(
        description="Hoe vaak het is aangeleverd; null zonder cijfers."
    )
    forecast: str | None = Field(description="model, scenario of none: of er een raming is.")
    measures: list[Literal["clients", "volume", "cost"]] = Field(
        description="Waarvan cijfers zijn."
    )
    edition: str = Field(description="De editie waar dit uit komt.")


class ProductAnswer(BaseModel):
    """Products and what belongs to them."""

    meta: ListMeta
    rows: list[ProductRow]


@endpoint(BLUEPRINT, "/products", ProductAnswer, Description(question=CatalogueQuestion))
@access_rule(Role.READER)
def products() -> Response:
    """Producten.

    De producten per gemeente, met officiële codes, eenheid en hoe cliënten zijn geteld.
    """
    asked = read_question(CatalogueQuestion, request.args)
    shares = asked_shares(asked, asked.query.municipality)
    query = asked.check()
    return list_answer(query, shares, lambda: sorted(_rows(shares), key=_order))


def _order(row: dict[str, Any]) -> tuple[str, str]:
    return row["municipality"], row["product"]


def _rows(shares: list[Share]) -> Iterator[dict[str, Any]]:
    for share in shares:
        for municipality in share.municipalities:
            yield from _of(share, municipality)


def _of(share: Share, municipality: str) -> Iterator[dict[str, Any]]:
    edition = share.edition
    place = edition.dimensions["municipality"]
    mine = np.flatnonzero(place.codes == place.index[municipality])
    there = dict.fromkeys(edition.series["product"][mine].tolist())
    alone = len(place.labels) == 1  # then products without figures are this municipality's too
    for row in edition.products:
        code = row["product"]
        if code in there or alone:
            series = mine[edition.series["product"][mine] == code]
            measures = [m for m, t in edition.tracks.items() if t.present[series].any()]
            facts = {name: row[name] for name in (*FACTS, "forecast")}
            yield {
                "municipality": municipality,
                "product": code,
                **facts,
                "measures": measures,
                "edition": edition.edition_id,
            }
