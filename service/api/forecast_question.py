"""The question that ``GET /v1/forecasts`` takes, and what it has in common with others."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from service.api.filters import Filtered
from service.api.query import SEVERAL, FirstDay, LastDay

PERIOD = "period"

Measure = Literal["clients", "volume", "cost"]
Group = Literal["municipality", "product", "district", "period"]
GROUPS: tuple[Group, ...] = ("municipality", "product", "district", "period")


class SumQuestion(Filtered):
    """Filters, grouping and form of sums; parameters left out do not limit the answer."""

    start: FirstDay | None = Field(
        None,
        alias="from",
        description="Eerste dag, maand of jaar: perioden die dan of later beginnen.",
    )
    end: LastDay | None = Field(
        None,
        alias="to",
        description="Laatste dag, maand of jaar: perioden die dan of eerder beginnen.",
    )
    frequency: Literal["month", "quarter", "year"] | None = Field(
        None,
        description="Lengte van de perioden. Standaard de grofste waarin de gekozen producten zijn "
        "aangeleverd; fijner kan niet.",
    )
    measure: Measure | None = Field(
        None,
        description="Wat er geteld wordt. Standaard cost als de editie kosten heeft, anders "
        "clients, anders volume.",
    )
    group_by: tuple[Group, ...] = Field(
        GROUPS,
        json_schema_extra=SEVERAL,
        alias="groupBy",
        description="Waarnaar de rijen zijn uitgesplitst; over de rest is opgeteld (die kolom "
        "zegt dan all), met de bandbreedte van die som.",
    )

    def bands(self) -> tuple[int, ...]:
        """Return the further central bands that are asked for, in percent."""
        return ()

    def keeps(self) -> str:
        """Return which rows are asked for: all, actual or forecast."""
        return "all"


class ForecastQuestion(SumQuestion):
    """A question for forecasts."""

    level: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="Extra middenbanden in procenten: 95 geeft de kolommen lower_95 en upper_95.",
    )
    kind: Literal["all", "actual", "forecast"] = Field(
        "all", description="Alleen werkelijke cijfers, alleen geraamde, of beide."
    )

    def bands(self) -> tuple[int, ...]:
        """Return the further central bands that are asked for, in percent."""
        return tuple(dict.fromkeys(self.level))

    def keeps(self) -> str:
        """Return which rows are asked for: all, actual or forecast."""
        return self.kind
