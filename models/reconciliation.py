"""Why a forecast differs from a budget and from the account: parts that add up to the difference.

The way from the budget to the forecast goes over the account, the last year of which something was
declared. What the account was more than the budget, what of that year is still to be declared, and
growth by cause from it to the year of the budget: that is the forecast. What cannot be laid beside
each other has a part by name: lines that are not forecast, products that no line pays for, net
lines, of which the income is not known, and series in the account that have no forecast. What is
left after all of that is the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.asking import Selection
from models.budget_lines import PRODUCT, TOTAL, BudgetLine, Ledger
from models.cube import SCALE
from models.drivers import BASE, CAUSES, Columns, causes
from models.edition import Edition
from models.running_year import PARTS as YEAR_PARTS
from models.running_year import running_year

__all__ = ["PARTS", "Reconciled", "Reconciliation", "reconciliation"]

ACCOUNT, COMPLETION, HELD, REST = "account", "completion", "held", "rest"
NOT_FORECAST, NOT_BUDGETED, NET = "not_forecast", "not_budgeted", "net"
PARTS = (NOT_FORECAST, NOT_BUDGETED, NET, ACCOUNT, COMPLETION, HELD, *CAUSES, REST)
_DECLARED, _TOTAL = YEAR_PARTS[0], YEAR_PARTS[-1]
_UNITS = (100_000_000, 100_000, 100)  # cents: amounts may be rounded to millions, thousands, euros


@dataclass(frozen=True)
class Reconciled:
    """A line, products without a line, or all of them together; money in whole cents.

    Attributes:
        line: its number; None of products without a line and of the sum.
        products: codes that it pays for, sorted.
        budget: what is budgeted; 0 where no line is.
        forecast: what is expected; None where nothing is forecast.
        account: what was declared in the year of the account; None where that is not known.
        parts: what makes the difference, by name (``PARTS``); those that are nothing are left out.
    """

    line: int | None
    products: tuple[str, ...]
    budget: int
    forecast: int | None
    account: int | None
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def difference(self) -> int:
        """Forecast less budget; of what is not forecast, the budget taken away."""
        return (self.forecast or 0) - self.budget


@dataclass(frozen=True)
class Reconciliation:
    """All lines of a year, and their sum.

    Attributes:
        year: of the budget.
        account_year: the year of the account.
        rows: the lines in order, then each product that no line pays for.
        whole: their sum; a line for the whole municipality goes before the others of the year.
        rounded_to: cents to which every line was rounded; rounding is at most half of it a line.
    """

    year: int
    account_year: int
    rows: tuple[Reconciled, ...]
    whole: Reconciled
    rounded_to: int


@dataclass(frozen=True)
class _Known:
    """What is known of products together, in whole cents; None = not known."""

    account: int | None
    to_come: int | None
    held: int
    grown: Mapping[str, int]


def reconciliation(
    edition: Edition,
    municipality: str,
    lines: Sequence[BudgetLine],
    year: int,
    net: Collection[int] = (),
) -> Reconciliation:
    """Lay budget, forecast and account of one year beside each other.

    Args:
        edition: an opened edition.
        municipality: its code.
        lines: of the budget; those of other years are not used.
        year: of the budget.
        net: numbers of the lines that are net of income.

    Raises:
        ValueError: the budget has no line of that year.
    """
    mine = [at for at, line in enumerate(lines) if line.year == year]
    if not mine:
        raise ValueError(f"the budget has no line of {year}")
    ledger = Ledger(edition, municipality, [lines[at] for at in mine])
    facts = _Facts(edition, municipality, year)
    totals = [at for at in mine if lines[at].scope == TOTAL]
    carried = sum(
        lines[at].amount for at in mine if at not in totals and ledger.expected(lines[at]) is None
    )
    rows = [
        _row(ledger, facts, at, lines[at], at in net, carried if at in totals else 0) for at in mine
    ]
    counted = [row for row in rows if not totals or row.line in totals]
    rows += list(_without_line(ledger, facts, year, counted))
    counted += rows[len(mine) :]
    rounded = _rounded_to([lines[at].amount for at in mine])
    return Reconciliation(year, facts.account_year, tuple(rows), _sum(counted), rounded)


class _Facts:
    """What an edition knows of each product: the account, what is to come, growth by cause."""

    def __init__(self, edition: Edition, municipality: str, year: int) -> None:
        about = edition.manifest.get("drivers", {})
        split = "cost" in about.get("measures", ())
        until = int(str(edition.manifest["data_until"])[:4])
        self.account_year = int(about["base_year"]) if split else until
        day = date(year, 1, 1)
        wish = Selection("cost", (municipality,), by=("product",), start=day, end=day)
        there = "cost" in edition.tracks
        passed = running_year(edition, wish, self.account_year) if there else {}
        self.years = _by_product(passed, "part")
        self.grown = _by_product(causes(edition, wish) if split else {}, "cause")

    def of(self, products: Sequence[str]) -> _Known:
        """Return what is known of products together."""
        grown: Counter[str] = Counter()
        for product in products:
            grown.update(self.grown.get(product, {}))
        causes_only = {name: grown[name] for name in CAUSES}
        if any(product not in self.years for product in products):
            return _Known(None, None, 0, causes_only)
        account = sum(self.years[product][_DECLARED] for product in products)
        whole = sum(self.years[product][_TOTAL] for product in products)
        held = grown[BASE] - whole if self.grown else 0
        return _Known(account, whole - account, held, causes_only)


def _by_product(columns: Columns, name: str) -> dict[str, dict[str, int]]:
    """Return whole cents by product and part."""
    found: dict[str, dict[str, int]] = {}
    values = (columns[each].tolist() for each in ("product", name, "mean") if columns)
    for product, part, mean in zip(*values, strict=True):
        found.setdefault(product, {})[part] = round(mean * SCALE)
    return found


def _row(
    ledger: Ledger, facts: _Facts, at: int, line: BudgetLine, is_net: bool, carried: int
) -> Reconciled:
    products, forecast = ledger.products(line), ledger.expected(line)
    if forecast is None:
        return Reconciled(
            at, products, line.amount, None, None, _some({NOT_FORECAST: -line.amount})
        )
    known = facts.of(products)
    difference = forecast - line.amount
    if is_net:
        parts = {NET: difference}
    else:
        parts = {NOT_FORECAST: -carried} | _way(known, line.amount - carried, forecast)
    return Reconciled(at, products, line.amount, forecast, known.account, _some(parts))


def _way(known: _Known, budget: int, forecast: int) -> dict[str, int]:
    """Return the way from a budget over the account to the forecast, with what is left."""
    if known.account is None or known.to_come is None:
        return {REST: forecast - budget}
    steps = {ACCOUNT: known.account - budget, COMPLETION: known.to_come, HELD: known.held}
    steps |= known.grown
    return steps | {REST: forecast - budget - sum(steps.values())}


def _without_line(
    ledger: Ledger, facts: _Facts, year: int, rows: Sequence[Reconciled]
) -> Iterator[Reconciled]:
    """Yield the products that are forecast and that no line pays for."""
    paid = {product for row in rows for product in row.products}
    for product in ledger.products(BudgetLine(year, TOTAL, None, 0)):
        forecast = ledger.expected(BudgetLine(year, PRODUCT, product, 0))
        if product not in paid and forecast is not None:
            account = facts.of((product,)).account
            yield Reconciled(
                None, (product,), 0, forecast, account, _some({NOT_BUDGETED: forecast})
            )


def _sum(rows: Sequence[Reconciled]) -> Reconciled:
    parts: Counter[str] = Counter()
    for row in rows:
        parts.update(row.parts)
    products = tuple(sorted({product for row in rows for product in row.products}))
    forecasts = [row.forecast for row in rows if row.forecast is not None]
    accounts = [row.account for row in rows if row.forecast is not None]
    known = [account for account in accounts if account is not None]
    return Reconciled(
        None,
        products,
        sum(row.budget for row in rows),
        sum(forecasts) if forecasts else None,
        sum(known) if known and len(known) == len(accounts) else None,
        _some(parts),
    )


def _some(parts: Mapping[str, int]) -> dict[str, int]:
    return {name: parts[name] for name in PARTS if parts.get(name)}


def _rounded_to(amounts: Sequence[int]) -> int:
    """Return the largest unit of which every amount is a whole number; one cent where none is."""
    some = [amount for amount in amounts if amount]
    return next((unit for unit in _UNITS if some and all(one % unit == 0 for one in some)), 1)
