"""What a page is asked: one municipality, one subject, a measure, a place; in the address."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from service.api.query import Asked, Code, FirstDay, LastDay, Question
from service.problems import InputFault

Subject = str
Typed = Annotated[str, Field(max_length=200)]
LAW, PRODUCT = "law:", "product:"


class PageQuestion(Question):
    """What every page can be asked."""

    municipality: Code | None = None
    edition: Code | None = None
    lang: Literal["nl", "en"] = "nl"


class SelectionQuestion(PageQuestion):
    """What is selected of the figures.

    ``subject`` is empty for everything, ``law:`` with the name of a law, or ``product:`` with a
    code.
    """

    subject: Code | None = None
    district: Code | None = None
    measure: Literal["cost", "clients", "volume"] | None = None


class OverviewQuestion(SelectionQuestion):
    """A selection, the year whose causes are shown, and the budget beside it."""

    year: int | None = Field(None, ge=1900, le=2199)
    budget: Code | None = None


class ExploreQuestion(SelectionQuestion):
    """A selection, its periods, which of them, and the budget that is drawn beside it."""

    frequency: Literal["month", "quarter", "year"] | None = None
    start: FirstDay | None = Field(None, alias="from")
    end: LastDay | None = Field(None, alias="to")
    budget: Code | None = None


def products_of(
    asked: Asked[SelectionQuestion], catalogue: list[dict[str, str | None]]
) -> tuple[str, ...]:
    """Return the codes of the products that a subject stands for; empty = all of them.

    Args:
        asked: the question; an unknown subject becomes a fault of it.
        catalogue: the products of the edition, with ``product`` and ``law``.
    """
    subject = asked.query.subject
    if subject is None:
        return ()
    if subject.startswith(LAW):
        law = subject.removeprefix(LAW)
        found = tuple(str(row["product"]) for row in catalogue if row["law"] == law)
    else:
        code = subject.removeprefix(PRODUCT)
        found = tuple(str(row["product"]) for row in catalogue if row["product"] == code)
    if not found:
        known = sorted({f"{LAW}{row['law']}" for row in catalogue if row["law"]})
        asked.faults.append(InputFault("unknown-value", "subject", subject, tuple(known)))
    return found


class BudgetQuestion(SelectionQuestion):
    """A selection, a certainty, and amounts for the coming years in thousands of euros."""

    certainty: int = Field(80, ge=1, le=99)
    amount_1: Typed | None = Field(None, alias="amount1")
    amount_2: Typed | None = Field(None, alias="amount2")
    amount_3: Typed | None = Field(None, alias="amount3")
    amount_4: Typed | None = Field(None, alias="amount4")
    budget: Code | None = None
    year: int | None = Field(None, ge=1900, le=2199)


class ScenarioQuestion(SelectionQuestion):
    """A selection and one measure on it."""

    kind: Literal["price", "use", "population", "volume_per_client", "tariff"] | None = None
    percent: Typed | None = None
    start: FirstDay | None = None
    ramp: int | None = Field(None, ge=0, le=120)
    reason: Typed | None = None
    budget: Typed | None = None
    certainty: int = Field(80, ge=1, le=99)


class UnderpinningQuestion(ScenarioQuestion):
    """A selection, and perhaps a measure, to be put in a document."""

    document: Literal["underpinning", "council"] = "underpinning"
    format: Literal["docx", "pdf", "xlsx"] = "docx"


class KeptBudgetQuestion(PageQuestion):
    """Which kept budget."""

    budget: Code | None = None


class KeptScenarioQuestion(SelectionQuestion):
    """Which kept scenario, and of what its effect is shown."""

    scenario: Code | None = None
