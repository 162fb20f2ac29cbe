"""What an attacker must be left with, and the quickest proof that he is.

Four hidden cells at the crossings of two products of one law and two districts can be raised and
lowered in turn without any sum showing it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.cube import Bools, Floats
from models.disclosure_table import Layout


@dataclass(frozen=True)
class Needs:
    """What an attacker must be left with, per node and year: (rows, columns, years).

    Attributes:
        value: the exact values, zero where there is nothing.
        runs: some series of the node runs in the year.
        up: how far above its value a hidden node must be possible.
        down: how far below.
    """

    value: Floats
    runs: Bools
    up: Floats
    down: Floats


def rectangles(layout: Layout, needs: Needs, hidden: Bools) -> tuple[Floats, Floats]:
    """Tell how far hidden cells move in rectangles of hidden cells within their law.

    A rectangle of two products and two districts changes no sum: a certificate that needs no
    search. Several that share a product or a district add up. Zero where there is none.

    Args:
        layout: the table.
        needs: its values.
        hidden: (rows, columns).

    Returns:
        How far up and how far down each cell can move at least: (rows, columns, years).
    """
    up, down = np.zeros(layout.shape), np.zeros(layout.shape)
    for law in range(len(layout.laws)):
        rows = np.flatnonzero(layout.law_of == law)
        for year in range(len(layout.years)):
            free = hidden[rows, :-1] & needs.runs[rows, :-1, year]
            value = np.where(free, needs.value[rows, :-1, year], 0.0)
            by_district = _moves(value, free)
            by_product = _moves(value.T, free.T)
            for found, one, other in zip((up, down), by_district, by_product, strict=True):
                found[rows, :-1, year] = np.maximum(one, other.T)
    return up, down


def _moves(value: Floats, free: Bools) -> tuple[Floats, Floats]:
    """Best set of rectangles per cell that share the second column: (rows, columns).

    Raising a cell lowers the other of its row by as much, and the others of its column together;
    lowering it lowers the others of the second column together.
    """
    up, down = np.zeros(value.shape), np.zeros(value.shape)
    both = value.T @ free.astype(float)  # (column, second): its cells that the second has too
    apart = ~np.eye(value.shape[1], dtype=np.bool_)
    for row in np.flatnonzero(free.any(axis=1)):
        own = value[row]
        allowed = apart & free[row] & free[row][:, None]
        beside = np.minimum(own, both - own[:, None])
        up[row] = np.where(allowed, beside, 0.0).max(axis=1, initial=0.0)
        opposite = both.T - own
        down[row] = np.where(allowed, opposite, 0.0).max(axis=1, initial=0.0)
    return up, down
