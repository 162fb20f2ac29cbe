"""The rows of ``/v1/accuracy``: scores on rolling origins, and those of what happened since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.catalogue import ALL
from models.realised import LEVELS
from models.realised_rows import EVERY_HORIZON, PLACE, SCORES, SIGNAL, score
from service.api.accuracy_answer import AccuracyQuestion, AccuracyRow, Kind, Level
from service.api.actuals import realised as beside_actuals
from service.api.beside import Beside, beside
from service.api.figure_rows import Columns, filled
from service.api.forecast_plan import make_plans
from service.api.forecast_question import SumQuestion
from service.api.query import Asked
from service.api.scope import Share, narrowed

SAME = (*PLACE, *SCORES)
WHOLE = ("horizon", "horizon_months", "origins", "observations")


def measured(share: Share) -> bool:
    """Tell whether an edition was judged on rolling origins."""
    return "accuracy.parquet" in share.edition.manifest["files"]


def rolling(query: AccuracyQuestion, share: Share) -> Columns:
    """Return the scores that an edition was made with, on rolling origins."""
    table = share.edition.table("accuracy")
    found: Columns = {name: _array(table.column(name)) for name in SAME}
    kept = _kept(query, share, found)
    columns = {name: values[kept] for name, values in found.items()}
    return _of(share, columns, "rolling", None)


def _array(column: Any) -> npt.NDArray[Any]:  # noqa: ANN401 - a column of a table
    if str(column.type) == "string":
        return np.array([*column.to_pylist(), None], dtype=object)[:-1]
    return np.asarray(column.to_numpy())


def _kept(query: AccuracyQuestion, share: Share, found: Columns) -> npt.NDArray[np.bool_]:
    """Return the rows that are asked for; scores over all municipalities only to who sees all."""
    seen = [*share.municipalities, *((ALL,) if share.is_whole else ())]
    kept = np.isin(found["municipality"].astype(str), seen)
    filters = {"product": query.product, "district": query.district}
    for name, wanted in (filters | {"level": query.level, "measure": query.measure}).items():
        if wanted:
            kept &= np.isin(found[name].astype(str), wanted)
    if query.horizons == ALL:
        kept &= found["horizon"] == EVERY_HORIZON
    return np.asarray(kept)


def _of(share: Share, columns: Columns, kind: Kind, scored_by: str | None) -> Columns:
    count = len(columns["level"])
    whole = {
        SIGNAL: np.full(count, np.nan),
        **columns,
        "kind": filled(kind, count),
        "edition": filled(share.edition.edition_id, count),
        "as_of": np.full(count, share.edition.manifest["as_of"], dtype="datetime64[D]"),
        "scored_by": filled(scored_by, count),
    }
    return {name: whole[name] for name in AccuracyRow.model_fields}


def realised(
    query: AccuracyQuestion, shares: Sequence[Share], earlier: Sequence[Share]
) -> Iterator[Columns]:
    """Yield the scores of editions against what happened.

    Of an edition that was scored those of its scoring, which stand beside it; of another one those
    against the actuals of the editions after it.

    Args:
        query: the question.
        shares: what is asked about.
        earlier: the editions before those.
    """
    every = [*shares, *(one for one in earlier if one not in shares)]
    for share in every:
        if share.served.scores is not None and share.served.standing is not None:
            yield _scored(query, share, share.served.scores, share.served.standing.outcomes)
    for share in shares:
        for before in narrowed(earlier, share.municipalities):
            if before.served.scores is None:
                yield from _against(query, share, before)


def _scored(query: AccuracyQuestion, share: Share, table: Any, by: str) -> Columns:  # noqa: ANN401
    found: Columns = {name: _array(table.column(name)) for name in (*SAME, SIGNAL)}
    kept = _kept(query, share, found)
    return _of(share, {name: values[kept] for name, values in found.items()}, "realised", by)


def _against(query: AccuracyQuestion, share: Share, before: Share) -> Iterator[Columns]:
    """Yield the scores of an earlier edition against the actuals of a later one."""
    found = [
        row
        for measure in share.measures()
        if measure in before.measures() and measure in (query.measure or (measure,))
        for row in _scores(query, share, before, measure)
    ]
    if found:
        columns = {name: _column(name, [row[name] for row in found]) for name in SAME}
        yield _of(before, columns, "realised", share.edition.edition_id)


def _column(name: str, values: list[Any]) -> npt.NDArray[Any]:
    kind = np.int64 if name in WHOLE else np.float64 if isinstance(values[0], float) else object
    return np.array([*values, None], dtype=object)[:-1].astype(kind)


def _scores(
    query: AccuracyQuestion, share: Share, before: Share, measure: str
) -> Iterator[dict[str, Any]]:
    for level, by in LEVELS:
        adds = measure != "volume" or "product" in by  # unlike units are not one sum
        if not adds or level not in (query.level or (level,)):
            continue
        for period_kind, frequency in (("period", None), ("year", "year")):
            group = ("municipality", *by, "period")
            wish: dict[str, Any] = {"municipality": before.municipalities, "measure": measure}
            wish |= {"product": query.product, "district": query.district, "groupBy": group}
            question = SumQuestion.model_validate(wish | {"frequency": frequency})
            plans = make_plans(Asked(question), [[share], [before]])
            pair = beside(question, *plans)
            for name, rows in _groups(level, by, pair):
                yield {"period_kind": period_kind, **name, **_score(rows)}


def _groups(
    level: Level, by: tuple[str, ...], pair: Beside
) -> Iterator[tuple[dict[str, Any], Columns]]:
    """Yield all of a level, and each product or district of it, with what was judged of it."""
    known = pair.kept(np.asarray(pair.mine["kind"] == "actual"))
    found = beside_actuals(known) | {"naive": known.last_known()}
    judged = ~np.isnan(found["forecast_mean"])
    rows = {name: values[judged] for name, values in found.items()}
    if not judged.any():
        return
    names = ("measure", "frequency")
    about = {name: rows[name][0] for name in names} | {"level": level}
    units = set(rows["unit"].tolist())
    if len(units) == 1:
        place = {"municipality": _only(rows["municipality"]), "product": ALL, "district": ALL}
        yield {**about, **place, "unit": units.pop()}, rows
    for name in by if len(by) == 1 else ():
        for code in sorted(set(rows[name].tolist())):
            mine = rows[name] == code
            cut = {column: values[mine] for column, values in rows.items()}
            place = {"municipality": _only(cut["municipality"]), "product": ALL, "district": ALL}
            yield {**about, **place, name: code, "unit": cut["unit"][0]}, cut


def _only(codes: npt.NDArray[Any]) -> str:
    found = set(codes.tolist())
    return str(found.pop()) if len(found) == 1 else ALL


def _score(rows: Columns) -> dict[str, Any]:
    low, middle, high = (rows[f"forecast_{name}"] for name in ("p10", "p50", "p90"))
    found = score(rows["actual"], (low, middle, high), rows["forecast_mean"], rows["naive"])
    return dict.fromkeys(("horizon", "horizon_months"), EVERY_HORIZON) | {"origins": 1} | found
