"""A kept budget beside the forecast on the overview: the lines that are about what is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.budget_lines import TOTAL, BudgetLine, Held, Ledger
from service.api.budget_body import lines_of
from service.api.budgets import kept_budgets
from service.pages.choices import Option
from service.pages.frame import Page
from service.pages.keeping import can_keep
from service.problems import InputFault
from service.state.kept import Kept

YEARS = 4  # of a multi-year budget
CERTAINTY = 0.8  # of the overview; the budget page has others


def beside(one: Page, products: Sequence[str]) -> dict[str, Any] | None:
    """Return a kept budget beside the forecast of the whole municipality; None for who sees none.

    The budget of the address, else the one that was changed last.

    Args:
        one: the page.
        products: codes of what is shown; empty = all.
    """
    if not one.is_exact or one.asked.query.district or "cost" not in one.seen.edition.tracks:
        return None
    kept = kept_budgets(one.municipality)
    chosen = _chosen(one, kept)
    if chosen is None:
        return {"name": None} if can_keep() else None
    lines = about(one, chosen, products)
    return {
        "id": chosen.id,
        "name": chosen.content["name"],
        "version": chosen.content["version"],
        "budgets": [Option(each.id, each.content["name"]) for each in kept],
        "rows": rows(one, lines),
        "part": _is_part(one, lines, products),
    }


def drawn_budget(shown: Mapping[str, Any] | None) -> dict[int, float]:
    """Return the amounts per year that a picture of all that is shown may hold; none of a part."""
    if not shown or not shown["name"] or shown["part"]:
        return {}
    return {row["year"]: row["amount"] for row in shown["rows"] if row["year"]}


def _chosen(one: Page, kept: Sequence[Kept]) -> Kept | None:
    wanted = one.asked.query.budget
    if wanted is None:
        return max(kept, key=lambda each: each.changed_at, default=None)
    found = next((each for each in kept if each.id == wanted), None)
    if found is None:
        known = tuple(each.id for each in kept)
        one.asked.faults.append(InputFault("unknown-value", "budget", wanted, known))
    return found


def about(one: Page, kept: Kept, products: Sequence[str]) -> list[BudgetLine]:
    """Return the lines of the coming years that are about some products and no others.

    Of all products these are all lines, those without a forecast too.
    """
    after = int(one.seen.edition.manifest["as_of"][:4])
    lines = [line for line in lines_of(kept.content) if after < line.year <= after + YEARS]
    if not products:
        return lines
    ledger, wanted = Ledger(one.seen.edition, one.municipality, lines), set(products)
    return [line for line in lines if (mine := set(ledger.products(line))) and mine <= wanted]


def rows(one: Page, lines: Sequence[BudgetLine]) -> list[Mapping[str, Any]]:
    """Return per year, and over all years, how lines together stand; amounts in euros."""
    ledger = Ledger(one.seen.edition, one.municipality, lines)
    sums = [held for held in ledger.held(CERTAINTY) if held.line is None]
    return [_row(held) for held in sums if held.weighed is not None]


def _row(held: Held) -> dict[str, Any]:
    found = held.weighed
    assert found is not None  # noqa: S101 - left out above
    return {
        "year": held.year,
        "amount": held.amount / 100,
        "mean": found.expected / 100,
        "gap": (found.expected - held.amount) / 100,
        "probability": found.probability,
        "effect": found.effect / 100,
        "risk": found.shortfall / 100,
        "carried": held.carried,
    }


def _is_part(one: Page, lines: Sequence[BudgetLine], products: Sequence[str]) -> bool:
    """Tell whether some of what is shown is paid for by no line, in any of the years."""
    if not lines:
        return False
    ledger = Ledger(one.seen.edition, one.municipality, lines)
    wanted = set(products) or set(ledger.products(BudgetLine(lines[0].year, TOTAL, None, 0)))
    paid: dict[int, set[str]] = {}
    for line in lines:
        paid.setdefault(line.year, set()).update(ledger.products(line))
    return any(not wanted <= mine for mine in paid.values())
