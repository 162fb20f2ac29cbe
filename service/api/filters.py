"""The parameters that questions for figures have in common."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from service.api.query import SEVERAL, Asked, Code, LastDay, Paged
from service.problems import InputFault

Format = Literal["json", "csv", "csv-nl", "xlsx", "parquet"]


class OfEdition(Paged):
    """Which edition is asked: that in force, one by its id, or that of a day."""

    edition: Code | None = Field(
        None, description="Eén editie (id van /editions) in plaats van de geldende."
    )
    as_of: LastDay | None = Field(
        None,
        alias="asOf",
        description="De editie die op deze dag gold (van een maand of jaar: op de laatste dag): de "
        "raming zoals die toen bekend was. Niet samen met edition.",
    )


class Filtered(OfEdition):
    """Filters and form; parameters left out do not limit the answer."""

    municipality: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Gemeenten (codes)."
    )
    product: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Producten (codes van /products)."
    )
    district: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Gebieden (codes van /districts)."
    )
    format: Format | None = Field(
        None, description="Vorm van het antwoord; gaat vóór de kop Accept."
    )


def check_order(asked: Asked[Filtered], start: date | None, end: date | None) -> None:
    """Add a fault when a first day lies after a last one."""
    if start and end and start > end:
        value = f"{asked.texts['from'][0]} > {asked.texts['to'][0]}"
        asked.faults.append(InputFault("wrong-order", "from", value))
