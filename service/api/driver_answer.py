"""Question and answer of ``GET /v1/drivers``, as the published document describes them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from service.api import row_parts as shared
from service.api.filters import Filtered
from service.api.query import SEVERAL, FirstDay, LastDay

YEAR = "year"
Measure = Literal["clients", "cost"]
Group = Literal["municipality", "product", "district", "year"]
GROUPS: tuple[Group, ...] = ("municipality", "product", "district", "year")


class DriverQuestion(Filtered):
    """Filters, grouping and form of causes; parameters left out do not limit the answer."""

    measure: Measure | None = Field(
        None,
        description="Wat er geteld wordt. Standaard cost als de editie daarvan oorzaken heeft, "
        "anders clients.",
    )
    start: FirstDay | None = Field(
        None, alias="from", description="Eerste jaar: latere jaren die dan of later beginnen."
    )
    end: LastDay | None = Field(
        None, alias="to", description="Laatste jaar: latere jaren die dan of eerder beginnen."
    )
    group_by: tuple[Group, ...] = Field(
        GROUPS,
        json_schema_extra=SEVERAL,
        alias="groupBy",
        description="Waarnaar de rijen zijn uitgesplitst; over de rest is opgeteld (die kolom "
        "zegt dan all), met de bandbreedte van die som. Jaren blijven altijd apart, ook zonder "
        "year.",
    )


class DriverRow(shared.PlacedRow):
    """What one cause adds from the base year to a later one; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    base_year: int = Field(description="Het jaar waarmee vergeleken wordt.")
    year: int = Field(description="Het latere jaar.")
    measure: Measure = Field(description="Wat er geteld is.")
    unit: shared.Unit
    price_base: shared.PriceBase
    cause: Literal[
        "base", "demography", "use", "volume", "price", "policy", "interaction", "total"
    ] = Field(description="Oorzaak (code); base is het basisjaar, total het latere jaar.")
    cause_label: str = Field(description="Naam van de oorzaak; de betekenis staat in meta.causes.")
    p10: shared.P10
    p50: shared.P50
    p90: shared.P90
    mean: shared.Mean
    estimate: bool = Field(description="Of dit een raming is; alleen een bekend basisjaar niet.")
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt


class DriverMeta(shared.FigureMeta):
    """What belongs to the causes as a whole."""

    causes: list[shared.Term] = Field(description="Wat elke oorzaak betekent.")
    adding: str = Field(description="Hoe de oorzaken optellen.")
    held: int = Field(
        description="Aantal gekozen reeksen zonder raming: die zitten niet in de oorzaken, ook "
        "niet in basisjaar en totaal. Welke dat zijn staat in notes."
    )


class DriverAnswer(BaseModel):
    """Causes and what belongs to them."""

    meta: DriverMeta
    rows: list[DriverRow]


ROW = tuple(DriverRow.model_fields)
