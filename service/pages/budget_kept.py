"""A kept budget as it was read: its lines, their sums, and which of them are forecast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.budget_lines import TOTAL, BudgetLine, Ledger
from service.access.roles import Role
from service.api.budget_body import lines_of
from service.api.budgets import found_budget
from service.api.figure_rows import product_labels
from service.pages.budget_upload import KEPT
from service.pages.frame import Page, page
from service.pages.question import KeptBudgetQuestion
from service.problems import InputFault
from service.state.kept import Kept

Values = dict[str, Any]


@page("budget_kept", KeptBudgetQuestion, path=KEPT, role=Role.CONTROLLER)
def budget_kept(one: Page) -> Mapping[str, Any]:
    """Return what the page about one kept budget shows."""
    if one.share is None:
        return {"kept": None}
    if one.asked.query.budget is None:
        one.asked.faults.append(InputFault("missing", "budget"))
        return {"kept": None}
    kept = found_budget(one.asked.query.budget, one.municipality)
    lines = rows(one, kept)
    return {"kept": kept, "lines": lines, "years": sums(lines)}


def rows(one: Page, kept: Kept) -> list[Values]:
    """Return each line with what is expected of it; None where it is carried along."""
    plain = lines_of(kept.content)
    ledger = Ledger(one.seen.edition, one.municipality, plain)
    names = product_labels(one.seen)
    return [
        {
            "year": line.year,
            "total": line.scope == TOTAL,
            "code": line.code,
            "label": _label(sent, line, names),
            "basis": sent["basis"],
            "amount": line.amount,
            "expected": ledger.expected(line),
        }
        for sent, line in zip(kept.content["lines"], plain, strict=True)
    ]


def _label(sent: Mapping[str, Any], line: BudgetLine, names: Mapping[str, str | None]) -> str:
    return str(sent["label"] or names.get(line.code or "") or line.code or "")


def sums(lines: list[Values]) -> list[Values]:
    """Return per year what was read: how many lines, their sum, and how a total ties with it.

    A year with a line for the whole municipality is that line; the others should add up to it.
    """
    found = []
    for year in sorted({line["year"] for line in lines}):
        mine = [line for line in lines if line["year"] == year]
        whole = [line["amount"] for line in mine if line["total"]]
        parts = [line["amount"] for line in mine if not line["total"]]
        carried = [line["amount"] for line in mine if line["expected"] is None]
        found.append(
            {
                "year": year,
                "count": len(mine),
                "sum": sum(whole or parts) / 100,
                "carried": len(carried),
                "carried_sum": sum(carried) / 100,
                "rest": (sum(whole) - sum(parts)) / 100 if whole and parts else None,
            }
        )
    return found
