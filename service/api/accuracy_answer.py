"""What ``/v1/accuracy`` is asked and answers: filters, columns of scores, what belongs to them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.api import row_parts as shared
from service.api.filters import Filtered
from service.api.forecast_question import Measure
from service.api.query import SEVERAL

Level = Literal["total", "product", "district", "series"]
Kind = Literal["rolling", "realised"]


class AccuracyQuestion(Filtered):
    """Filters of scores; parameters left out do not limit the answer."""

    measure: tuple[Measure, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Wat er geteld wordt."
    )
    level: tuple[Level, ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="Waarover geoordeeld is: total (gemeente), product, district, of series "
        "(product in een gebied).",
    )
    kind: tuple[Kind, ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="rolling: nageraamde jaren uit het verleden, gemeten bij het maken van de "
        "editie. realised: wat een editie raamde, tegen wat er gebeurd is.",
    )
    horizons: Literal["all", "apart"] = Field(
        "all", description="all: over alle termijnen samen; apart: ook per termijn."
    )


class AccuracyRow(BaseModel):
    """How good forecasts were; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(
        description="rolling: op nageraamde jaren uit het verleden; realised: een editie tegen wat "
        "er gebeurd is."
    )
    level: Level = Field(description="Waarover geoordeeld is.")
    municipality: shared.Municipality
    product: shared.Product
    district: shared.District
    measure: shared.Measure
    frequency: Literal["month", "quarter", "year"] = Field(
        description="Hoe vaak de gegevens zijn aangeleverd."
    )
    unit: shared.Unit
    period_kind: Literal["period", "year"] = Field(
        description="Of losse perioden zijn beoordeeld, of jaarcijfers."
    )
    horizon: int = Field(description="Hoeveel perioden vooruit; 0 = alle termijnen samen.")
    horizon_months: int = Field(description="Hetzelfde in maanden.")
    origins: int = Field(description="Vanuit hoeveel momenten is geraamd.")
    observations: int = Field(description="Hoeveel cijfers zijn vergeleken.")
    wape: float | None = Field(
        description="Som van de absolute fouten in procenten van de som van de cijfers; null "
        "zonder cijfers."
    )
    bias: float | None = Field(
        description="Som van de fouten in procenten van de som van de cijfers; positief is te hoog "
        "geraamd."
    )
    baseline: str | None = Field(
        description="De eenvoudige methode waarmee vergeleken is: seasonal naive, of wat van "
        "hetzelfde seizoen het laatst bekend was."
    )
    baseline_wape: float | None = Field(description="wape van die methode.")
    pinball: float | None = Field(
        description="Gemiddeld verlies van p10, p50 en p90 in procenten; null waar niet gemeten."
    )
    baseline_pinball: float | None = Field(description="Hetzelfde van de eenvoudige methode.")
    coverage_80: float | None = Field(
        description="Deel (0-1) van de cijfers dat in de band van 80 procent viel; null waar niet "
        "gemeten."
    )
    coverage_low: float | None = Field(
        description="Ondergrens van wat dat deel kan zijn (95 procent), gezien het aantal."
    )
    coverage_high: float | None = Field(description="Bovengrens daarvan.")
    edition: shared.EditionId
    as_of: shared.AsOf
    scored_by: str | None = Field(
        description="De editie of de aanlevering met de werkelijke cijfers; null bij rolling."
    )
    tracking_signal: float | None = Field(
        description="Alle fouten samen, in keren de afwijking waar de raming zelf mee rekende; "
        "verder dan 4 van 0 is te ver, positief is te hoog geraamd. null bij meer dan één som."
    )


class AccuracyMeta(shared.ListMeta):
    """What belongs to scores as a whole."""

    disclaimer: str = Field(description="Wat een raming is en niet is.")
    synthetic_label: str | None = Field(description="Waarschuwing bij verzonnen cijfers, of null.")
    measure: None = Field(description="Staat in de rijen.")
    definition: str = Field(description="Hoe de scores gelezen worden.")
    unit: str | None = Field(description="Eenheid van de beoordeelde cijfers; null als gemengd.")
    price_base: None = Field(description="Fouten zijn percentages.")
    data_as_of: Any = Field(description="Oudste peildatum; null zonder edities.")


class AccuracyAnswer(BaseModel):
    """Scores, and what belongs to them."""

    meta: AccuracyMeta
    rows: list[AccuracyRow]
