"""Reliability: whether it is on track, how often the band held, errors, what is not forecast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from models.dutch_sentences import reason_in_dutch
from models.labels import LEVELS
from service.access.roles import Role
from service.api.accuracy import AccuracyQuestion, accuracy_rows
from service.api.figure_rows import product_labels
from service.api.query import Asked
from service.pages import pictures
from service.pages.figures import Row, rows_of
from service.pages.frame import Page, page
from service.pages.numbers import NONE
from service.pages.overview import edition_of
from service.pages.question import PageQuestion
from service.pages.telling import said
from service.pages.track import track_of

MOST_WARNINGS = 20


@page("reliability", PageQuestion, role=Role.CONTROLLER)
def reliability(one: Page) -> Mapping[str, Any]:
    """Return what the page about reliability shows."""
    if one.share is None:
        return {"scores": None}
    rolling = _scores(one, "rolling", horizons="apart")
    whole = [r for r in rolling if r["horizon"] == 0 and r["product"] == r["district"] == "all"]
    yearly = [row for row in whole if row["period_kind"] == "year"]
    about, place = edition_of(one), one.municipalities[one.municipality]
    return {
        "scores": [{**row, "label": LEVELS.get(row["level"], row["level"])} for row in yearly],
        "accuracy": pictures.scores("accuracy", _columns(yearly), about, place),
        "coverage": pictures.scores("coverage", _columns(_by_horizon(rolling)), about, place),
        "realised": _scores(one, "realised", level=("total", "product")),
        "names": product_labels(one.seen),
        "held": _held(one),
        "quality": _quality(one),
        "track": track_of(one),
    }


def _scores(one: Page, kind: str, **wish: Any) -> list[Row]:  # noqa: ANN401 - parameters
    query = AccuracyQuestion.model_validate(
        {"municipality": (one.municipality,), "kind": (kind,), **wish}
    )
    return list(rows_of(accuracy_rows(Asked(query), [one.seen])))


def _by_horizon(rows: list[Row]) -> list[Row]:
    return [
        row
        for row in rows
        if row["level"] == "product" and row["product"] == "all" and row["horizon"] > 0
        if row["coverage_80"] is not None and row["municipality"] == "all"
    ]


def _columns(rows: list[Row]) -> dict[str, list[Any]]:
    names = ["measure", "level", "wape", "baseline_wape", "horizon_months", "coverage_80"]
    names.append("observations")
    return {name: [np.nan if row[name] is None else row[name] for row in rows] for name in names}


def _held(one: Page) -> list[dict[str, Any]]:
    """Return what has no forecast, by product and reason."""
    series, names = one.seen.edition.series, product_labels(one.seen)
    mine = one.seen.series()
    found: Counter[tuple[str, str]] = Counter()
    for measure in one.seen.measures():
        for at in mine[series[f"outcome_{measure}"][mine] == "held"].tolist():
            reason = series[f"reason_{measure}"][at]
            told = reason_in_dutch(reason) if reason else NONE
            found[str(series["product"][at]), told] += 1
    return [
        {"product": names.get(code) or code, "reason": reason, "series": count}
        for (code, reason), count in sorted(found.items())
    ]


def _quality(one: Page) -> dict[str, Any]:
    edition = one.seen.edition
    if not one.seen.is_whole or "quality.json" not in edition.manifest["files"]:
        return {"files": [], "warnings": [], "more": 0}
    document: Any = edition.document("quality")
    warnings = document.get("warnings", [])
    files = document.get("files", [])
    return {
        "files": [each for each in files if isinstance(each, dict)],
        "warnings": [said(text, one.language) for text in warnings[:MOST_WARNINGS]],
        "more": max(0, len(warnings) - MOST_WARNINGS),
    }
