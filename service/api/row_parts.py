"""Columns that rows of figures have in common, as the published document describes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from service.api.explanations import PRICE_BASES

Municipality = Annotated[
    str, Field(description="Gemeente (code), of all als daarover is opgeteld.")
]
Product = Annotated[str, Field(description="Product (code), of all.")]
ProductLabel = Annotated[
    str | None, Field(description="Naam van het product; null als die er niet is.")
]
District = Annotated[
    str,
    Field(description="Gebied (code), of all; gelijk aan de gemeente als het gebied onbekend is."),
]
DistrictLabel = Annotated[
    str | None, Field(description="Naam van het gebied; null als die er niet is.")
]
Law = Annotated[
    str | None, Field(description="Wmo 2015 of Jeugdwet; null als onbekend of opgeteld.")
]
Category = Annotated[str | None, Field(description="iWmo- of iJw-categorie; null als law.")]
Taakveld = Annotated[str | None, Field(description="Iv3-taakveld; null als law.")]
Measure = Annotated[Literal["clients", "volume", "cost"], Field(description="Wat er geteld is.")]
Unit = Annotated[str, Field(description="Eenheid van de cijfers; EUR voor cost.")]
PriceBase = Annotated[Literal["nominal"] | None, Field(description=PRICE_BASES)]
P10 = Annotated[
    float | None, Field(description="Ondergrens: tien procent kans dat het lager uitvalt.")
]
P50 = Annotated[float | None, Field(description="Het midden; telt niet op.")]
P90 = Annotated[
    float | None, Field(description="Bovengrens: tien procent kans dat het hoger uitvalt.")
]
Mean = Annotated[float | None, Field(description="Het verwachte cijfer; dit telt op.")]
Estimate = Annotated[bool, Field(description="Of dit een raming is.")]
EditionId = Annotated[str, Field(description="De editie waar het cijfer uit komt.")]
Status = Annotated[Literal["approved", "draft"], Field(description="Of de editie is goedgekeurd.")]
AsOf = Annotated[date, Field(description="Peildatum: wat toen bekend was, is gebruikt.")]
DataUntil = Annotated[date, Field(description="Laatste dag waarover gegevens zijn aangeleverd.")]
PublishedAt = Annotated[
    datetime | None, Field(description="Moment van goedkeuring; null bij concept.")
]


class PlacedRow(BaseModel):
    """What a row of figures is about; the columns that every such row begins with."""

    municipality: Municipality
    product: Product
    product_label: ProductLabel
    district: District
    district_label: DistrictLabel
    law: Law
    category: Category
    taakveld: Taakveld


class SumRow(PlacedRow):
    """A row that sums over a period: which, of what, and in which unit."""

    period: date | Literal["all"] = Field(description="Eerste dag van de periode, of all.")
    frequency: Literal["month", "quarter", "year", "all"] = Field(
        description="Lengte van de periode."
    )
    measure: Measure
    unit: Unit
    price_base: PriceBase


class EditionBrief(BaseModel):
    """An edition as every answer names it."""

    edition: str = Field(description="Kenmerk van de editie; hiermee blijft een cijfer vindbaar.")
    municipalities: list[str] = Field(description="Gemeenten die u in deze editie ziet.")
    as_of: date = Field(description="Peildatum.")
    data_until: DataUntil
    until: date = Field(description="Laatste dag van de raming.")
    status: Status
    published_at: PublishedAt
    valid_until: date | None = Field(description="Einde van de goedkeuring; null bij concept.")
    synthetic: bool = Field(description="Of de cijfers verzonnen zijn, als voorbeeld.")


class ListMeta(BaseModel):
    """What belongs to a list as a whole."""

    editions: list[EditionBrief] = Field(description="De edities waar de rijen uit komen.")
    row_count: int = Field(description="Aantal rijen van de hele vraag, over alle bladzijden.")
    page: int | None = Field(description="Nummer van deze bladzijde; null zonder pageSize.")
    page_size: int | None = Field(description="Rijen per bladzijde; null zonder pageSize.")
    notes: list[str] = Field(description="Wat u bij deze rijen moet weten.")


class FigureMeta(ListMeta):
    """What belongs to figures as a whole."""

    disclaimer: str = Field(description="Wat een raming is en niet is.")
    synthetic_label: str | None = Field(description="Waarschuwing bij verzonnen cijfers, of null.")
    measure: Measure
    definition: str = Field(description="Wat dat betekent, en waarover het optelt.")
    unit: str | None = Field(description="Eenheid; null als de rijen verschillende hebben.")
    price_base: PriceBase
    data_as_of: date | None = Field(
        description="Oudste peildatum van de gebruikte edities; null zonder edities."
    )


class Term(BaseModel):
    """A code of a column in plain words."""

    code: str = Field(description="De code, zoals in de rijen.")
    label: str = Field(description="Naam in het Nederlands.")
    definition: str = Field(description="Wat het betekent.")
