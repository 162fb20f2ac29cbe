"""Small editions with errors per origin, so that champions and challengers can be set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from models.edition import write_edition
from models.origin_rows import ORIGINS_SCHEMA
from tests.editions import Setting, make_content

AS_OF = date(2023, 12, 31)
DELIVERY = "test-vb0001"
CELLS = [
    (measure, level, product)
    for measure in ("clients", "cost")
    for level, product in (("total", "all"), ("product", "HH"), ("product", "BG"))
]


def origin_rows(
    factor: float = 1.0,
    origins: int = 6,
    *,
    seed: int = 1,
    band: float = 1.3,
    worse: Sequence[str] = (),
) -> pa.Table:
    """Return errors per origin of which one number says how large they are.

    Args:
        factor: by which all errors are multiplied; what came is the same for every factor.
        origins: how many, a year apart, the last one first.
        seed: of the errors.
        band: half the width of the 80 % band, in standard deviations of the errors.
        worse: measures whose errors are three times as large all the same.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(origins):
        day = date(2022 - number, 12, 31)
        for measure, level, product in CELLS:
            was = float(np.random.default_rng(number).uniform(900, 1100))
            error = float(rng.normal(0, 40)) * (3.0 if measure in worse else factor)
            said = was + error
            rows.append(
                {
                    **{"origin": day, "frequency": "month", "measure": measure, "level": level},
                    **{"municipality": "all", "district": "all", "product": product},
                    **{"unit": "EUR", "year": 1, "actual": was, "mean": said, "p50": said},
                    **{"p10": said - 40 * band, "p90": said + 40 * band, "baseline": was + 60},
                }
            )
    return pa.Table.from_pylist(rows, schema=ORIGINS_SCHEMA)


def challenger(
    editions: Path,
    rows: pa.Table | None,
    *,
    members: Sequence[str] = (),
    as_of: date = AS_OF,
    by: str = "trainer",
    gate: str = "passed",
    seed: int = 1,
) -> Path:
    """Write a small edition of a recipe, with errors per origin (None = from before those)."""
    content = make_content(Setting(("VB0001",), as_of, seed, True, districts=1, draws=5))
    settings: dict[str, Any] = {"members": list(members)} if members else {}
    verdict = {"verdict": gate, "checks": []}
    return write_edition(
        replace(
            content,
            identity=dict(content.identity) | settings,
            manifest=dict(content.manifest) | {"settings": settings, "gate": verdict},
            run=dict(content.run) | ({"by": by} if by else {}),
            tables=dict(content.tables) | ({} if rows is None else {"origins": rows}),
        ),
        editions,
    )
