"""The figures that pages show: the same rows as the API gives, asked in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.api.driver_answer import DriverQuestion
from service.api.drivers import driver_rows
from service.api.figure_rows import Columns
from service.api.forecast_notes import notes_of
from service.api.forecast_plan import make_plan
from service.api.forecast_question import ForecastQuestion
from service.api.forecast_rows import make_rows
from service.api.query import Asked
from service.pages.frame import Page

Row = dict[str, Any]


@dataclass(frozen=True)
class Figures:
    """Rows of figures and what belongs to them.

    Attributes:
        measure: what is counted.
        frequency: of the periods.
        columns: as the API gives them.
        wish: the parameters by which the API gives them.
    """

    measure: str
    frequency: str | None
    columns: Columns
    wish: dict[str, Any]

    @property
    def rows(self) -> list[Row]:
        """The rows, one by one; what is unknown is None."""
        return list(rows_of(self.columns))

    @property
    def unit(self) -> str:
        """The unit, where there is one."""
        units = set(self.columns["unit"].tolist())
        return str(units.pop()) if len(units) == 1 else ""


def rows_of(columns: Columns) -> Iterator[Row]:
    """Yield rows; what is unknown is None, and days are days."""
    lists = {
        name: [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN
        for name, values in columns.items()
    }
    for row in zip(*lists.values(), strict=True):
        yield dict(zip(lists, row, strict=True))


def figures(page: Page, **wish: Any) -> Figures:  # noqa: ANN401 - parameters of the API
    """Ask for figures as ``GET /v1/forecasts`` does.

    Args:
        page: of which municipality and edition; notes are added to it.
        wish: parameters of that resource by their names there; None = left out.

    Raises:
        ProblemError: 400 with every fault of the question.
    """
    asked_for = {name: value for name, value in wish.items() if value not in (None, ())}
    named = {"from_": "from"}
    values = {named.get(name, name): value for name, value in asked_for.items()}
    query = ForecastQuestion.model_validate({"municipality": (page.municipality,), **values})
    asked = Asked(query, texts={name: (str(values.get(name, "")),) for name in ("from", "to")})
    plan = make_plan(asked, [page.seen])
    columns = make_rows(query, plan)
    for note in notes_of(plan, set(columns["unit"].tolist())):
        if note not in page.notes:
            page.notes.append(note)
    return Figures(plan.measure, plan.frequency, columns, values)


def causes(page: Page, **wish: Any) -> list[Row]:  # noqa: ANN401 - parameters of the API
    """Ask for growth by cause as ``GET /v1/drivers`` does; empty where there is no split.

    Args:
        page: of which municipality and edition.
        wish: parameters of that resource by their names there; None = left out.
    """
    values = {name: value for name, value in wish.items() if value not in (None, ())}
    query = DriverQuestion.model_validate({"municipality": (page.municipality,), **values})
    if "drivers" not in page.seen.edition.manifest:
        return []
    return list(rows_of(driver_rows(Asked(query), [page.seen])))
