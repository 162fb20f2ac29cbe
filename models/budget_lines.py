"""Lines of a budget held against an edition: what each must pay, and what the set needs together.

A line is of a product, of a task field (all products that fall in it in that year), or of the
whole municipality. What no product of the edition falls under is carried along: it counts as spent
exactly as budgeted, so that totals tie with the ledger, and has no chance of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.asking import Selection
from models.budget import Cushion, Line, Weighed, cushion, together, weigh
from models.catalogue import Frequency, ordinal
from models.cube import Ints
from models.edition import Edition
from models.scenario import Totals, totals
from models.summing import quantiles
from models.taakvelden import taakveld_in

__all__ = ["PRODUCT", "SUM", "TAAKVELD", "TOTAL", "BudgetLine", "Held", "Ledger"]

PRODUCT, TAAKVELD, TOTAL, SUM = "product", "taakveld", "total", "sum"
_LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class BudgetLine:
    """One line of a budget.

    Attributes:
        year: of the budget.
        scope: product, taakveld or total.
        code: of the product or the task field; None of a total.
        amount: whole cents.
    """

    year: int
    scope: str
    code: str | None
    amount: int


@dataclass(frozen=True)
class Held:
    """A line, or a sum of lines, held against an edition; money in whole cents.

    Attributes:
        line: its number; None of a sum.
        year: None of a sum over years.
        amount: what is budgeted.
        weighed: None where the edition does not say what must be paid.
        band: p10, p50 and p90 of what must be paid; cents, not rounded; None as weighed.
        account: what was paid, where all of it is known.
        apart: of a sum, what cushions of each line alone would add up to.
        carried: of a sum, how many of its lines are carried along without a forecast.
    """

    line: int | None
    year: int | None
    amount: int
    weighed: Weighed | None = None
    band: tuple[float, float, float] | None = None
    account: int | None = None
    apart: int | None = None
    carried: int = 0


class Ledger:
    """The lines of one municipality beside an edition.

    Args:
        edition: an opened edition.
        municipality: its code.
        lines: of the budget.
    """

    def __init__(self, edition: Edition, municipality: str, lines: Sequence[BudgetLine]) -> None:
        self._edition, self._municipality = edition, municipality
        self.lines = tuple(lines)
        series = edition.series
        mine = series["municipality"] == municipality
        there = {str(product) for product in series["product"][mine]}
        self._products = [row for row in edition.products if row["product"] in there]
        self._totals: dict[tuple[str, ...], Totals | None] = {}

    def products(self, line: BudgetLine) -> tuple[str, ...]:
        """Return the products that a line pays for, sorted."""
        return tuple(sorted(str(row["product"]) for row in self._products if _falls_in(row, line)))

    def expected(self, line: BudgetLine) -> int | None:
        """Return the mean of what a line must pay, in whole cents."""
        draws = self._draws(line)
        return None if draws is None else round(float(draws[0].mean()))

    def held(self, certainty: float) -> Iterator[Held]:
        """Yield the lines in order, then the sum of each year, then that of all years.

        A year with a line for the whole municipality is summed by that line alone, for the others
        of the year are in it.

        Raises:
            ValueError: no such certainty.
        """
        found = [self._draws(line) for line in self.lines]
        for at, line in enumerate(self.lines):
            yield self._held(at, line, found[at], certainty)
        years = sorted({line.year for line in self.lines})
        counted: list[int] = []
        for year in years:
            mine = [at for at, line in enumerate(self.lines) if line.year == year]
            whole = [at for at in mine if self.lines[at].scope == TOTAL]
            counted += whole or mine
            yield self._sum(year, whole or mine, found, certainty)
        if len(years) > 1:
            yield self._sum(None, counted, found, certainty)

    def _held(
        self, at: int, line: BudgetLine, found: tuple[Ints, bool] | None, certainty: float
    ) -> Held:
        if found is None:
            return Held(at, line.year, line.amount)
        draws, known = found
        account = int(draws[0]) if known else None
        weighed = weigh(Line(line.amount, draws), certainty)
        return Held(at, line.year, line.amount, weighed, _band(draws), account)

    def _sum(
        self,
        year: int | None,
        members: Sequence[int],
        found: Sequence[tuple[Ints, bool] | None],
        certainty: float,
    ) -> Held:
        amount = sum(self.lines[at].amount for at in members)
        there = [at for at in members if found[at] is not None]
        carried = len(members) - len(there)
        if not there:
            return Held(None, year, amount, carried=carried)
        lines = [Line(self.lines[at].amount, part[0]) for at in there if (part := found[at])]
        needs: Cushion = cushion(lines, certainty)
        whole = together(lines)
        rest = amount - whole.amount
        all_of_it = Line(amount, whole.draws + rest)
        known = all(part[1] for at in there if (part := found[at]))
        account = int(all_of_it.draws[0]) if known and not carried else None
        weighed = weigh(all_of_it, certainty)
        band = _band(all_of_it.draws)
        return Held(None, year, amount, weighed, band, account, needs.apart, carried)

    def _draws(self, line: BudgetLine) -> tuple[Ints, bool] | None:
        """Return what a line must pay in each path, and whether it is known; None = not said."""
        products = self.products(line)
        if not products:
            return None
        if products not in self._totals:
            asked = Selection(
                "cost",
                (self._municipality,),
                products,
                by=(),
                frequency=Frequency.YEAR.value,
                start=date(min(one.year for one in self.lines), 1, 1),
                end=date(max(one.year for one in self.lines), 1, 1),
            )
            there = "cost" in self._edition.tracks
            self._totals[products] = totals(self._edition, asked) if there else None
        found = self._totals[products]
        if found is None:
            return None
        at = ordinal(date(line.year, 1, 1), Frequency.YEAR) - found.periods.first
        if not 0 <= at < found.periods.steps or not found.given[at]:
            return None
        return found.base[at], not found.forecast[at]


def _falls_in(product: dict[str, str | None], line: BudgetLine) -> bool:
    if line.scope == TOTAL:
        return True
    if line.scope == PRODUCT:
        return product["product"] == line.code
    delivered, law, category = (product.get(name) for name in ("taakveld", "law", "category"))
    return taakveld_in(delivered, law, category, line.year).code == line.code


def _band(draws: Ints) -> tuple[float, float, float]:
    low, middle, high = (float(value) for value in quantiles(draws.copy(), _LEVELS))
    return low, middle, high
