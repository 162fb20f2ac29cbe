"""What a comparison of two editions tells, for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from models.comparison import Comparison
from models.comparison_verdict import Row
from models.hierarchy import REPORTED_LEVELS

_SAYS = {
    "wins": "NEW WINS",
    "same": "THE SAME: new counts as the recipe of old",
    "worse": "NEW IS WORSE",
    "undecided": "UNDECIDED: new does not win",
}
_WORST = 8  # products shown


def comparison_lines(result: Comparison, old: str, new: str) -> Iterator[str]:
    """Say old beside new: per measure and level, then the products that differ most."""
    yield f"old  {old}"
    yield f"new  {new}"
    days = ", ".join(day.isoformat() for day in result.origins) or "none"
    yield f"{len(result.origins)} common origins: {days}"
    yield (
        f"{result.rows} yearly sums in common; {result.revised} left out because their actual was "
        f"revised, {result.old_only} only in old, {result.new_only} only in new"
    )
    yield ""
    yield (
        f"{'':<30} {'WAPE %':>21}   {'pinball %':>13}   {'bias %':>13}   {'in 80 % band':>13}   "
        f"{'pinball':>7} {'by noise':>8}"
    )
    yield (
        f"{'measure, level':<30} {'old':>6} {'new':>6} {'naive':>7}   {'old':>6} {'new':>6}   "
        f"{'old':>6} {'new':>6}   {'old':>6} {'new':>6}   {'new/old':>7} {'alone':>8}"
    )
    order = {level: at for at, level in enumerate(reversed(REPORTED_LEVELS))}
    whole = [row for row in result.table if row.product == "all"]
    for row in sorted(whole, key=lambda row: (row.measure, order.get(row.level, 0))):
        yield _line(f"{row.measure}, {row.level}", row)
    single = [row for row in result.table if row.product != "all"]
    apart = sorted(single, key=lambda row: -abs(math.log(max(row.ratio, 1e-9))))
    if apart:
        yield f"the {min(_WORST, len(apart))} of {len(apart)} products that differ most:"
    for row in apart[:_WORST]:
        yield _line(f"{row.measure}, {row.product}", row)
    yield ""
    yield f"{_SAYS[result.verdict]}"
    yield from (f"  - {reason}" for reason in result.reasons)


def comparison_json(result: Comparison, old: str, new: str) -> dict[str, Any]:
    """Return a comparison as JSON values; what is not known is null."""
    told = asdict(result) | {"origins": [day.isoformat() for day in result.origins]}
    plain: dict[str, Any] = _known({"old": old, "new": new} | told)
    return plain


def _line(name: str, row: Row) -> str:
    old, new = row.old, row.new
    shares = "".join(f" {_percent(100 * said['coverage']):>6}" for said in (old, new))
    return (
        f"{name[:30]:<30} {_percent(old['wape']):>6} {_percent(new['wape']):>6} "
        f"{_percent(row.baseline):>7}   {_percent(old['pinball']):>6} {_percent(new['pinball']):>6}"
        f"   {_percent(old['bias']):>6} {_percent(new['bias']):>6}  {shares}   {row.ratio:>7.3f} "
        f"{_share(row.chance):>8}"
    )


def _percent(value: float) -> str:
    return f"{value:.1f}" if math.isfinite(value) else "-"


def _share(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "-"


def _known(value: Any) -> Any:  # noqa: ANN401 (a JSON value)
    if isinstance(value, dict):
        return {name: _known(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_known(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
