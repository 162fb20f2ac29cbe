"""Two editions compared on what both were asked: the same rolling origins, targets and actuals.

Nothing is trained anew: an edition carries what it would have said from each origin
(``origins.parquet``). Rows whose actual was revised in between are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models import accuracy
from models.comparison_verdict import Judged, Row, Rules, Verdict, sign_flip
from models.origin_rows import Pair, common

Array = npt.NDArray[np.float64]

_EXACT_PERCENT = 0.05  # a loss below which nobody sees a difference
_SAME_ACTUAL = 1e-6  # relative: a revision, however small, is larger


@dataclass(frozen=True)
class Comparison:
    """Old against new.

    Attributes:
        verdict: wins / same / worse / undecided, said of new.
        reasons: why, in sentences.
        ratio: pinball of new over old, mean over measures and levels; NaN without common rows.
        chance: how often noise alone would show that.
        origins: last days of the common origins.
        rows, revised, old_only, new_only: common rows, those left out because their actual was
            revised, and those that only one of the two has.
        table: rows per measure and level, then per measure and product.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    ratio: float
    chance: float
    origins: tuple[date, ...]
    rows: int
    revised: int
    old_only: int
    new_only: int
    table: tuple[Row, ...]


def compare(old: pa.Table, new: pa.Table, rules: Rules | None = None) -> Comparison:
    """Compare two tables of `models.origin_rows.ORIGINS_SCHEMA` and judge the new one.

    Args:
        old: of the champion.
        new: of the challenger.
        rules: when the new one wins.
    """
    rules = rules or Rules()
    both = common(old, new)
    equal = np.abs(both.old["actual"] - both.new["actual"]) <= _SAME_ACTUAL * np.abs(
        both.old["actual"]
    )
    pair = both.where(equal)
    counts = {
        "rows": len(pair),
        "revised": int((~equal).sum()),
        "old_only": old.num_rows - len(both),
        "new_only": new.num_rows - len(both),
    }
    days = np.unique(pair.words["origin"])
    cells = [(measure, level, pair.at(measure, level)) for measure, level in pair.cells()]
    table = [_row(measure, level, "all", cell, days) for measure, level, cell in cells]
    shifts = {
        (measure, level): _shift(cell.old, cell.words["origin"], cell.new, days)
        for measure, level, cell in cells
    }
    judged = Judged(rules, pair, table, shifts)
    verdict, reasons = judged.verdict()
    return Comparison(
        verdict=verdict,
        reasons=tuple(reasons),
        ratio=judged.ratio,
        chance=judged.chance,
        origins=tuple(date.fromisoformat(str(day)) for day in days),
        table=(*table, *_products(pair, days)),
        **counts,
    )


def _row(measure: str, level: str, product: str, cell: Pair, days: npt.NDArray[Any]) -> Row:
    old, new = _scores(cell.old), _scores(cell.new)
    shift = _shift(cell.old, cell.words["origin"], cell.new, days)
    return Row(
        measure=measure,
        level=level,
        product=product,
        rows=len(cell),
        origins=len(np.unique(cell.words["origin"])),
        old=old,
        new=new,
        baseline=accuracy.wape(cell.new["actual"], cell.new["baseline"]),
        ratio=1 + float(shift.sum()),
        chance=sign_flip(shift[shift != 0]),
    )


def _scores(said: dict[str, Array]) -> dict[str, float]:
    was, low, high = said["actual"], said["p10"], said["p90"]
    return {
        "wape": accuracy.wape(was, said["mean"]),
        "pinball": accuracy.scaled_pinball(was, low, said["p50"], high),
        "bias": accuracy.bias(was, said["mean"]),
        "coverage": accuracy.coverage(was, low, high),
    }


def _products(pair: Pair, days: npt.NDArray[Any]) -> Iterator[Row]:
    at_products = pair.where(pair.words["level"] == "product")
    names = zip(*(at_products.words[name].tolist() for name in ("measure", "product")), strict=True)
    for measure, product in sorted(set(names)):
        words = at_products.words
        own = at_products.where((words["measure"] == measure) & (words["product"] == product))
        yield _row(measure, "product", product, own, days)


def _shift(
    old: dict[str, Array], origin: npt.NDArray[Any], new: dict[str, Array], days: npt.NDArray[Any]
) -> Array:
    """Return by how much the loss of new differs per origin, shape (origins,).

    As a share of the whole loss of old, so that one plus the sum is the ratio of the two.
    """
    at = np.searchsorted(days, origin)
    per_origin = [np.bincount(at, _losses(said), minlength=len(days)) for said in (old, new)]
    scale = float(np.abs(old["actual"]).sum())
    least = _EXACT_PERCENT / 100 * scale
    total = float(per_origin[0].sum()) + least
    difference = per_origin[1] - per_origin[0]
    return np.asarray(difference / total if total > 0 else np.zeros(len(days)))


def _losses(said: dict[str, Array]) -> Array:
    """Twice the mean quantile loss per row, in the unit of the figures."""
    losses = []
    for name, level in zip(("p10", "p50", "p90"), accuracy.PINBALL_LEVELS, strict=True):
        error = said["actual"] - said[name]
        losses.append(np.maximum(level * error, (level - 1) * error))
    return np.asarray(2 * np.mean(losses, axis=0))
