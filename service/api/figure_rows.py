"""Rows of figures: what every kind has beside its own columns, and how editions join."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.catalogue import ALL
from models.drivers import PRICE_BASE
from models.errors import SelectionError
from service.api.asks import Ask
from service.api.explanations import ALL_LABELS, CHOSEN_LABELS
from service.api.filters import Filtered
from service.api.scope import Share
from service.problems import InputFault, invalid

Columns = dict[str, npt.NDArray[Any]]

PRODUCT_FACTS = ("law", "category", "taakveld")
PLACE = (
    *("municipality", "product", "product_label", "district", "district_label"),
    *PRODUCT_FACTS,
)
ORIGIN = ("estimate", "edition", "status", "as_of", "data_until", "published_at")
FIGURES = ("actual", "p10", "p50", "p90", "mean")
_DAYS, _WHOLE = (
    ("period", "as_of", "data_until", "other_as_of", "forecast_as_of"),
    ("base_year", "year", "months"),
)
_BOUNDS = ("lower_", "upper_")


def joined(parts: Sequence[Columns], names: Sequence[str]) -> Columns:
    """Lay the rows of several editions together, sorted by municipality.

    Args:
        parts: the columns per edition, each sorted already.
        names: the columns, for an answer without any rows.
    """
    if not parts:
        return {name: np.zeros(0, dtype=_kind(name)) for name in names}
    if len(parts) == 1:
        return parts[0]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in names}
    order = np.argsort(whole["municipality"], kind="stable")
    return {name: values[order] for name, values in whole.items()}


def _kind(name: str) -> npt.DTypeLike:
    if name in FIGURES or name.startswith(_BOUNDS):
        return np.float64
    if name in _DAYS:
        return "datetime64[D]"
    if name in _WHOLE:
        return np.int64
    return np.bool_ if name in ("estimate", "hidden") else object


def asked_of(
    ask: Ask, question: Callable[[], Columns], told: Callable[[Any, Ask], InputFault]
) -> Columns:
    """Ask an edition; what it refuses becomes a fault of the question.

    Args:
        ask: what is asked.
        question: asks it.
        told: says a fault in terms of the question.

    Raises:
        ProblemError: 400 for a sum that has no honest answer.
    """
    try:
        return question()
    except SelectionError as error:
        raise invalid([told(fault, ask) for fault in error.faults]) from None


def filled(value: object, count: int) -> npt.NDArray[np.object_]:
    """Return a column that holds one value throughout."""
    column = np.empty(count, dtype=object)
    column[:] = value
    return column


def mapped(codes: Sequence[str], labels: Mapping[str, str | None]) -> npt.NDArray[np.object_]:
    """Return the label of each code; None where there is none."""
    if codes and codes.count(codes[0]) == len(codes):
        return filled(labels.get(codes[0]), len(codes))
    return np.array([*(labels.get(code) for code in codes), None], dtype=object)[:-1]


def price_base(measure: str) -> str | None:
    """Return the prices that figures of a measure are in: cost is in euros of the year itself."""
    return PRICE_BASE if measure == "cost" else None


def place_labels(query: Filtered, share: Share, found: Columns) -> Columns:
    """Return names and official codes of what the rows are about."""
    products, districts = found["product"].tolist(), found["district"].tolist()
    facts = {row["product"]: row for row in share.edition.products}
    names = product_labels(share)
    names[ALL] = (CHOSEN_LABELS if query.product else ALL_LABELS)["product"]
    places = district_labels(share)
    places[ALL] = (CHOSEN_LABELS if query.district else ALL_LABELS)["district"]
    columns = {"product_label": mapped(products, names)}
    columns["district_label"] = mapped(districts, places)
    for name in PRODUCT_FACTS:
        columns[name] = mapped(products, {code: row[name] for code, row in facts.items()})
    return columns


def product_labels(share: Share) -> dict[str, str | None]:
    """Return the names of the products of an edition, by code."""
    return {row["product"]: row["label"] for row in share.edition.products}


def district_labels(share: Share) -> dict[str, str | None]:
    """Return the names of the districts in a share, by code."""
    seen = set(share.municipalities)
    rows = (row for row in share.edition.districts if row["municipality"] in seen)
    return {row["district"]: row["label"] for row in rows}


def origin(share: Share, estimate: npt.NDArray[np.bool_]) -> Columns:
    """Return where the rows come from.

    Args:
        share: the edition.
        estimate: which rows are estimates.
    """
    served, count = share.served, len(estimate)
    manifest = served.edition.manifest
    return {
        "estimate": estimate,
        "edition": filled(served.edition.edition_id, count),
        "status": filled(served.status, count),
        "as_of": np.full(count, manifest["as_of"], dtype="datetime64[D]"),
        "data_until": np.full(count, manifest["data_until"], dtype="datetime64[D]"),
        "published_at": filled(served.published_at, count),
    }
