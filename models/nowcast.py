"""Completes recent service months: what was declared, and what is still to be declared.

Three sources say what a month will come to, each in logarithms and with its own errors in past
months: the chain ladder (declared so far over the share usually declared by then), the level and
season of months that are complete, and what was allocated times the share that is normally used.
They are weighted by the covariance of those errors at the same delay: precision weights that know
that two sources may miss together (Bornhuetter-Ferguson credibility is the case of two sources
without covariance). The band is what the weighted sources missed in past months, widened for how
few those are, and widened where the sources disagree more than they used to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from models.catalogue import Frequency, ordinals
from models.completed import Completed
from models.completion import Municipality
from models.development import develop, triangle_of
from models.granted import granted_by

__all__ = ["Z80", "Completed", "complete", "rolling"]

Z80 = 1.2815515655446004  # P90 of the standard normal distribution
_KEY = ["municipality", "product", "service_month"]


def complete(
    declarations: pd.DataFrame, allocations: pd.DataFrame, at: int
) -> dict[tuple[str, str], Completed]:
    """Complete the service months that are still being declared.

    Args:
        declarations: the panel's table, cost in whole cents.
        allocations: the panel's table, may be empty; rows of districts and of the municipality are
            added up.
        at: ordinal of the month at whose end is looked; what was declared or allocated for later is
            left out.

    Returns:
        Per municipality and product the open months, up to ``at``; a product that declares at once
        has none and is left out, as one that has ended.
    """
    result: dict[tuple[str, str], Completed] = {}
    known = ordinals(declarations["declared_period"].to_numpy(), Frequency.MONTH) <= at
    known &= ordinals(declarations["service_period"].to_numpy(), Frequency.MONTH) <= at
    for name, rows in declarations[known].groupby("municipality", sort=True):
        granted = allocations[allocations["municipality"] == name]
        triangle = triangle_of(rows, at)
        own = Municipality(develop(triangle), granted_by(granted, triangle.first, at))
        result |= {(str(name), product): months for product, months in own.completed().items()}
    return result


def rolling(
    declarations: pd.DataFrame,
    allocations: pd.DataFrame,
    ats: Sequence[int],
    delays: Sequence[int] = (1, 2, 3, 4),
) -> pd.DataFrame:
    """Complete as at the end of earlier months, beside what the months came to.

    Args:
        declarations: the panel's table, with what was declared later.
        allocations: the panel's table.
        ats: ordinals of the months at whose end is looked.
        delays: which months are taken: 1 = the month before ``at``, seen after one month.

    Returns:
        One row per municipality, product, service month and delay: ``municipality, product,
        service_month`` (ordinal), ``delay, declared_cents, completed_cents, p10_cents, p90_cents,
        log_sd, share, method, final_cents``. Only months that are complete by the end of the
        declarations: later than the product's longest delay on record.
    """
    rows = [
        row
        for at in ats
        for key, months in complete(declarations, allocations, at).items()
        for row in _rows(key, months, at, delays)
    ]
    columns = [*_KEY, "delay", "declared_cents", "completed_cents", "p10_cents", "p90_cents"]
    said = pd.DataFrame(rows, columns=[*columns, "log_sd", "share", "method"])
    found: pd.DataFrame = said.merge(outcomes(declarations), on=_KEY, how="inner")
    return found


def outcomes(declarations: pd.DataFrame) -> pd.DataFrame:
    """Return what service months came to, those that are complete by the end of the declarations.

    Returns:
        Columns ``municipality, product, service_month`` (ordinal) and ``final_cents``.
    """
    own = declarations[["municipality", "product", "cost_cents"]].copy()
    own["service_month"] = ordinals(declarations["service_period"].to_numpy(), Frequency.MONTH)
    declared = ordinals(declarations["declared_period"].to_numpy(), Frequency.MONTH)
    own["delay"] = declared - own["service_month"]
    longest = own.groupby(["municipality", "product"])["delay"].transform("max")
    own = own[(own["service_month"] + longest).to_numpy() <= declared.max(initial=0)]
    sums: pd.DataFrame = own.groupby(_KEY)[["cost_cents"]].sum().reset_index()
    return sums.rename(columns={"cost_cents": "final_cents"})


def _rows(
    key: tuple[str, str], months: Completed, at: int, delays: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    low, high = months.quantile(-Z80), months.quantile(Z80)
    for delay in delays:
        place = at - delay - months.first
        if 0 <= place < len(months.share):
            amounts = (months.completed_cents, low, high, months.log_sd, months.share)
            figures = (float(amount[place]) for amount in amounts)
            declared = int(months.declared_cents[place])
            yield (*key, at - delay, delay, declared, *figures, months.method[place])
