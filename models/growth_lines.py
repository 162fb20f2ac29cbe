"""Growth lines as a Dutch budget writes them: per task field and cause, in thousands of euros.

Each line is the difference of a budget year from the base year, negative where it is adverse
(nadelig: more cost). It stands under the task field that holds in the first budget year and tells
its numbering in the others. The thousands add up: causes to their task field, task fields to their
domain, domains to the grand total; the total of a cause is the sum of its lines. Bands come from
the joint sample paths and are not rounded; they do not add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np

from models.asking import Selection
from models.cause_sums import CauseSums, cause_sums
from models.cube import SCALE, Ints
from models.drivers import CAUSES, PRICE_BASE
from models.edition import Edition
from models.errors import ParameterFault, SelectionError
from models.labels import CAUSES as LABELS
from models.left_out import LeftOut, left_out
from models.rounding import nearest, shared_out
from models.summing import quantiles
from models.taakvelden import JEUGD, UNASSIGNED, WMO, TaskField, taakveld_in

__all__ = [
    "CAUSE_LABELS",
    "TOTAL",
    "GrowthLine",
    "GrowthLines",
    "TaskFields",
    "growth_lines",
]

TOTAL = "total"
CAUSE_LABELS = LABELS
THOUSAND = 1000 * SCALE  # hundredths in EUR 1,000
_DOMAIN_ORDER = (WMO, JEUGD)


@dataclass(frozen=True)
class TaskFields:
    """The task field of a line, which may be numbered otherwise in a later year.

    Attributes:
        domain: Wmo, Jeugd, or unknown.
        code: in the first budget year; None = not placed.
        label: Dutch name in the first budget year.
        codes: per budget year what its products fall in, ``niet ingedeeld`` included.
        certain: every product is placed without a doubt in every year.
        reasons: how the products were placed, Dutch; where there is doubt, that of the doubt only.
    """

    domain: str
    code: str | None
    label: str
    codes: tuple[tuple[str, ...], ...]
    certain: bool
    reasons: tuple[str, ...]

    @property
    def name(self) -> str:
        """Code and label as a budget prints them."""
        return f"{self.code} {self.label}" if self.code else self.label


@dataclass(frozen=True)
class GrowthLine:
    """One line; negative = adverse.

    Attributes:
        kind: ``line``, or the sum it is: ``task_field``, ``domain``, ``cause`` (over all task
            fields) or ``total``.
        domain: Wmo, Jeugd or unknown; empty in sums over domains.
        field: None in sums over task fields.
        cause: of ``models.drivers.CAUSES``, or ``total``.
        thousands: per budget year, whole EUR 1,000; these add up.
        mean: per budget year in EUR, not rounded; likewise p10 and p90. With a chance of 10 % it
            will be more adverse than p10.
    """

    kind: str
    domain: str
    field: TaskFields | None
    cause: str
    thousands: tuple[int, ...]
    mean: tuple[float, ...]
    p10: tuple[float, ...]
    p90: tuple[float, ...]

    def text(self) -> str:
        """Return the line in words, such as 'Wmo 6.711 Hulp bij het huishouden: bevolking'."""
        place = " ".join(part for part in (self.domain, self.field and self.field.name) if part)
        return f"{place or 'Totaal'}: {CAUSE_LABELS[self.cause]}"


@dataclass(frozen=True)
class GrowthLines:
    """The growth lines of a selection.

    Attributes:
        edition_id: of which edition.
        as_of: the day as of which its data was known.
        base_year: the year from which growth is counted.
        asked: how many budget years were asked.
        years: the budget years; fewer when the edition does not reach further.
        price_base: of the amounts.
        base: cost of the base year in EUR, of all that is in the lines.
        lines: per domain and task field the causes and their total, then the domain's total; last
            the totals per cause and the grand total.
        left_out: products of which (a part) has no growth, and why.
    """

    edition_id: str
    as_of: date
    base_year: int
    asked: int
    years: tuple[int, ...]
    price_base: str
    base: float
    lines: tuple[GrowthLine, ...]
    left_out: tuple[LeftOut, ...]


def growth_lines(edition: Edition, selection: Selection, years: int = 4) -> GrowthLines:
    """Return the growth of a selection as lines of a budget.

    Args:
        edition: an opened edition.
        selection: filters; its measure must be cost. What is kept apart, frequency, bands and the
            bounds in time are not used.
        years: budget years after the as-of year.

    Raises:
        SelectionError: the question has no honest answer; with every fault.
    """
    as_of = date.fromisoformat(str(edition.manifest["as_of"]))
    if selection.measure != "cost":
        fault = ParameterFault("measure", selection.measure, "is no amount of money", ("cost",))
        raise SelectionError(str(fault), [fault])
    budget = _budget_years(edition, as_of, years)
    fields = {str(row["product"]): _fields_of(row, budget) for row in edition.products}
    keys = {product: _key(found[0]) for product, found in fields.items()}
    sums = cause_sums(edition, selection, keys)
    if not sums.groups:
        fault = ParameterFault("product", None, "nothing that is selected has a forecast of cost")
        raise SelectionError(str(fault), [fault])
    places = [_line_fields([fields[product] for product in group]) for group in sums.products]
    return GrowthLines(
        edition_id=edition.edition_id,
        as_of=as_of,
        base_year=sums.base_year,
        asked=years,
        years=budget,
        price_base=PRICE_BASE,
        base=float(sums.base.sum(axis=0).mean() / SCALE),
        lines=tuple(_Lines(sums, places, budget, _causes(edition, sums)).all()),
        left_out=left_out(edition, selection),
    )


def _budget_years(edition: Edition, as_of: date, asked: int) -> tuple[int, ...]:
    there = [int(year) for year in edition.manifest.get("drivers", {}).get("years", ())]
    found = tuple(year for year in sorted(there) if year > as_of.year)[: max(asked, 0)]
    if not found:
        reach = f"the edition splits {', '.join(map(str, there)) or 'no year'}"
        fault = ParameterFault("years", str(asked), f"no budget year after {as_of.year}: {reach}")
        raise SelectionError(str(fault), [fault])
    return found


def _fields_of(product: Mapping[str, str | None], years: Sequence[int]) -> list[TaskField]:
    delivered, law, category = (product.get(name) for name in ("taakveld", "law", "category"))
    return [taakveld_in(delivered, law, category, year) for year in years]


def _key(field: TaskField) -> str:
    """Return a key that sorts as a budget does: Wmo, Jeugd, else; what is not placed last."""
    order = [at for at, domain in enumerate(_DOMAIN_ORDER) if domain == field.domain]
    place = order[0] if order else len(_DOMAIN_ORDER)
    return f"{place} {field.domain}|{field.code is None:d}|{field.code}"


def _line_fields(products: Sequence[Sequence[TaskField]]) -> TaskFields:
    """Lay together the task fields of the products of a line, which share that of the first year.

    Args:
        products: per product its task field in each budget year.
    """
    first = products[0][0]
    every = [field for product in products for field in product]
    codes = tuple(
        tuple(sorted({product[at].code or UNASSIGNED for product in products}))
        for at in range(len(products[0]))
    )
    certain = all(field.certain for field in every)
    told = (field.reason for field in every if certain or not field.certain)
    reasons = tuple(dict.fromkeys(told))
    return TaskFields(first.domain, first.code, first.label, codes, certain, reasons)


def _causes(edition: Edition, sums: CauseSums) -> tuple[str, ...]:
    """Return the causes that are shown: policy only where events were delivered."""
    told = any(
        str(part.get("file", "")).startswith("policy_events") and part.get("rows")
        for part in edition.manifest.get("inputs", ())
    )
    policy = told or bool(sums.growth[:, :, CAUSES.index("policy")].any())
    return tuple(cause for cause in CAUSES if policy or cause != "policy")


class _Lines:
    """Makes the lines from the sums of their task fields, in the order of a budget."""

    def __init__(
        self,
        sums: CauseSums,
        fields: Sequence[TaskFields],
        years: Sequence[int],
        causes: Sequence[str],
    ) -> None:
        self.fields, self.causes = fields, causes
        at = [sums.years.index(year) for year in years]
        slots = [CAUSES.index(cause) for cause in causes]
        self.adverse = -sums.growth[:, at][:, :, slots]  # fields, years, causes, draws
        self.exact = self.adverse.sum(axis=-1)  # hundredths times draws
        self.unit = THOUSAND * self.adverse.shape[-1]
        self.domains = [
            (domain, [number for number, _ in members])
            for domain, members in groupby(enumerate(fields), key=lambda pair: pair[1].domain)
        ]
        per_year = [self._rounded(year) for year in range(len(years))]
        self.rounded = np.array(per_year, dtype=np.int64).reshape(len(years), *self._shape())

    def _shape(self) -> tuple[int, int]:
        return len(self.fields), len(self.causes)

    def _rounded(self, year: int) -> list[list[int]]:
        """Return the thousands of a year, task fields by causes: rounded from the top down."""
        cells: list[list[int]] = self.exact[:, year].tolist()
        of_field = [sum(cell) for cell in cells]
        of_domain = [sum(of_field[at] for at in members) for _, members in self.domains]
        total = nearest(sum(of_domain), self.unit)
        found: list[list[int]] = []
        wholes = shared_out(total, of_domain, self.unit)
        for (_, members), whole in zip(self.domains, wholes, strict=True):
            parts = shared_out(whole, [of_field[at] for at in members], self.unit)
            found += [
                shared_out(part, cells[at], self.unit)
                for at, part in zip(members, parts, strict=True)
            ]
        return found

    def all(self) -> Iterator[GrowthLine]:
        """Yield every line."""
        every = list(range(len(self.fields)))
        for domain, members in self.domains:
            for at in members:
                field = self.fields[at]
                for cause in self.causes:
                    yield self._line("line", domain, field, [at], cause)
                yield self._line("task_field", domain, field, [at], TOTAL)
            yield self._line("domain", domain, None, members, TOTAL)
        for cause in self.causes:
            yield self._line("cause", "", None, every, cause)
        yield self._line("total", "", None, every, TOTAL)

    def _line(
        self, kind: str, domain: str, field: TaskFields | None, rows: list[int], cause: str
    ) -> GrowthLine:
        slots = [at for at, name in enumerate(self.causes) if cause in (name, TOTAL)]
        thousands = self.rounded[:, rows][:, :, slots].sum(axis=(1, 2))
        drawn: Ints = self.adverse[rows][:, :, slots].sum(axis=(0, 2))  # years, draws
        mean = drawn.mean(axis=-1) / SCALE
        low, high = (figure / SCALE for figure in quantiles(drawn, (0.1, 0.9)))
        p10, p90 = (tuple(np.round(figure, 9).tolist()) for figure in (low, high))
        amounts = tuple(thousands.tolist())
        return GrowthLine(kind, domain, field, cause, amounts, tuple(mean.tolist()), p10, p90)
