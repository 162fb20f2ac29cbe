"""``origins.parquet``: what was forecast from each rolling origin, and what came.

With it two editions are compared on what both were asked, without training anew. Yearly sums only,
at every reported level; `models.comparison` reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from models.catalogue import ALL, last_day
from models.hierarchy import DISTRICT, PRODUCT, SERIES, Hierarchy
from models.origin_rows import ORIGINS_SCHEMA
from training.backtest import Judged, LevelErrors
from training.frame_fit import FrameFit

_NAMED = {
    SERIES: ("municipality", "district", "product"),
    PRODUCT: ("product",),
    DISTRICT: ("municipality", "district"),
}
_PLACE = ("municipality", "district", "product", "unit")


def origin_table(fits: Sequence[FrameFit], judged: Sequence[Judged]) -> pa.Table:
    """Return one row per origin, frequency, measure, level, group and year ahead.

    Args:
        fits: the frames.
        judged: what `training.backtest.judge` found, per frame.

    Returns:
        A table of `models.origin_rows.ORIGINS_SCHEMA`: figures in the unit of the series, cost in
        euros; only years that were forecast and have ended.
    """
    parts = [
        _rows(fit, measure, level, errors)
        for fit, own in zip(fits, judged, strict=True)
        for (measure, level, kind), origins in sorted(own.items())
        if kind == "year"
        for errors in origins
    ]
    return pa.concat_tables([ORIGINS_SCHEMA.empty_table(), *parts]).combine_chunks()


def _rows(fit: FrameFit, measure: str, level: str, errors: LevelErrors) -> pa.Table:
    """Lay the errors of one origin out, one row per group and year that was judged."""
    group, year = np.nonzero(np.isfinite(errors.was) & np.isfinite(errors.said))
    names = _names(fit.frame.hierarchy(measure), level)
    words = {
        "frequency": str(fit.frame.frequency),
        "measure": measure,
        "level": level,
    }
    figures = {
        "actual": errors.was[group, year],
        "mean": errors.said[group, year],
        "baseline": errors.base[group, year],
    } | {
        name: errors.band(at, slice(None), slice(None))[group, year]
        for at, name in enumerate(("p10", "p50", "p90"))
    }
    columns = (
        {"origin": [_day(fit, errors.origin)] * len(group)}
        | {name: [text] * len(group) for name, text in words.items()}
        | {name: texts[group] for name, texts in names.items()}
        | {"year": year + 1}
        | figures
    )
    return pa.table(
        [pa.array(columns[field.name], field.type) for field in ORIGINS_SCHEMA],
        schema=ORIGINS_SCHEMA,
    )


def _day(fit: FrameFit, origin: int) -> date:
    """The last day that had passed at an origin."""
    return last_day(fit.frame.first + origin - 1, fit.frame.frequency)


def _names(hierarchy: Hierarchy, level: str) -> dict[str, np.ndarray]:
    """Return the names of the groups of a level, shape (groups,) each; ``all`` where summed."""
    _, first = np.unique(hierarchy.groups[level], return_index=True)
    keys = hierarchy.keys.iloc[first]
    named = _NAMED.get(level, ())
    return {
        name: keys[name].astype(str).to_numpy()
        if name in named or name == "unit"
        else np.full(len(first), ALL)
        for name in _PLACE
    }
