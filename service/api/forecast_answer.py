"""The answer that ``GET /v1/forecasts`` gives, as the published document describes it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from service.api import row_parts as part
from service.api.explanations import BOUND

BOUNDS: JsonDict = {
    "patternProperties": {
        "^(lower|upper)_[1-9][0-9]?$": {
            "type": ["number", "null"],
            "description": BOUND,
        }
    },
    "additionalProperties": False,
}


class ForecastRow(BaseModel):
    """One figure with its band; the same columns in every format."""

    model_config = ConfigDict(json_schema_extra=BOUNDS)

    municipality: part.Municipality
    product: part.Product
    product_label: part.ProductLabel
    district: part.District
    district_label: part.DistrictLabel
    law: part.Law
    category: part.Category
    taakveld: part.Taakveld
    period: date | Literal["all"] = Field(description="Eerste dag van de periode, of all.")
    frequency: Literal["month", "quarter", "year", "all"] = Field(
        description="Lengte van de periode."
    )
    measure: part.Measure
    unit: part.Unit
    price_base: part.PriceBase
    kind: Literal["actual", "forecast"] = Field(
        description="actual als elke maand in de periode bekend is, anders forecast."
    )
    actual: float | None = Field(description="Het werkelijke cijfer; null bij een raming.")
    p10: part.P10
    p50: part.P50
    p90: part.P90
    mean: part.Mean
    estimate: part.Estimate
    edition: part.EditionId
    status: part.Status
    as_of: part.AsOf
    data_until: part.DataUntil
    published_at: part.PublishedAt


class ForecastMeta(part.FigureMeta):
    """What belongs to the figures as a whole."""

    frequency: Literal["month", "quarter", "year", "all"] | None = Field(
        description="Lengte van de perioden; null zonder rijen."
    )


class ForecastAnswer(BaseModel):
    """Figures and what belongs to them."""

    meta: ForecastMeta
    rows: list[ForecastRow]
