"""Question and answer of ``GET /v1/running-year``, as the published document describes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.api import row_parts as shared
from service.api.filters import Filtered
from service.api.query import FIRST_YEAR, LAST_YEAR, SEVERAL

Group = Literal["municipality", "product", "district"]
GROUPS: tuple[Group, ...] = ("municipality", "product")


class RunningYearQuestion(Filtered):
    """Filters, grouping and form of a year; parameters left out do not limit the answer."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)] | None = Field(
        None,
        description="Het kalenderjaar. Standaard het jaar waarin de gegevens van de editie "
        "eindigen.",
    )
    group_by: tuple[Group, ...] = Field(
        GROUPS,
        json_schema_extra=SEVERAL,
        alias="groupBy",
        description="Waarnaar de rijen zijn uitgesplitst; over de rest is opgeteld (die kolom "
        "zegt dan all), met de bandbreedte van die som. Naar district kan alleen als geen maand "
        "van het jaar nog openstaat: declaraties zijn per gemeente bekend.",
    )


class RunningYearRow(shared.PlacedRow):
    """One part of the cost of a year; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    year: int = Field(description="Het kalenderjaar.")
    part: Literal["declared", "still_to_come", "remaining", "total"] = Field(
        description="Deel van het jaar (code)."
    )
    part_label: str = Field(description="Naam van het deel; de betekenis staat in meta.parts.")
    months: int = Field(
        description="Over hoeveel maanden dit deel gaat. Een maand die nog openstaat telt mee bij "
        "declared (als er iets gedeclareerd is) en bij still_to_come."
    )
    measure: Literal["cost"] = Field(description="Altijd cost.")
    unit: shared.Unit
    price_base: shared.PriceBase
    p10: shared.P10
    p50: shared.P50
    p90: shared.P90
    mean: shared.Mean
    estimate: bool = Field(description="Of er een raming in zit.")
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt


class RunningYearMeta(shared.FigureMeta):
    """What belongs to the year as a whole."""

    year: int | None = Field(
        description="Het kalenderjaar; null als edities in verschillende jaren eindigen."
    )
    parts: list[shared.Term] = Field(description="Wat elk deel betekent.")
    adding: str = Field(description="Hoe de delen optellen.")
    held: int = Field(
        description="Aantal gekozen reeksen zonder raming: die tellen alleen mee met wat er "
        "van bekend is. Welke dat zijn staat in notes."
    )


class RunningYearAnswer(BaseModel):
    """A year and what belongs to it."""

    meta: RunningYearMeta
    rows: list[RunningYearRow]


ROW = tuple(RunningYearRow.model_fields)
