"""What happened after an edition, made from its own forecasts: exactly as expected, or not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from models.catalogue import Frequency, first_day
from models.edition import Edition
from tests.trained import small_panel

HEADER = "municipality,district,product,period,clients,volume,cost_eur"
MEASURES = ("clients", "volume", "cost")
PROVENANCE = "file,source,vintage,retrieved,owner\ncare_use.csv,{source},2025-01-31,,Team Test\n"
Factor = Callable[[str, str, int], float]


def as_expected(_product: str, _district: str, _step: int) -> float:
    """Let everything happen as it was forecast."""
    return 1.0


def write_outcomes(
    folder: Path,
    edition: Edition,
    factor: Factor = as_expected,
    *,
    months: int = 12,
    products: Collection[str] = ("HH", "BG"),
    extra: Collection[str] = (),
    source: str = "synthetic: test",
) -> Path:
    """Write a delivery of the months after an edition's as-of date.

    Args:
        folder: made anew.
        edition: whose mean forecasts these are.
        factor: by what they are multiplied, given product, district and months ahead from 0.
        months: how many there are.
        products: whose months are written.
        extra: rows as they stand in the file.
        source: of the care use, as the provenance tells.
    """
    begin = (int(edition.manifest["as_of"][:4]) + 1) * 12
    axis = edition.axes[Frequency.MONTH]
    rows: list[tuple[object, ...]] = [tuple(row.split(",")) for row in extra]
    for at in range(len(edition)):
        place, district, product = (
            str(edition.series[name][at]) for name in ("municipality", "district", "product")
        )
        if product not in products:
            continue
        for step in range(months):
            column = begin + step - axis.first
            cells = [_mean(edition, measure, at, column) for measure in MEASURES]
            if all(cell is None for cell in cells):
                continue
            by = factor(product, district, step)
            told = ["" if cell is None else f"{cell * by:.2f}" for cell in cells]
            day = first_day(begin + step, Frequency.MONTH)
            rows.append((place, district, product, day, *told))
    small_panel(folder, rows, HEADER)
    (folder / "provenance.csv").write_text(PROVENANCE.format(source=source), encoding="utf-8")
    return folder


def _mean(edition: Edition, measure: str, series: int, column: int) -> float | None:
    track = edition.tracks[measure]
    row = int(track.rows[series])
    return None if row < 0 else float(np.mean(track.paths[row, column])) / 100
