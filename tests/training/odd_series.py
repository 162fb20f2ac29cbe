"""Series that no model expects, written as small deliveries and trained on quickly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.catalogue import Frequency, first_day
from models.edition import Edition, open_edition
from tests.trained import small_panel
from training.train import Order, train

Array = npt.NDArray[np.float64]
Rows = list[tuple[object, ...]]
HEADER = "municipality,district,product,period,clients,volume,cost_eur"
MONTH, QUARTER, YEAR = Frequency
LENGTH = {MONTH: 60, QUARTER: 24, YEAR: 10}
MEASURES = ("clients", "volume", "cost")
WORTH = {"clients": 1.0, "volume": 10.0, "cost": 310.0}  # of one client
LAST = 2023  # the last year of every record


def constructed(frequency: Frequency) -> dict[str, Array]:
    """Return a record per name, NaN = no row; four of them are as records mostly are."""
    n = LENGTH[frequency]
    at, noise = np.arange(n), np.random.default_rng(1)
    nothing = np.full(n, np.nan)
    usual = np.round(100 + noise.normal(0, 4, n))
    late = at >= 2 * n // 3
    three, one, last = nothing.copy(), nothing.copy(), nothing.copy()
    three[-3:], one[n // 2], last[-1] = [12, 15, 11], 30, 30
    season = 1 + 0.4 * np.sin(2 * np.pi * at / max(frequency.per_year, 4))
    return {
        "usual": usual,
        "usual-large": np.round(300 + noise.normal(0, 8, n)),
        "usual-rising": np.round(60 + 0.5 * at + noise.normal(0, 3, n)),
        "usual-small": np.round(20 + noise.normal(0, 2, n)),
        "zero": np.zeros(n),
        "constant": np.full(n, 40.0),
        "three-points": three,
        "all-but-one-missing": one,
        "all-but-the-last-missing": last,
        "every-other-missing": np.where(at % 2 == 1, usual, np.nan),
        "ends-early": np.where(late, np.nan, usual),
        "falls-to-zero": np.where(late, 0.0, usual),
        "starts-late": np.where(late, usual, np.nan),
        "rises-from-zero": np.where(late, usual, 0.0),
        "spike": np.where(at == n // 2, 100 * usual, usual),
        "spike-first": np.where(at == 0, 100 * usual, usual),
        "spike-last": np.where(at == n - 1, 100 * usual, usual),
        "step-up": np.where(at < n // 2, 20.0, 200.0) + noise.integers(0, 5, n),
        "step-down": np.where(at < n // 2, 200.0, 20.0) + noise.integers(0, 5, n),
        "sparse": noise.poisson(0.15, n).astype(float),
        "millions": np.round(3e6 + noise.normal(0, 1e5, n)),
        "seasonal-with-trend": np.round((200 + 2 * at) * season),
        "doubles-every-year": np.round(2 * 2 ** (at / frequency.per_year)),
        "hundredths": np.full(n, 0.01),
    }


def periods(frequency: Frequency, count: int, last: int = LAST) -> list[str]:
    """Return the first days of the last so many periods up to the end of a year."""
    end = (last + 1) * frequency.per_year
    return [first_day(at, frequency).isoformat() for at in range(end - count, end)]


def rows(
    key: tuple[str, str, str],
    record: Iterable[float],
    days: Iterable[str],
    measures: Iterable[str] = MEASURES,
) -> Rows:
    """Return rows of care_use for one series, a row of its own for each known period.

    Args:
        key: municipality, district, product.
        record: clients per period; volume and cost follow from them. NaN = no row.
        days: first day of each period.
        measures: which are filled in.
    """
    return [
        (*key, day, *(f"{value * WORTH[m]:.2f}" if m in measures else "" for m in MEASURES))
        for day, value in zip(days, record, strict=True)
        if np.isfinite(value)
    ]


def trained(
    folder: Path, care_use: Rows, files: Mapping[str, str] | None = None, **order: object
) -> Edition:
    """Train an edition quickly, into a folder of its own, and open it."""
    panel = small_panel(folder / "odd", care_use, HEADER)
    for name, text in (files or {}).items():
        (panel / name).write_text(text, encoding="utf-8")
    settings = {"origins": 2, "draws": 60} | order
    return open_edition(train(Order(panel, **settings), folder / "editions").edition)  # type: ignore[arg-type]
