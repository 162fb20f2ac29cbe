"""The rows of an answer: the sums of every edition asked, with labels and origin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.catalogue import ALL, UNSTATED_UNIT
from models.errors import ParameterFault, SelectionError
from models.selection import answer
from service.api.explanations import ALL_LABELS, CHOSEN_LABELS
from service.api.forecast_plan import Ask, Plan
from service.api.forecast_question import ForecastQuestion
from service.api.scope import Share
from service.problems import InputFault, invalid

Columns = dict[str, npt.NDArray[Any]]

PRODUCT_FACTS = ("law", "category", "taakveld")
TEXTS = (
    *("municipality", "product", "product_label", "district", "district_label"),
    *PRODUCT_FACTS,
    *("frequency", "measure", "unit", "kind", "edition", "status", "published_at"),
)
FIGURES = ("actual", "p10", "p50", "p90", "mean")
ORIGIN = ("estimate", "edition", "status", "as_of", "data_until", "published_at")
ROW = (
    *("municipality", "product", "product_label", "district", "district_label"),
    *(*PRODUCT_FACTS, "period", "frequency", "measure", "unit", "kind"),
    *(*FIGURES, *ORIGIN),
)


def make_rows(query: ForecastQuestion, plan: Plan) -> Columns:
    """Answer a planned question.

    Args:
        query: the question.
        plan: its sums, per edition.

    Returns:
        The columns ``ROW`` and, between ``mean`` and ``estimate``, those of further bands; sorted
        by municipality, product, district, period.

    Raises:
        ProblemError: 400 for a sum that has no honest answer.
    """
    parts = [_part(query, ask) for ask in plan.asks]
    if not parts:
        return _nothing(query, plan)
    if len(parts) == 1:
        return parts[0]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(whole["municipality"], kind="stable")
    return {name: values[order] for name, values in whole.items()}


def bounds_of(query: ForecastQuestion) -> tuple[str, ...]:
    """Return the columns of the further bands that were asked for."""
    levels = dict.fromkeys(query.level)
    return tuple(f"{end}_{level}" for level in levels for end in ("lower", "upper"))


def _part(query: ForecastQuestion, ask: Ask) -> Columns:
    try:
        found = answer(ask.share.edition, ask.selection)
    except SelectionError as error:
        raise invalid([_explained(fault, query, ask) for fault in error.faults]) from None
    if query.kind != "all":
        kept = found["kind"] == query.kind
        found = {name: values[kept] for name, values in found.items()}
    columns = {**found, **_labels(query, ask.share, found), **_origin(ask.share, found)}
    columns["actual"] = np.where(found["kind"] == "actual", found["mean"], np.nan)
    bounds = bounds_of(query)
    middle = len(ROW) - len(ORIGIN)
    return {name: columns[name] for name in (*ROW[:middle], *bounds, *ROW[middle:])}


def _nothing(query: ForecastQuestion, plan: Plan) -> Columns:
    columns: Columns = {name: np.zeros(0, dtype=object) for name in TEXTS}
    columns |= {name: np.zeros(0) for name in (*FIGURES, *bounds_of(query))}
    days = np.zeros(0, dtype="datetime64[D]")
    columns |= {"period": days, "as_of": days, "data_until": days}
    columns["estimate"] = np.zeros(0, dtype=np.bool_)
    middle = len(ROW) - len(ORIGIN)
    return {name: columns[name] for name in (*ROW[:middle], *bounds_of(query), *ROW[middle:])}


def _filled(value: object, count: int) -> npt.NDArray[np.object_]:
    column = np.empty(count, dtype=object)
    column[:] = value
    return column


def _mapped(codes: Sequence[str], labels: Mapping[str, str | None]) -> npt.NDArray[np.object_]:
    return np.array([*(labels.get(code) for code in codes), None], dtype=object)[:-1]


def _labels(query: ForecastQuestion, share: Share, found: Columns) -> Columns:
    products, districts = found["product"].tolist(), found["district"].tolist()
    facts = {row["product"]: row for row in share.edition.products}
    names = product_labels(share)
    names[ALL] = (CHOSEN_LABELS if query.product else ALL_LABELS)["product"]
    places = district_labels(share)
    places[ALL] = (CHOSEN_LABELS if query.district else ALL_LABELS)["district"]
    columns = {"product_label": _mapped(products, names)}
    columns["district_label"] = _mapped(districts, places)
    for name in PRODUCT_FACTS:
        columns[name] = _mapped(products, {code: row[name] for code, row in facts.items()})
    return columns


def product_labels(share: Share) -> dict[str, str | None]:
    """Return the names of the products of an edition, by code."""
    return {row["product"]: row["label"] for row in share.edition.products}


def district_labels(share: Share) -> dict[str, str | None]:
    """Return the names of the districts in a share, by code."""
    seen = set(share.municipalities)
    rows = (row for row in share.edition.districts if row["municipality"] in seen)
    return {row["district"]: row["label"] for row in rows}


def _origin(share: Share, found: Columns) -> Columns:
    served, count = share.served, len(found["kind"])
    manifest = served.edition.manifest
    return {
        "estimate": np.asarray(found["kind"] == "forecast"),
        "edition": _filled(served.edition.edition_id, count),
        "status": _filled(served.status, count),
        "as_of": np.full(count, manifest["as_of"], dtype="datetime64[D]"),
        "data_until": np.full(count, manifest["data_until"], dtype="datetime64[D]"),
        "published_at": _filled(served.published_at, count),
    }


def _explained(fault: ParameterFault, query: ForecastQuestion, ask: Ask) -> InputFault:
    """Say what the edition says about a sum in terms of the question."""
    if fault.parameter == "measure":
        told = {"explanation": "; ".join(_units(ask))}
        return InputFault("unlike-units", "measure", query.measure or fault.value, values=told)
    if fault.parameter == "by":
        return InputFault("shared-districts", "groupBy", ",".join(query.group_by))
    told = {"explanation": fault.rule}
    return InputFault("no-answer", fault.parameter, fault.value, fault.allowed, told)


def _units(ask: Ask) -> Iterator[str]:
    series = ask.share.edition.series
    products: dict[str, set[str]] = {}
    for at in ask.chosen:
        unit = series["volume_unit"][at] or UNSTATED_UNIT
        products.setdefault(unit, set()).add(series["product"][at])
    for unit, names in sorted(products.items()):
        yield f"{unit} ({', '.join(sorted(names))})"
