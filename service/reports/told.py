"""The explanation of a report in plain Dutch, written by ``models.explanation``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.asking import Selection
from models.explanation import Paragraph, explanation
from models.fact_finding import Source, exact, gather
from models.facts import BudgetFacts, Facts
from service.api.filters import OfEdition
from service.api.query import Asked
from service.api.scope import Share, earlier_shares
from service.reports.asking import Subject

__all__ = ["explained"]

SAME = 0.001  # of a figure: a budget whose lines expect that much more or less is of the same
Row = Mapping[str, Any]


def explained(subject: Subject, held: Sequence[Row]) -> dict[str, Paragraph]:
    """Return what is said about the figures of a report, by key of the paragraph.

    Args:
        subject: what the report is about.
        held: lines and sums of a budget held against the edition; empty without one.
    """
    asked = Selection("cost", (subject.municipality,), subject.products)
    before = _earlier(subject.share)
    facts = gather(
        _source(subject.share),
        asked,
        subject.years,
        None if before is None else _source(before),
    )
    facts = replace(facts, budget=_budget(facts, subject, held))
    return {part.key: part for part in explanation(facts)}


def _source(share: Share) -> Source:
    return replace(exact(share.edition), whole=share.is_whole)


def _earlier(share: Share) -> Share | None:
    """Return the edition before this one that the asker sees."""
    asked = Asked(OfEdition.model_construct(edition=None, as_of=None))
    return next(iter(earlier_shares(asked, [share], None)), None)


def _budget(facts: Facts, subject: Subject, held: Sequence[Row]) -> BudgetFacts | None:
    """Return the sum of the budget; None where its lines are not of all that is asked."""
    years = subject.years
    wanted = "all" if len(years) > 1 else str(years[0])
    row = next((r for r in held if r["scope"] == "sum" and r["year"] == wanted), None)
    whole = None if facts.figure is None else facts.figure.mean
    if row is None or whole is None or row["mean"] is None:
        return None
    carried = sum(r["budget_eur"] for r in held if r["scope"] != "sum" and r["mean"] is None)
    if abs(row["mean"] - carried - whole) > SAME * abs(whole):
        return None
    return BudgetFacts(
        amount=row["budget_eur"],
        expected=row["mean"],
        probability=row["probability_exceeded"],
        certainty=row["certainty"],
        covers=row["amount_eur"],
        cushion=row["cushion_eur"],
        shortfall=row["risk_eur"],
    )
