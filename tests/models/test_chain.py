"""Parents and spreading follow from what is known, product by product."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.chain import Link, links
from models.hierarchy import Hierarchy

pytestmark = pytest.mark.unit
KNOWN, UNKNOWN = np.ones(24), np.full(24, np.nan)


def linked(rows: dict[tuple[str, str], tuple[str, ...]]) -> tuple[Hierarchy, dict[str, Link]]:
    """Rows: (district, product) -> measures that are known there."""
    names = sorted(rows)
    keys = pd.DataFrame(
        [{"municipality": "M", "district": d, "product": p, "unit": ""} for d, p in names]
    )
    values = {
        measure: np.stack([KNOWN if measure in rows[name] else UNKNOWN for name in names])
        for measure in ("clients", "volume", "cost")
    }
    values = {measure: held for measure, held in values.items() if np.isfinite(held).any()}
    hierarchy = Hierarchy.of(keys)
    return hierarchy, links(values, hierarchy, season=12)


def test_cost_follows_volume_and_volume_follows_clients() -> None:
    _, chain = linked({("A", "P"): ("clients", "volume", "cost")})
    assert [chain[measure].parent for measure in chain] == [("",), ("clients",), ("volume",)]


def test_cost_follows_clients_where_no_volume_is_known() -> None:
    _, chain = linked({("A", "P"): ("clients", "cost"), ("A", "Q"): ("clients", "volume", "cost")})
    assert chain["cost"].parent == ("clients", "volume")


def test_money_alone_stands_by_itself() -> None:
    _, chain = linked({("A", "P"): ("cost",)})
    assert chain["cost"].parent == ("",)
    assert not chain["cost"].spread.any()


def test_a_municipality_wide_cost_is_spread_over_the_districts_with_clients() -> None:
    hierarchy, chain = linked(
        {("A", "P"): ("clients",), ("B", "P"): ("clients",), ("M", "P"): ("cost",)}
    )
    cost = chain["cost"]
    whole = int(np.flatnonzero(hierarchy.keys["district"] == "M")[0])
    assert cost.spread.tolist() == [True, True, False]
    assert set(cost.holder[cost.spread]) == {whole}
    assert cost.member.tolist() == [True, True, False]


def test_the_unknown_district_is_not_a_municipality_wide_record() -> None:
    _, chain = linked({("A", "P"): ("clients", "cost"), ("M", "P"): ("clients", "cost")})
    assert not chain["cost"].spread.any()
