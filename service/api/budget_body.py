"""A budget as it is sent and given back, and every check of what is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from models.budget_lines import PRODUCT, TAAKVELD, TOTAL, BudgetLine, Ledger
from models.taakvelden import valid_in
from service.api.bodies import Body, Cents, Day, Line, Sent, SentCode, Year
from service.api.kept import KeptMeta, KeptRow, row_of, share_of
from service.context import served_editions
from service.state.kept import Kept

MOST_LINES = 1_000
# An amount in thousands is a thousandth of what is expected; a budget never misses by that much.
_THOUSANDS = (200, 5_000)
_SMALL = 100_000_00  # cents; of less than this, a thousandth proves nothing
SCOPES = (PRODUCT, TAAKVELD, TOTAL)


class BudgetLineBody(Body):
    """One line of a budget: exactly one of product, taakveld and total."""

    year: Year = Field(description="Begrotingsjaar.")
    amount_eur: Cents = Field(
        description="Bedrag in euro's (niet in duizenden), met hoogstens twee decimalen."
    )
    product: SentCode | None = Field(None, description="Product (code van /products).")
    taakveld: SentCode | None = Field(
        None, description="Iv3-taakveld, in de indeling van dat jaar, zoals 6.711."
    )
    total: bool = Field(False, description="true: het totaal van de gemeente in dat jaar.")
    basis: Literal["gross", "net"] = Field(
        "gross", description="gross: bruto kosten, zoals de raming; net: na aftrek van inkomsten."
    )
    label: Line | None = Field(None, description="Naam van de regel in de begroting.")


class BudgetBody(Body):
    """A budget of one municipality."""

    municipality: SentCode = Field(description="Gemeente (code).")
    name: Line = Field(description="Naam, zoals 'Programmabegroting 2026-2029'.")
    version: Annotated[Line, Field(max_length=100)] = Field(
        description="Welke versie, zoals primitief of 1e wijziging."
    )
    decided_on: Day | None = Field(
        None, description="Dag van het besluit; null als dat er nog niet is."
    )
    lines: list[BudgetLineBody] = Field(
        min_length=1, max_length=MOST_LINES, description="De regels."
    )
    amounts_confirmed: bool = Field(
        False, description="true: de bedragen zijn nagekeken, ook die verdacht klein lijken."
    )


class BudgetLineRow(BaseModel):
    """One line of a budget."""

    year: int = Field(description="Begrotingsjaar.")
    amount_eur: float = Field(description="Bedrag in euro's.")
    product: str | None = Field(description="Product (code), of null.")
    taakveld: str | None = Field(description="Iv3-taakveld, of null.")
    total: bool = Field(description="Of het het totaal van de gemeente is.")
    basis: Literal["gross", "net"] = Field(description="gross: bruto kosten; net: na inkomsten.")
    label: str | None = Field(description="Naam van de regel, of null.")


class BudgetAnswer(KeptRow):
    """A budget."""

    version: str = Field(description="Welke versie.")
    decided_on: date | None = Field(description="Dag van het besluit, of null.")
    lines: list[BudgetLineRow] = Field(description="De regels, zoals gestuurd.")


class BudgetsAnswer(BaseModel):
    """Budgets and what belongs to them."""

    meta: KeptMeta
    rows: list[BudgetAnswer]


def content_of(body: BudgetBody) -> dict[str, Any]:
    """Return a budget as it is kept."""
    return {
        "name": body.name,
        "version": body.version,
        "decided_on": body.decided_on,
        "lines": [
            {
                "year": line.year,
                "scope": _scope(line),
                "code": _code(line),
                "label": line.label,
                "basis": line.basis,
                "amount_cents": line.amount_eur,
            }
            for line in body.lines
        ],
    }


def answer_of(kept: Kept) -> dict[str, Any]:
    """Return a budget as it is given back."""
    decided = kept.content["decided_on"]
    about = {
        "version": kept.content["version"],
        "decided_on": None if decided is None else decided.isoformat(),
    }
    return row_of(kept) | about | {"lines": [_line(line) for line in kept.content["lines"]]}


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    scope, code = line["scope"], line["code"]
    return {
        "year": line["year"],
        "amount_eur": line["amount_cents"] / 100,
        "product": code if scope == PRODUCT else None,
        "taakveld": code if scope == TAAKVELD else None,
        "total": scope == TOTAL,
        "basis": line["basis"],
        "label": line["label"],
    }


def lines_of(content: Mapping[str, Any]) -> list[BudgetLine]:
    """Return the lines of a kept budget as the method knows them."""
    return [
        BudgetLine(line["year"], line["scope"], line["code"], line["amount_cents"])
        for line in content["lines"]
    ]


def check_budget(sent: Sent[BudgetBody]) -> None:
    """Add every fault of a budget: what a line is of, lines twice, and amounts in thousands."""
    body = sent.body
    if body is None:
        return
    for at, line in enumerate(body.lines):
        if len(_named(line)) != 1:
            sent.fault("one-of", f"/lines/{at}", allowed=SCOPES)
    if sent.faults:
        return
    _check_codes(sent, body)
    _check_twice(sent, body)
    if not sent.faults:
        _check_against_edition(sent, body)


def _named(line: BudgetLineBody) -> list[str]:
    given = (line.product is not None, line.taakveld is not None, line.total)
    return [scope for scope, named in zip(SCOPES, given, strict=True) if named]


def _scope(line: BudgetLineBody) -> str:
    return _named(line)[0]


def _code(line: BudgetLineBody) -> str | None:
    return line.taakveld.lower() if line.taakveld is not None else line.product


def _check_codes(sent: Sent[BudgetBody], body: BudgetBody) -> None:
    products = _products_of(body.municipality)
    for at, line in enumerate(body.lines):
        if line.product is not None and line.product not in products:
            place = f"/lines/{at}/product"
            sent.fault("unknown-value", place, line.product, allowed=tuple(sorted(products)))
        if line.taakveld is not None and not valid_in(line.taakveld, line.year):
            values = {"explanation": str(line.year)}
            sent.fault("unknown-taakveld", f"/lines/{at}/taakveld", line.taakveld, values=values)


def _products_of(municipality: str) -> set[str]:
    """Return the products of a municipality in any edition; the municipality was checked."""
    found: set[str] = set()
    for served in served_editions():
        series = served.edition.series
        mine = series["municipality"] == municipality
        found |= {str(code) for code in set(series["product"][mine].tolist())}
    return found


def _check_twice(sent: Sent[BudgetBody], body: BudgetBody) -> None:
    seen: dict[tuple[int, str, str | None], int] = {}
    for at, line in enumerate(body.lines):
        key = (line.year, _scope(line), _code(line))
        first = seen.setdefault(key, at)
        if first != at:
            told = " ".join(str(part) for part in key if part is not None)
            sent.fault(
                "line-twice", f"/lines/{at}", told, values={"explanation": f"/lines/{first}"}
            )


def _check_against_edition(sent: Sent[BudgetBody], body: BudgetBody) -> None:
    """Look for products within a task field, and for thousands, as far as an edition can tell."""
    share = share_of(body.municipality)
    if share is None:
        return
    lines = lines_of(content_of(body))
    ledger = Ledger(share.edition, body.municipality, lines)
    for at, product, field in _within(ledger, lines):
        values = {"explanation": field}
        sent.fault("line-within", f"/lines/{at}/product", product, values=values)
    if body.amounts_confirmed:
        return
    for at, line in enumerate(lines):
        expected = ledger.expected(line)
        if expected is not None and expected >= _SMALL and _is_thousandth(line.amount, expected):
            told = {"explanation": f"{expected // 100}"}
            value = f"{line.amount / 100:.2f}"
            sent.fault("in-thousands", f"/lines/{at}/amount_eur", value, values=told)


def _is_thousandth(amount: int, expected: int) -> bool:
    low, high = _THOUSANDS
    return amount * low < expected < amount * high


def _within(ledger: Ledger, lines: Sequence[BudgetLine]) -> Iterator[tuple[int, str, str]]:
    fields = [line for line in lines if line.scope == TAAKVELD]
    covered = {
        (line.year, product): str(line.code) for line in fields for product in ledger.products(line)
    }
    for at, line in enumerate(lines):
        field = covered.get((line.year, str(line.code)))
        if line.scope == PRODUCT and field is not None:
            yield at, str(line.code), field
