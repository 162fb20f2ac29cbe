"""``GET /v1/accuracy``: how good forecasts were, on rolling origins and in what happened since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field

from models import accuracy as losses
from models.catalogue import ALL
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api import row_parts as shared
from service.api.actuals import realised
from service.api.beside import Beside, beside
from service.api.endpoint import Description, endpoint
from service.api.figure_rows import Columns, filled, joined
from service.api.figures import Figures, figures_answer
from service.api.filters import Filtered
from service.api.forecast_plan import make_plans
from service.api.forecast_question import Measure, SumQuestion
from service.api.media import MEDIA_TYPES, form_name
from service.api.query import SEVERAL, Asked, read_question
from service.api.remembering import remembered
from service.api.scope import (
    Share,
    check_codes,
    earlier_shares,
    known_codes,
    narrowed,
    visible_shares,
)

BLUEPRINT = APIBlueprint("accuracy", __name__, tag={"name": "ramingen"})
Level = Literal["total", "product", "district", "series"]
Kind = Literal["rolling", "realised"]
SAME = (
    *("level", "municipality", "product", "district", "measure", "frequency", "unit"),
    *("period_kind", "horizon", "horizon_months", "origins", "observations", "wape", "bias"),
    *("baseline", "baseline_wape", "pinball", "baseline_pinball"),
    *("coverage_80", "coverage_low", "coverage_high"),
)
WHOLE = ("horizon", "horizon_months", "origins", "observations")
EVERY_HORIZON = 0
NAIVE = "last known of the same season"


class AccuracyQuestion(Filtered):
    """Filters of scores; parameters left out do not limit the answer."""

    measure: tuple[Measure, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Wat er geteld wordt."
    )
    level: tuple[Level, ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="Waarover geoordeeld is: total (gemeente), product, district, of series "
        "(product in een gebied).",
    )
    kind: tuple[Kind, ...] = Field(
        (),
        json_schema_extra=SEVERAL,
        description="rolling: nageraamde jaren uit het verleden, gemeten bij het maken van de "
        "editie. realised: wat een eerdere editie raamde, tegen wat er gebeurd is.",
    )
    horizons: Literal["all", "apart"] = Field(
        "all", description="all: over alle termijnen samen; apart: ook per termijn."
    )


class AccuracyRow(BaseModel):
    """How good forecasts were; the same columns in every format."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(
        description="rolling: op nageraamde jaren uit het verleden; realised: een eerdere editie "
        "tegen wat er gebeurd is."
    )
    level: Level = Field(description="Waarover geoordeeld is.")
    municipality: shared.Municipality
    product: shared.Product
    district: shared.District
    measure: shared.Measure
    frequency: Literal["month", "quarter", "year"] = Field(
        description="Hoe vaak de gegevens zijn aangeleverd."
    )
    unit: shared.Unit
    period_kind: Literal["period", "year"] = Field(
        description="Of losse perioden zijn beoordeeld, of jaarcijfers."
    )
    horizon: int = Field(description="Hoeveel perioden vooruit; 0 = alle termijnen samen.")
    horizon_months: int = Field(description="Hetzelfde in maanden.")
    origins: int = Field(description="Vanuit hoeveel momenten is geraamd.")
    observations: int = Field(description="Hoeveel cijfers zijn vergeleken.")
    wape: float | None = Field(
        description="Som van de absolute fouten in procenten van de som van de cijfers; null "
        "zonder cijfers."
    )
    bias: float | None = Field(
        description="Som van de fouten in procenten van de som van de cijfers; positief is te hoog "
        "geraamd."
    )
    baseline: str | None = Field(
        description="De eenvoudige methode waarmee vergeleken is: seasonal naive, of wat van "
        "hetzelfde seizoen het laatst bekend was."
    )
    baseline_wape: float | None = Field(description="wape van die methode.")
    pinball: float | None = Field(
        description="Gemiddeld verlies van p10, p50 en p90 in procenten; null waar niet gemeten."
    )
    baseline_pinball: float | None = Field(description="Hetzelfde van de eenvoudige methode.")
    coverage_80: float | None = Field(
        description="Deel (0-1) van de cijfers dat in de band van 80 procent viel; null waar niet "
        "gemeten."
    )
    coverage_low: float | None = Field(
        description="Ondergrens van wat dat deel kan zijn (95 procent), gezien het aantal."
    )
    coverage_high: float | None = Field(description="Bovengrens daarvan.")
    edition: shared.EditionId
    as_of: shared.AsOf
    scored_by: str | None = Field(
        description="De editie met de werkelijke cijfers; null bij rolling."
    )


class AccuracyMeta(shared.ListMeta):
    """What belongs to scores as a whole."""

    disclaimer: str = Field(description="Wat een raming is en niet is.")
    synthetic_label: str | None = Field(description="Waarschuwing bij verzonnen cijfers, of null.")
    measure: None = Field(description="Staat in de rijen.")
    definition: str = Field(description="Hoe de scores gelezen worden.")
    unit: str | None = Field(description="Eenheid van de beoordeelde cijfers; null als gemengd.")
    price_base: None = Field(description="Fouten zijn percentages.")
    data_as_of: Any = Field(description="Oudste peildatum; null zonder edities.")


class AccuracyAnswer(BaseModel):
    """Scores, and what belongs to them."""

    meta: AccuracyMeta
    rows: list[AccuracyRow]


@endpoint(
    BLUEPRINT,
    "/accuracy",
    AccuracyAnswer,
    Description(question=AccuracyQuestion, media_types=MEDIA_TYPES, example="accuracy"),
)
@access_rule(Role.CONTROLLER)
@remembered
def accuracy() -> Response:
    """Hoe goed de ramingen waren.

    Gemeten fouten naast die van een eenvoudige methode, en hoe vaak de uitkomst in de band viel:
    op nageraamde jaren, en van eerdere edities tegen wat er sindsdien gebeurd is.
    """
    asked = read_question(AccuracyQuestion, request.args)
    form = form_name(asked.query.format)
    seen = visible_shares(asked)
    for name in ("municipality", "product", "district"):
        check_codes(asked, name, getattr(asked.query, name), known_codes(seen, name))
    query = asked.check()
    shares = narrowed(seen, query.municipality)
    earlier = earlier_shares(asked, shares, None) if _wants(query, "realised") else []
    everything = [*shares, *(one for one in earlier if one not in shares)]
    return figures_answer(query, everything, form, lambda: _figures(asked, shares, earlier))


def _wants(query: AccuracyQuestion, kind: Kind) -> bool:
    return not query.kind or kind in query.kind


def accuracy_rows(asked: Asked[AccuracyQuestion], shares: Sequence[Share]) -> Columns:
    """Return the rows of a question, for who shows them in another form.

    Args:
        asked: the question.
        shares: what the asker sees, cut to the municipalities asked for.
    """
    query = asked.query
    earlier = earlier_shares(asked, shares, None) if _wants(query, "realised") else []
    return _columns(query, shares, earlier)


def _columns(query: AccuracyQuestion, shares: Sequence[Share], earlier: Sequence[Share]) -> Columns:
    parts: list[Columns] = []
    if _wants(query, "rolling"):
        parts += [_rolling(query, share) for share in shares if _measured(share)]
    if _wants(query, "realised"):
        parts += list(_realised(query, shares, earlier))
    return joined(parts, tuple(AccuracyRow.model_fields))


def _figures(
    asked: Asked[AccuracyQuestion], shares: Sequence[Share], earlier: Sequence[Share]
) -> Figures:
    query = asked.query
    columns = _columns(query, shares, earlier)
    notes = [] if query.kind == ("rolling",) or earlier else [explanations.NO_OTHER_EDITION]
    return Figures(
        name="nauwkeurigheid",
        measure=None,
        definition=explanations.SCORES,
        row=AccuracyRow,
        columns=columns,
        notes=notes,
    )


def _measured(share: Share) -> bool:
    return "accuracy.parquet" in share.edition.manifest["files"]


def _rolling(query: AccuracyQuestion, share: Share) -> Columns:
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
        **columns,
        "kind": filled(kind, count),
        "edition": filled(share.edition.edition_id, count),
        "as_of": np.full(count, share.edition.manifest["as_of"], dtype="datetime64[D]"),
        "scored_by": filled(scored_by, count),
    }
    return {name: whole[name] for name in AccuracyRow.model_fields}


def _realised(
    query: AccuracyQuestion, shares: Sequence[Share], earlier: Sequence[Share]
) -> Iterator[Columns]:
    """Yield the scores of earlier editions against the actuals of later ones."""
    for share in shares:
        for before in narrowed(earlier, share.municipalities):
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


LEVELS: tuple[tuple[Level, tuple[str, ...]], ...] = (
    ("total", ()),
    ("product", ("product",)),
    ("district", ("district",)),
    ("series", ("product", "district")),
)


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
    found = realised(known) | {"naive": known.last_known()}
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
    actual, mean = rows["actual"], rows["forecast_mean"]
    low, middle, high = (rows[f"forecast_{name}"] for name in ("p10", "p50", "p90"))
    naive = rows["naive"]
    share, count = losses.coverage(actual, low, high), len(actual)
    bounds = losses.share_interval(share, count)
    return {
        "horizon": EVERY_HORIZON,
        "horizon_months": EVERY_HORIZON,
        "origins": 1,
        "observations": count,
        "wape": losses.wape(actual, mean),
        "bias": losses.bias(actual, mean),
        "baseline": NAIVE,
        "baseline_wape": losses.wape(actual, naive),
        "pinball": losses.scaled_pinball(actual, low, middle, high),
        "baseline_pinball": losses.scaled_pinball(actual, naive, naive, naive),
        "coverage_80": share,
        "coverage_low": bounds[0],
        "coverage_high": bounds[1],
    }
