"""Growth by cause of any set of products: added draw by draw, so that a sum has its own band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.asking import Selection, check, chosen_series
from models.cube import Ints
from models.drivers import CAUSES, read_causes
from models.edition import Edition

__all__ = ["CauseSums", "cause_sums"]


@dataclass(frozen=True, eq=False)
class CauseSums:
    """Growth by cause of groups of products.

    Attributes:
        groups: label of each group, sorted.
        products: those of each group that have growth, sorted.
        base_year: the year from which growth is counted.
        years: the later years.
        base: figure of the base year, (groups, draws), whole hundredths.
        growth: what each cause adds to it, (groups, years, causes, draws), whole hundredths.
    """

    groups: tuple[str, ...]
    products: tuple[tuple[str, ...], ...]
    base_year: int
    years: tuple[int, ...]
    base: Ints
    growth: Ints


def cause_sums(edition: Edition, selection: Selection, labels: Mapping[str, str]) -> CauseSums:
    """Add the growth by cause of all products that share a label.

    Args:
        edition: an opened edition.
        selection: measure and filters; what is kept apart and when are not used.
        labels: product -> label of its group.

    Raises:
        SelectionError: the question has no honest answer; with every fault.
        KeyError: a product of the selection has no label.
    """
    check(edition, selection)
    found = read_causes(edition, selection.measure)
    chosen = chosen_series(edition, selection)
    chosen = chosen[found.row[chosen] >= 0]
    products = edition.series["product"][chosen].tolist()
    mine = [labels[product] for product in products]
    groups = tuple(sorted(set(mine)))
    members = tuple(tuple(sorted({p for p in products if labels[p] == name})) for name in groups)
    draws = found.paths.shape[2]
    sums = np.zeros((len(groups), found.paths.shape[1], draws), dtype=np.int64)
    for series, label in zip(chosen.tolist(), mine, strict=True):
        sums[groups.index(label)] += found.paths[found.row[series]]
    growth = sums[:, 1:].reshape(len(groups), len(found.years), len(CAUSES), draws)
    return CauseSums(groups, members, found.base_year, found.years, sums[:, 0], growth)
