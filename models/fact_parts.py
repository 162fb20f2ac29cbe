"""Parts of the figures of an explanation that an edition states beside its sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow.compute as pc

from models.asking import Selection, chosen_series
from models.catalogue import ALL, Frequency, last_day
from models.cube import Ints
from models.edition import Edition
from models.facts import Assumed, HeldPart, Score, ScoreScope, Subject, Unknown

__all__ = ["find_score", "find_subject", "find_unknown", "held_ends"]

HELD = "held"
PLACELESS = "onbekend"  # what deliveries call the part without a known district
_PROMISED = 0.8
_MONTHS = 12
# How reasons and assumptions begin, as training writes them.
_WHY = {
    "forecast = none": "none",
    "no figures any more": "ended",
    "nothing delivered since": "ended",
    "supply gap suspected": "gap",
}
_NO_PROJECTION = ("population: no projection", "no population delivered")


def find_subject(edition: Edition, asked: Selection) -> Subject:
    """Return what a selection is of, in names."""
    mine = _municipalities(edition, asked)
    there = np.isin(edition.series["municipality"].astype(str), mine)
    products = [
        p for p in edition.products if p["product"] in set(edition.series["product"][there])
    ]
    chosen = [p for p in products if p["product"] in asked.products or not asked.products]
    law = _law(products, chosen)
    everything = len(chosen) == len(products) > 1
    names = () if law or everything else tuple(str(p["label"] or p["product"]) for p in chosen)
    places = [row for row in edition.districts if row["municipality"] in mine]
    wanted = set(asked.districts)
    if {str(row["district"]) for row in places} <= wanted:
        wanted = set()
    inside = [row for row in places if row["district"] in wanted]
    known = [row for row in inside if row["district"] != row["municipality"]]
    return Subject(
        products=names,
        law=law,
        districts=tuple(str(row["label"] or row["district"]) for row in known),
        unplaced=len(known) < len(inside),
        place=_place(places) if len(mine) == 1 else None,
        municipalities=len(mine),
    )


def find_score(edition: Edition, asked: Selection, whole: bool) -> Score | None:
    """Return how good yearly forecasts of such figures were on rolling origins.

    Args:
        edition: an opened edition.
        asked: the selection; sums of several products or districts are judged by the whole.
        whole: whether scores over all municipalities may be told.
    """
    if "accuracy.parquet" not in edition.manifest["files"]:
        return None
    scope, codes = _scope(asked)
    level = "total" if scope == "wider" else scope
    wanted: dict[str, Any] = {"level": level, "measure": asked.measure, "period_kind": "year"}
    wanted |= {"horizon": 0, **codes}
    table = edition.table("accuracy")
    for name, value in wanted.items():
        table = table.filter(pc.equal(table.column(name), value))
    own = set(_municipalities(edition, asked))
    own = (own if len(own) == 1 else set()) | ({ALL} if whole else set())
    rows = [row for row in table.to_pylist() if row["municipality"] in own]
    rows = [row for row in rows if row["observations"] and np.isfinite(row["wape"])]
    return _score(scope, max(rows, key=lambda row: row["observations"])) if rows else None


def find_unknown(edition: Edition, asked: Selection, base: int, last: int) -> Unknown:
    """Return what an edition does not know of a selection.

    Args:
        edition: an opened edition.
        asked: the selection.
        base: the year from which growth is counted.
        last: the last asked year.
    """
    chosen = chosen_series(edition, asked)
    manifest = edition.manifest
    return Unknown(
        until=date.fromisoformat(manifest["as_of"]),
        held=tuple(_held(edition, asked.measure, chosen)),
        open_months=_open_months(edition, asked.measure, chosen),
        assumed=tuple(_assumed(edition, chosen, base, last)) if asked.measure == "cost" else (),
        lacking=tuple(_lacking(edition, asked.measure)),
    )


def held_ends(edition: Edition, asked: Selection) -> list[date]:
    """Return the last known days of the selected series without a forecast."""
    chosen = chosen_series(edition, asked)
    return _ends(edition, asked.measure, chosen[_is_held(edition, asked.measure, chosen)])


def _municipalities(edition: Edition, asked: Selection) -> list[str]:
    return list(asked.municipalities) or edition.dimensions["municipality"].labels.tolist()


def _law(products: Sequence[dict[str, Any]], chosen: Sequence[dict[str, Any]]) -> str | None:
    """Return the law of which these are all products, where there are others and several."""
    laws = {p["law"] for p in chosen}
    law = next(iter(laws), None)
    if len(laws) != 1 or law is None or len(chosen) == 1 or len(chosen) == len(products):
        return None
    return str(law) if len(chosen) == sum(p["law"] == law for p in products) else None


def _place(places: Sequence[dict[str, Any]]) -> str | None:
    """Return the name of a municipality, which its part without a known district bears."""
    for row in places:
        label = row["label"]
        if row["district"] == row["municipality"] and label:
            return None if label == row["municipality"] or label.lower() == PLACELESS else label
    return None


def _scope(asked: Selection) -> tuple[ScoreScope, dict[str, str]]:
    """Return the level at which a selection is judged, and which of it."""
    single = len(asked.products) == 1, len(asked.districts) == 1
    if len(asked.products) > 1 or len(asked.districts) > 1:
        return "wider", {}
    if not any(single):
        return "total", {}
    codes = {}
    if single[0]:
        codes["product"] = asked.products[0]
    if single[1]:
        codes["district"] = asked.districts[0]
    return ("series" if all(single) else "product" if single[0] else "district"), codes


def _score(scope: ScoreScope, row: dict[str, Any]) -> Score:
    share, count = row["coverage_80"], int(row["observations"])
    inside = round(share * count) if share is not None and np.isfinite(share) else None
    simple = row["baseline_wape"]
    return Score(
        scope=scope,
        observations=count,
        error=float(row["wape"]),
        simple_error=float(simple) if simple is not None and np.isfinite(simple) else None,
        inside=inside,
        too_narrow=inside is not None and row["coverage_high"] < _PROMISED,
    )


def _is_held(edition: Edition, measure: str, chosen: Ints) -> Any:  # noqa: ANN401 - marks
    return edition.series[f"outcome_{measure}"][chosen] == HELD


def _held(edition: Edition, measure: str, chosen: Ints) -> Iterator[HeldPart]:
    """Yield the products of which some series have no forecast, those wholly without first."""
    codes = edition.series["product"][chosen]
    held = _is_held(edition, measure, chosen)
    found = []
    for product in edition.products:
        mine = codes == product["product"]
        if held[mine].any():
            reasons = edition.series[f"reason_{measure}"][chosen[mine & held]].tolist()
            label = str(product["label"] or product["product"])
            found.append(HeldPart(label, _why(reasons), not held[mine].all()))
    yield from sorted(found, key=lambda part: part.partly)


def _why(reasons: Sequence[str | None]) -> str:
    kinds = {
        next((why for start, why in _WHY.items() if (reason or "").startswith(start)), "other")
        for reason in reasons
    }
    return kinds.pop() if len(kinds) == 1 else "other"


def _ends(edition: Edition, measure: str, chosen: Ints) -> list[date]:
    """Return the last day with an actual of each of some series that have any."""
    track = edition.tracks[measure]
    every = list(Frequency)
    return [
        last_day(int(track.data_until[at]), every[edition.frequencies[at]])
        for at in chosen.tolist()
        if track.data_until[at] >= track.first[at]
    ]


def _open_months(edition: Edition, measure: str, chosen: Ints) -> int:
    """Return how many of the last months are not known of some series that are forecast."""
    drawn = chosen[edition.tracks[measure].rows[chosen] >= 0]
    ends = _ends(edition, measure, drawn)
    until = date.fromisoformat(edition.manifest["data_until"])
    first = min(ends, default=until)
    return max(0, (until.year - first.year) * _MONTHS + until.month - first.month)


def _assumed(edition: Edition, chosen: Ints, base: int, last: int) -> Iterator[Assumed]:
    """Yield the assumed price indices between two years, successive equal ones together."""
    mine = set(edition.series["product"][chosen])
    names = {p.get("price_series") for p in edition.products if p["product"] in mine}
    rows = [
        row
        for row in edition.manifest.get("price_indices", ())
        if row["basis"] == "assumed" and base < int(row["year"]) <= last
        if None in names or row["series"] in names
    ]
    found: list[Assumed] = []
    for row in sorted(rows, key=lambda one: (one["series"], one["year"])):
        one = Assumed(str(row["series"]), int(row["year"]), int(row["year"]), row["index_pct"])
        before = found[-1] if found else None
        same = before is not None and (before.series, before.percent) == (one.series, one.percent)
        if before is not None and same and before.last + 1 == one.first:
            found[-1] = Assumed(one.series, before.first, one.last, one.percent)
        else:
            found.append(one)
    yield from found


def _lacking(edition: Edition, measure: str) -> Iterator[str]:
    manifest = edition.manifest
    if measure == "cost" and manifest.get("drivers", {}).get("priced") is False:
        yield "prices"
    told = [str(one) for one in manifest.get("assumptions", ())]
    if any(one.startswith(_NO_PROJECTION) for one in told):
        yield "projection"
