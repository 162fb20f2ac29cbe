"""An edition whose growth by cause is made from a seed, for tests of what is read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from models.drivers import CAUSES
from models.edition import EditionContent, write_edition
from tests.editions import Setting, make_content

BASE_YEAR, YEARS = 2023, (2024, 2025, 2026)


def write_growing(
    editions: Path,
    setting: Setting,
    products: Mapping[str, Mapping[str, str | None]] | None = None,
    policy: bool = True,
    years: tuple[int, ...] = YEARS,
) -> Path:
    """Write an edition with growth by cause of cost and return its folder.

    Args:
        editions: where it goes.
        setting: of the edition.
        products: product -> columns of its row that read otherwise.
        policy: whether events were delivered and had an effect.
        years: later years of the split.
    """
    content = make_content(setting)
    growing = _with_growth(content, setting.seed, policy, years)
    return write_edition(_with_products(growing, products or {}), editions)


def _with_growth(
    content: EditionContent, seed: int, policy: bool, years: tuple[int, ...]
) -> EditionContent:
    rows = [row for row in content.series.to_pylist() if row["row_cost"] >= 0]
    paths = _growth(np.random.default_rng(seed), len(rows), len(years), content.paths["cost"])
    if not policy:
        paths[:, 1:].reshape(len(rows), len(years), len(CAUSES), -1)[:, :, 4] = 0
    names = ("municipality", "district", "product")
    table = [
        {"measure": "cost", **{name: row[name] for name in names}, "row": at}
        for at, row in enumerate(rows)
    ]
    schema = pa.schema(
        [(name, pa.string()) for name in ("measure", *names)] + [("row", pa.int32())]
    )
    about = {"base_year": BASE_YEAR, "years": list(years), "measures": ["cost"]}
    manifest = {**content.manifest, "drivers": about}
    if policy:
        event = {
            "file": "policy_events.csv",
            "sha256": "1" * 64,
            "rows": 3,
            "source": "synthetisch",
        }
        manifest["inputs"] = [*manifest["inputs"], event | {"vintage": None}]
    tables = {**content.tables, "drivers": pa.Table.from_pylist(table, schema=schema)}
    return replace(content, manifest=manifest, tables=tables, drivers={"cost": paths})


def _growth(rng: np.random.Generator, rows: int, years: int, like: Any) -> Any:  # noqa: ANN401
    """Draw a base year of some EUR 100,000 per series, and effects of both signs."""
    draws = like.shape[2]
    base = rng.integers(1_000_000, 30_000_000, (rows, 1, 1))
    usual = rng.normal(0, 0.1, (rows, years * len(CAUSES), 1))
    drawn = rng.normal(0, 0.05, (rows, years * len(CAUSES), draws))
    effects = np.rint(base * (usual + drawn)).astype(np.int64)
    return np.concatenate([np.repeat(base, draws, axis=2), effects], axis=1)


def _with_products(
    content: EditionContent, changed: Mapping[str, Mapping[str, str | None]]
) -> EditionContent:
    table = content.tables["products"]
    rows = [{**row, **changed.get(row["product"], {})} for row in table.to_pylist()]
    tables = {**content.tables, "products": pa.Table.from_pylist(rows, schema=table.schema)}
    return replace(content, tables=tables)
