"""The drawings of the pages: from the house's chart module, kept for who asks the same again.

Drawing starts an engine that does not survive a fork, so it happens in the processes that answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from models.errors import SelectionError
from service.api.figure_rows import Columns

MOST_KEPT = 300  # drawings per process, 15-40 kB each
_kept: OrderedDict[Hashable, str] = OrderedDict()
_lock = threading.Lock()


def drawn(key: Hashable, make: Callable[[], str]) -> str:
    """Return a drawing; made once for each key, the least lately shown ones going first."""
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = make()
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def of(columns: Columns) -> Hashable:
    """Return what tells one set of columns from another."""
    return tuple(
        (name, values.tobytes() if values.dtype.kind != "O" else tuple(values.tolist()))
        for name, values in columns.items()
    )


def fan(
    columns: Columns,
    subject: str,
    edition: dict[str, Any],
    events: Sequence[tuple[date, str]] = (),
    budget: Mapping[int, float] | None = None,
) -> str:
    """Return the course of one series with its band as SVG; empty where there is nothing to draw.

    Args:
        columns: rows of one series, as the API gives them.
        subject: what is shown.
        edition: ``id``, ``data_until`` (a day) and ``synthetic``.
        events: day and words of what happened.
        budget: adopted amount of each year, in euros.
    """
    from models.charts import Caption, fan_chart, to_svg  # noqa: PLC0415 - slow to load

    names = ("period", "frequency", "measure", "unit", "kind", "p10", "p50", "p90")
    picked = {name: columns[name] for name in names}
    caption = Caption(subject, edition["id"], edition["data_until"], edition["synthetic"])

    def make() -> str:
        rows = {name: values.tolist() for name, values in picked.items()}
        try:
            return to_svg(fan_chart(rows, caption, events, budget))
        except SelectionError:  # nothing, too much, or hidden
            return ""

    amounts = tuple((budget or {}).items())
    return drawn(("fan", of(picked), subject, edition["id"], tuple(events), amounts), make)


def causes(rows: Sequence[dict[str, Any]], subject: str, edition: dict[str, Any]) -> str:
    """Return growth by cause as SVG.

    Args:
        rows: of one group and year, in the order of the causes.
        subject: what is shown.
        edition: ``id``, ``data_until`` (a day) and ``synthetic``.
    """
    from models.cause_charts import causes_chart  # noqa: PLC0415 - slow to load
    from models.charts import Caption, to_svg  # noqa: PLC0415

    caption = Caption(subject, edition["id"], edition["data_until"], edition["synthetic"])
    picked = {name: [row[name] for row in rows] for name in ("cause", "mean", "unit", "year")}
    key = ("causes", tuple(map(tuple, picked.values())), subject, edition["id"])

    def make() -> str:
        try:
            return to_svg(causes_chart(picked, caption))
        except SelectionError:
            return ""

    return drawn(key, make)


def scores(name: str, columns: dict[str, list[Any]], edition: dict[str, Any], subject: str) -> str:
    """Return how good forecasts were as SVG: ``accuracy`` or ``coverage``."""
    from models.charts import Caption, accuracy_chart, coverage_chart, to_svg  # noqa: PLC0415

    caption = Caption(subject, edition["id"], edition["data_until"], edition["synthetic"])
    draw = accuracy_chart if name == "accuracy" else coverage_chart
    key = (name, tuple(map(tuple, columns.values())), subject, edition["id"])

    def make() -> str:
        try:
            return to_svg(draw(columns, caption))
        except SelectionError:
            return ""

    return drawn(key, make)


def warm() -> None:
    """Draw something nobody sees, so that the first picture that is asked for is not the first."""
    columns = {
        "period": np.array(["2024-01-01", "2025-01-01"], dtype="datetime64[D]"),
        "frequency": np.array(["year"] * 2, dtype=object),
        "measure": np.array(["cost"] * 2, dtype=object),
        "unit": np.array(["EUR"] * 2, dtype=object),
        "kind": np.array(["actual", "forecast"], dtype=object),
        **{name: np.array([1.0, 2.0]) for name in ("p10", "p50", "p90")},
    }
    fan(columns, "", {"id": "", "data_until": date(2024, 12, 31), "synthetic": True})
