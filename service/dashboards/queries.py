"""Which questions dashboards ask, and the type that each column of the answer has in them.

The types are read off the answer's own models, so that the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from service.api.districts import DistrictRow
from service.api.driver_answer import DriverRow
from service.api.forecast_answer import ForecastRow
from service.api.products import ProductRow

LIST = "list"  # of texts, joined into one: a cell holds one value
TYPES: Mapping[frozenset[object], str] = {
    frozenset({str}): "type text",
    frozenset({float}): "type number",
    frozenset({int}): "Int64.Type",
    frozenset({bool}): "type logical",
    frozenset({date}): "type date",
    frozenset({datetime}): "type datetimezone",
    frozenset({list}): LIST,
}


@dataclass(frozen=True)
class Query:
    """One table that a dashboard loads.

    Attributes:
        name: as Excel and Power BI show it: letters only, so that no place needs it quoted.
        path: of the resource, below the version.
        row: model of the answer's rows.
        told: what it is, in a line or two for whoever opens the query.
        parameters: of the question; with a ``format`` of csv the answer is read as such.
        loaded: whether the workbook has a sheet for it.
        days: columns that this question leaves no ``all`` in, so that they are dates.
    """

    name: str
    path: str
    row: type[BaseModel]
    told: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    loaded: bool = True
    days: frozenset[str] = frozenset()

    @property
    def is_csv(self) -> bool:
        """Whether the answer is CSV; else it is JSON."""
        return self.parameters.get("format") == "csv"

    def columns(self) -> dict[str, str]:
        """Return the columns in order: name -> type in M, or ``LIST``.

        Raises:
            KeyError: the model has a column of a kind that has no type here.
        """
        fields = self.row.model_fields.items()
        return {name: self._type(name, info.annotation) for name, info in fields}

    def _type(self, name: str, annotation: object) -> str:
        kinds = frozenset(_kinds(annotation)) - {NoneType}
        return TYPES[kinds - {str} if name in self.days else kinds]


def _kinds(annotation: Any) -> Iterator[object]:  # noqa: ANN401 - an annotation is anything
    """Yield the plain types that a value may have."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _kinds(parts[0])
    elif origin is Literal:
        yield from map(type, parts)
    elif origin in (Union, UnionType):
        for part in parts:
            yield from _kinds(part)
    else:
        yield origin or annotation


PIN = 'Vaste editie: zet edition = "kenmerk" erbij in Query.'
QUERIES = (
    Query(
        "Ramingen",
        "forecasts",
        ForecastRow,
        (
            "Werkelijke en geraamde cijfers per jaar, product en gebied.",
            f'Andere maat: zet measure = "clients" erbij in Query. {PIN}',
        ),
        {
            "groupBy": "municipality,product,district,period",
            "frequency": "year",
            "format": "csv",
        },
        days=frozenset({"period"}),
    ),
    Query(
        "Jaarverloop",
        "forecasts",
        ForecastRow,
        (
            "Cijfers per maand en product, gebieden opgeteld; met de rol reader alleen jaren.",
            "Heeft een product alleen kwartalen of jaren, dan is alles zo: zie kolom frequency.",
            f'Kies dan producten: zet product = "code" erbij in Query. {PIN}',
        ),
        {"groupBy": "municipality,product,period", "format": "csv"},
        loaded=False,
        days=frozenset({"period"}),
    ),
    Query(
        "Oorzaken",
        "drivers",
        DriverRow,
        (
            "Waarom cijfers groeien: bijdrage van elke oorzaak sinds het basisjaar, per product.",
            f"Kan niet met de rol reader. {PIN}",
        ),
        {"groupBy": "municipality,product,year", "format": "csv"},
    ),
    Query(
        "Producten",
        "products",
        ProductRow,
        (f"Producten per gemeente, met officiële codes en eenheid. {PIN}",),
    ),
    Query(
        "Gebieden",
        "districts",
        DistrictRow,
        (f"Gebieden per gemeente: buurten, wijken of stadsdelen. {PIN}",),
    ),
)
