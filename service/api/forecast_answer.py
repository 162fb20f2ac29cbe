"""The answer that ``GET /v1/forecasts`` gives, as the published document describes it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

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

    municipality: str = Field(description="Gemeente (code), of all als daarover is opgeteld.")
    product: str = Field(description="Product (code), of all.")
    product_label: str | None = Field(description="Naam van het product; null als die er niet is.")
    district: str = Field(
        description="Gebied (code), of all; gelijk aan de gemeente als het gebied onbekend is."
    )
    district_label: str | None = Field(description="Naam van het gebied; null als die er niet is.")
    law: str | None = Field(description="Wmo 2015 of Jeugdwet; null als onbekend of opgeteld.")
    category: str | None = Field(description="iWmo- of iJw-categorie; null als law.")
    taakveld: str | None = Field(description="Iv3-taakveld; null als law.")
    period: date | Literal["all"] = Field(description="Eerste dag van de periode, of all.")
    frequency: Literal["month", "quarter", "year", "all"] = Field(
        description="Lengte van de periode."
    )
    measure: Literal["clients", "volume", "cost"] = Field(description="Wat er geteld is.")
    unit: str = Field(description="Eenheid van de cijfers; EUR voor cost.")
    kind: Literal["actual", "forecast"] = Field(
        description="actual als elke maand in de periode bekend is, anders forecast."
    )
    actual: float | None = Field(description="Het werkelijke cijfer; null bij een raming.")
    p10: float | None = Field(description="Ondergrens: tien procent kans dat het lager uitvalt.")
    p50: float | None = Field(description="Het midden; telt niet op.")
    p90: float | None = Field(description="Bovengrens: tien procent kans dat het hoger uitvalt.")
    mean: float | None = Field(description="Het verwachte cijfer; dit telt op.")
    estimate: bool = Field(description="Of dit een raming is.")
    edition: str = Field(description="De editie waar het cijfer uit komt.")
    status: Literal["approved", "draft"] = Field(description="Of de editie is goedgekeurd.")
    as_of: date = Field(description="Peildatum: wat toen bekend was, is gebruikt.")
    data_until: date = Field(description="Laatste dag waarover gegevens zijn aangeleverd.")
    published_at: datetime | None = Field(description="Moment van goedkeuring; null bij concept.")


class EditionBrief(BaseModel):
    """An edition as every answer names it."""

    edition: str = Field(description="Kenmerk van de editie; hiermee blijft een cijfer vindbaar.")
    municipalities: list[str] = Field(description="Gemeenten die u in deze editie ziet.")
    as_of: date = Field(description="Peildatum.")
    data_until: date = Field(description="Laatste dag waarover gegevens zijn aangeleverd.")
    until: date = Field(description="Laatste dag van de raming.")
    status: Literal["approved", "draft"] = Field(description="Of de editie is goedgekeurd.")
    published_at: datetime | None = Field(description="Moment van goedkeuring; null bij concept.")
    valid_until: date | None = Field(description="Einde van de goedkeuring; null bij concept.")
    synthetic: bool = Field(description="Of de cijfers verzonnen zijn, als voorbeeld.")


class ListMeta(BaseModel):
    """What belongs to a list as a whole."""

    editions: list[EditionBrief] = Field(description="De edities waar de rijen uit komen.")
    row_count: int = Field(description="Aantal rijen van de hele vraag, over alle bladzijden.")
    page: int | None = Field(description="Nummer van deze bladzijde; null zonder pageSize.")
    page_size: int | None = Field(description="Rijen per bladzijde; null zonder pageSize.")
    notes: list[str] = Field(description="Wat u bij deze rijen moet weten.")


class ForecastMeta(ListMeta):
    """What belongs to the figures as a whole."""

    disclaimer: str = Field(description="Wat een raming is en niet is.")
    synthetic_label: str | None = Field(description="Waarschuwing bij verzonnen cijfers, of null.")
    measure: Literal["clients", "volume", "cost"] = Field(description="Wat er geteld is.")
    definition: str = Field(description="Wat dat betekent, en waarover het optelt.")
    unit: str | None = Field(description="Eenheid; null als de rijen verschillende hebben.")
    frequency: Literal["month", "quarter", "year", "all"] | None = Field(
        description="Lengte van de perioden; null zonder rijen."
    )
    data_as_of: date | None = Field(
        description="Oudste peildatum van de gebruikte edities; null zonder edities."
    )


class ForecastAnswer(BaseModel):
    """Figures and what belongs to them."""

    meta: ForecastMeta
    rows: list[ForecastRow]
