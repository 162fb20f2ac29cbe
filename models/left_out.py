"""Products of a selection that are not, or not wholly, in its growth: by name, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.asking import Selection
from models.cube import Ints
from models.drivers import read_causes
from models.edition import Edition

__all__ = ["LeftOut", "left_out"]


@dataclass(frozen=True)
class LeftOut:
    """A product without growth, wholly or in part.

    Attributes:
        product: code.
        label: its name, or its code.
        series: how many of its series have no growth.
        of: how many it has.
        reasons: why, as the edition says; may be empty.
    """

    product: str
    label: str
    series: int
    of: int
    reasons: tuple[str, ...]


def left_out(edition: Edition, selection: Selection) -> tuple[LeftOut, ...]:
    """Return the products of which some series of a selection have no growth, by code."""
    row = read_causes(edition, selection.measure).row
    chosen = _series(edition, selection)
    codes = edition.series["product"][chosen]
    found = []
    for product in edition.products:
        mine = chosen[codes == product["product"]]
        without = mine[row[mine] < 0]
        if len(without):
            why = _reasons(edition, selection.measure, product.get("reason"), without)
            code = str(product["product"])
            label = str(product.get("label") or code)
            found.append(LeftOut(code, label, len(without), len(mine), why))
    return tuple(sorted(found, key=lambda one: one.product))


def _series(edition: Edition, selection: Selection) -> Ints:
    """Return the series that pass the filters, with the measure or without."""
    passed = np.ones(len(edition), dtype=bool)
    for name, wanted in selection.filters().items():
        if wanted:
            passed &= np.isin(edition.series[name].astype(str), wanted)
    return np.flatnonzero(passed)


def _reasons(edition: Edition, measure: str, of_product: object, series: Ints) -> tuple[str, ...]:
    if of_product:
        return (str(of_product),)
    told = edition.series[f"reason_{measure}"][series].tolist()
    return tuple(dict.fromkeys(str(reason) for reason in told if reason))
