"""The answer that ``GET /v1/forecasts`` gives, as the published document describes it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from service.api import row_parts as shared
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


class ForecastRow(shared.SumRow):
    """One figure with its band; the same columns in every format."""

    model_config = ConfigDict(json_schema_extra=BOUNDS)

    kind: Literal["actual", "forecast"] = Field(
        description="actual als elke maand in de periode bekend is, anders forecast."
    )
    actual: float | None = Field(description="Het werkelijke cijfer; null bij een raming.")
    p10: shared.P10
    p50: shared.P50
    p90: shared.P90
    mean: shared.Mean
    hidden: bool = Field(
        description="Of er een cijfer is dat u niet te zien krijgt, omdat het klein is of een "
        "klein cijfer zou verraden; p10, p50, p90, mean en actual zijn dan null."
    )
    estimate: shared.Estimate
    edition: shared.EditionId
    status: shared.Status
    as_of: shared.AsOf
    data_until: shared.DataUntil
    published_at: shared.PublishedAt


class ForecastMeta(shared.FigureMeta):
    """What belongs to the figures as a whole."""

    frequency: Literal["month", "quarter", "year", "all"] | None = Field(
        description="Lengte van de perioden; null zonder rijen."
    )
    sight: list[Literal["exact", "protected", "shared"]] = Field(
        description="Hoe u deze cijfers ziet: exact; protected (kleine aantallen verborgen, de "
        "rest afgerond); shared (zo, en alleen hele gemeenten, van wie haar cijfers deelt)."
    )


class ForecastAnswer(BaseModel):
    """Figures and what belongs to them."""

    meta: ForecastMeta
    rows: list[ForecastRow]
