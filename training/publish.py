"""From fitted frames to a draft edition: the gate's verdict, the manifest, the frozen folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from models.base_rows import with_actuals
from models.catalogue import MEASURES, first_day, last_day
from models.cube import SCALE, build_cube
from models.edition import EditionContent
from models.panel import Panel
from models.selection import base_forecasts
from models.uncertainty import Components
from training.assemble import Assembled
from training.frame_fit import FrameFit
from training.gate import gate, scores
from training.gate_checks import Check, edition_checks
from training.identity import Settings, code_hash, identity_of, versions
from training.nowcast_table import nowcast_table
from training.policy_events import told_events

# What the provenance says of a file, and the manifest repeats.
TOLD = ("vintage", "source", "legal_basis", "purpose")


@dataclass(frozen=True)
class Draft:
    """Everything a draft edition is made of."""

    panel: Panel
    settings: Settings
    fits: Sequence[FrameFit]
    components: Sequence[dict[str, Components]]
    assembled: Assembled
    accuracy: dict[str, list[Any]]
    quality: dict[str, Any]
    run: dict[str, Any]
    origins: pa.Table | None = None


def content(draft: Draft) -> EditionContent:
    """Return the content of the edition, ready to be written."""
    panel, figures = draft.panel, draft.assembled
    measures = tuple(m for m in MEASURES if any(m in fit.frame.measures for fit in draft.fits))
    forecasts = base_forecasts(
        figures.series, figures.paths, figures.axes, figures.actuals, measures
    )
    parameters = {"format": 1, "recipes": _recipes(draft.fits), "components": _calibration(draft)}
    documents: dict[str, object] = {"quality": draft.quality, "models": parameters}
    if panel.boundaries is not None:
        documents["districts.geojson"] = panel.boundaries
    return EditionContent(
        delivery=panel.name,
        as_of=draft.settings.as_of,
        identity=identity_of(panel.files, draft.settings),
        manifest=_manifest(draft, measures),
        run=draft.run,
        series=figures.series,
        paths=figures.paths,
        tables={
            "forecasts": forecasts,
            "accuracy": pa.table(draft.accuracy),
            "products": _table(panel.products.drop(columns=["known_from"], errors="ignore")),
            "districts": _table(panel.districts.drop(columns=["known_from"], errors="ignore")),
            "drivers": figures.causes.table(),
            "nowcast": nowcast_table(draft.fits, panel.as_known_at(draft.settings.as_of)),
        }
        | ({} if draft.origins is None else {"origins": draft.origins}),
        documents=documents,
        drivers=figures.causes.paths(),
    )


def _table(frame: Any) -> pa.Table:  # noqa: ANN401 (pandas)
    return pa.Table.from_pandas(
        frame.reset_index(drop=True), preserve_index=False
    ).replace_schema_metadata()


def _manifest(draft: Draft, measures: tuple[str, ...]) -> dict[str, Any]:
    panel, settings, figures = draft.panel, draft.settings, draft.assembled
    sources = {str(row.file): row for row in panel.provenance.itertuples()}
    return {
        "municipalities": list(panel.municipalities),
        "data_until": _data_until(draft.fits).isoformat(),
        "until": settings.until.isoformat(),
        "seed": settings.seed,
        "draws": settings.draws,
        "measures": list(measures),
        "synthetic": is_synthetic(panel),
        "frequencies": sorted({str(frequency) for frequency in figures.axes}),
        "axes": {
            str(frequency): {
                "first": first_day(axis.first, frequency).isoformat(),
                "steps": axis.steps,
            }
            for frequency, axis in figures.axes.items()
        },
        "inputs": [
            {"file": file.name, "sha256": file.sha256, "rows": file.rows}
            | _source(sources.get(file.name) or sources.get(Path(file.name).stem))
            for file in panel.files
        ],
        "versions": versions() | {"code": code_hash()},
        "settings": settings.as_dict(),
        "outcomes": outcomes(draft.fits),
        "recipes": _recipes(draft.fits),
        "calibration": _calibration(draft),
        "scores": scores(draft.accuracy),
        "gate": gate(draft.accuracy, _checks(draft, measures)),
        "assumptions": _assumptions(draft),
        "owner": _owner(panel),
        "scale": dict.fromkeys(measures, SCALE),
        "drivers": figures.causes.about() | {"priced": _priced(draft.fits)},
        "price_indices": _indices(draft.fits),
        "policy_events": told_events(panel),
    }


def _checks(draft: Draft, measures: tuple[str, ...]) -> list[Check]:
    """Look at the figures themselves, laid out as they will be read."""
    figures = draft.assembled
    bare = build_cube(figures.series, figures.paths, figures.axes, measures)
    cube = with_actuals(bare, figures.actuals)
    judged, owner = bool(draft.accuracy["measure"]), _owner(draft.panel)
    return edition_checks(cube, figures.actuals, draft.quality, owner, judged=judged)


def is_synthetic(panel: Panel) -> bool:
    """Tell whether the delivery says of its care use that it is synthetic."""
    rows = panel.provenance[panel.provenance["file"].astype(str).str.startswith("care_use")]
    return bool(len(rows)) and bool(
        rows["source"].astype(str).str.contains("syntheti", case=False).all()
    )


def _source(row: Any) -> dict[str, Any]:  # noqa: ANN401 (a row of provenance)
    return {name: None if row is None else _text(getattr(row, name)) for name in TOLD}


def _text(value: Any) -> str | None:  # noqa: ANN401
    return None if pd.isna(value) else str(value)


def _owner(panel: Panel) -> str:
    owners = panel.provenance["owner"].dropna()
    return str(owners.iloc[0]) if len(owners) else ""


def _data_until(fits: Sequence[FrameFit]) -> date:
    return max(
        last_day(fit.frame.first + fit.frame.periods - 1, fit.frame.frequency) for fit in fits
    )


def has_measure(fit: FrameFit, measure: str) -> npt.NDArray[np.bool_]:
    """Which series have a record or a forecast of a measure."""
    known = np.isfinite(fit.frame.values[measure][:, : fit.frame.known_until(measure)])
    return np.asarray(known.any(axis=1) | fit.fits[measure, fit.end].live)


def outcomes(fits: Sequence[FrameFit]) -> dict[str, int]:
    """Count the recorded outcomes over all series and measures."""
    counted: Counter[str] = Counter()
    for fit in fits:
        for measure in fit.frame.measures:
            own = fit.fits[measure, fit.end]
            has = has_measure(fit, measure)
            counted.update(own.outcome[row] for row in np.flatnonzero(has))
    return dict(sorted(counted.items()))


def outcome_rows(fits: Sequence[FrameFit]) -> dict[str, list[str]]:
    """Return one row per series and measure: keys, outcome, reason, method."""
    table: dict[str, list[str]] = {
        name: []
        for name in (
            "municipality",
            "district",
            "product",
            "measure",
            "outcome",
            "reason",
            "method",
        )
    }
    for fit in fits:
        for measure in fit.frame.measures:
            own = fit.fits[measure, fit.end]
            has = has_measure(fit, measure)
            for row in np.flatnonzero(has):
                key = fit.frame.keys.loc[row]
                for name in ("municipality", "district", "product"):
                    table[name].append(str(key[name]))
                table["measure"].append(measure)
                for name in ("outcome", "reason", "method"):
                    table[name].append(getattr(own, name)[row])
    return table


def _priced(fits: Sequence[FrameFit]) -> bool:
    """Tell whether the course of any price is known."""
    return any(bool((np.ptp(fit.price[fit.end], axis=1) > 0).any()) for fit in fits)


def _indices(fits: Sequence[FrameFit]) -> list[dict[str, Any]]:
    """The price indices that products follow, year by year, and what each rests on."""
    known = {index for fit in fits for index in fit.indices}
    ordered = sorted(known, key=lambda index: (index.series, index.year))
    return [
        {
            "series": index.series,
            "year": index.year,
            "index_pct": round(index.pct, 4),
            "basis": index.basis,
            "spread_pct": round(index.spread_pct, 4),
        }
        for index in ordered
    ]


def _recipes(fits: Sequence[FrameFit]) -> list[dict[str, Any]]:
    return [
        {
            "frequency": str(fit.frame.frequency),
            "measure": measure,
            "damping": fit.recipes[measure, fit.end].damping,
            "coherence": fit.recipes[measure, fit.end].coherence,
            "pooling": fit.recipes[measure, fit.end].pooling,
            "origins": len(fit.origins) - 1,
        }
        for fit in fits
        for measure in fit.frame.measures
    ]


def _calibration(draft: Draft) -> list[dict[str, Any]]:
    """The variance components and the factor each level was scaled with."""
    return [
        {
            "frequency": str(fit.frame.frequency),
            "measure": measure,
            "constant": {name: round(value, 8) for name, value in own.constant.items()},
            "per_year": {name: round(value, 8) for name, value in own.per_year.items()},
            "white": {name: round(value, 8) for name, value in own.white.items()},
            "scale": {name: round(value, 4) for name, value in own.scale.items()},
            "observations": own.observations,
        }
        for fit, components in zip(draft.fits, draft.components, strict=True)
        for measure, own in components.items()
    ]


def _assumptions(draft: Draft) -> list[str]:
    sentences = [
        "unchanged law and unchanged municipal execution (policy-poor baseline)",
        "registered use is forecast: waiting lists and limits of supply are not modelled away",
        *draft.panel.known_assumptions(),
    ]
    if not _priced(draft.fits) and any("cost" in fit.frame.measures for fit in draft.fits):
        sentences.append(
            "no tariffs or prices were delivered: cost is in euros as booked, and what prices did "
            "counts as volume per client, or as use where clients are not known"
        )
    for fit in draft.fits:
        sentences += fit.assumptions
        for measure, lag in fit.frame.lags.items():
            declaring, by = fit.frame.declaring[measure], f"{measure} by {fit.frame.frequency}"
            if declaring:
                sentences.append(
                    f"{by}: the last {declaring} periods are still being declared; they are "
                    "forecast, not fitted"
                )
            if lag > declaring:
                sentences.append(
                    f"{by}: most series do not report the last {lag - declaring} periods yet; the "
                    "fit ends before them, figures that are there stand"
                )
    return sorted(set(sentences), key=sentences.index)
