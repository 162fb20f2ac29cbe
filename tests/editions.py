"""A small synthetic edition for tests, made from a seed; every oddity of the contract is in it.

Per municipality, months unless stated:

- ``HH`` household help (hours): all districts and the unknown district (code = municipality); it
  starts late in the second district, and has no history at all in the third.
- ``BG`` guidance (hours, other clients basis): one unknown month in the past of the first district
  (May two years ago; February this year when history is short); held in the last district (no
  forecast).
- ``DB`` day care (day parts): delivered by quarter.
- ``PG`` personal budgets: delivered by year; only when asked for (``yearly=True``).
- ``VB`` residential care: cost only, known municipality-wide only, one month later than the rest.

The last two months before the as-of date are not delivered yet, so that the axis of the paths
starts with actual months. Draws of cost are whole cents whose mean is a whole cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from models.catalogue import MEASURES, Frequency, first_day, ordinal
from models.cube import SERIES_SCHEMA, Axis
from models.disclosure_files import SHA256, keep_mask
from models.edition import EditionContent, append_record, open_edition, write_edition
from models.selection import Actuals, base_forecasts

PRODUCTS = {
    "BG": ("Begeleiding", "Wmo 2015", "uur", "during", Frequency.MONTH),
    "DB": ("Dagbesteding", "Wmo 2015", "dagdeel", "stock", Frequency.QUARTER),
    "HH": ("Huishoudelijke hulp", "Wmo 2015", "uur", "stock", Frequency.MONTH),
    "PG": ("Persoonsgebonden budget", "Wmo 2015", "uur", "during", Frequency.YEAR),
    "VB": ("Verblijf", "Jeugdwet", None, None, Frequency.MONTH),
}
FOREVER = date(2099, 12, 31)


@dataclass(frozen=True)
class Setting:
    """How an edition for tests is made; see ``build_edition``."""

    municipalities: tuple[str, ...]
    as_of: date
    seed: int
    synthetic: bool
    districts: int = 3
    draws: int = 40
    until: date = date(2026, 12, 31)
    history: date = date(2021, 1, 1)
    late: int = 2
    measures: tuple[str, ...] = MEASURES
    delivery: str | None = None
    level: float = 20.0
    yearly: bool = False
    only: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    idle: int | None = None
    bare: bool = False

    @property
    def products(self) -> tuple[str, ...]:
        """Codes of the products, sorted."""
        usual = (code for code in PRODUCTS if self.yearly or code != "PG")
        return tuple(sorted(self.only or usual))


def build_edition(
    editions: Path,
    *,
    municipality: str | tuple[str, ...] = "VB0001",
    as_of: date = date(2023, 12, 31),
    seed: int = 1,
    approved: bool = True,
    synthetic: bool = True,
    valid_until: date = FOREVER,
    **options: Any,  # noqa: ANN401 - passed on to Setting
) -> Path:
    """Write an edition and return its folder.

    Args:
        editions: where it goes.
        municipality: one code, or several for one delivery of several municipalities.
        as_of: last day of the year or quarter as of which it is made.
        seed: of all figures.
        approved: whether a person signed it.
        synthetic: what its manifest says.
        valid_until: end of the approval.
        options: districts, draws, until, history, late (months not yet delivered), measures,
            delivery (default: ``test-`` and the municipality), level (mean clients per month),
            yearly (a product delivered by year as well), only (codes of the products), held
            (measures of which no series has a forecast), idle (steps of an axis that no series
            uses), bare (no array of paths for a measure without forecasts).
    """
    codes = (municipality,) if isinstance(municipality, str) else municipality
    folder = write_edition(
        make_content(Setting(codes, as_of, seed, synthetic, **options)), editions
    )
    if approved:
        approve(folder, as_of, valid_until)
    return folder


def _scores() -> pa.Table:
    """Return two scores as training writes them: of the whole, over all horizons and one."""
    codes = dict.fromkeys(("municipality", "district", "product"), "all")
    words = {"level": "total", "measure": "cost", "frequency": "month", "unit": "EUR"}
    counts = {"horizon_months": 0, "origins": 2, "observations": 24}
    figures = {"wape": 12.0, "bias": -1.5, "baseline_wape": 15.0, "coverage_80": 0.8}
    figures |= {"pinball": 9.0, "baseline_pinball": 15.0}
    figures |= {"coverage_low": 0.6, "coverage_high": 0.9}
    rest = {"period_kind": "year", "baseline": "seasonal naive"}
    row = codes | words | counts | figures | rest
    return pa.Table.from_pylist([row | {"horizon": horizon} for horizon in (0, 1)])


def approve(folder: Path, day: date, valid_until: date = FOREVER) -> None:
    """Sign an edition, thirty days after a day."""
    event = {
        "event": "approved",
        "by": "A. Tester",
        "reference": "B-2024-001",
        "valid_until": valid_until.isoformat(),
    }
    event[SHA256] = keep_mask(open_edition(folder, verify=False))
    append_record(folder, event, moment(day + timedelta(days=30)))


def recall(folder: Path, day: date) -> None:
    """Recall an edition, sixty days after a day."""
    event = {"event": "recalled", "by": "A. Tester", "reference": "B-2024-002"}
    append_record(folder, event, moment(day + timedelta(days=60)))


def moment(day: date) -> datetime:
    """Return noon of a day, in UTC."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def make_content(setting: Setting) -> EditionContent:
    """Return the content of an edition, to be written or spoilt by a test."""
    maker = _Maker(setting)
    series, paths = maker.series(), maker.paths()
    axes = {frequency: maker.axis(frequency) for frequency in maker.frequencies}
    tables = {
        "forecasts": base_forecasts(series, paths, axes, maker.actuals(), setting.measures),
        "products": _products(setting),
        "districts": _districts(setting),
        "accuracy": _scores(),
    }
    return EditionContent(
        delivery=setting.delivery or f"test-{setting.municipalities[0].lower()}",
        as_of=setting.as_of,
        identity={"seed": setting.seed, "setting": repr(setting)},
        manifest=maker.manifest(axes),
        run={"made": "2024-01-15T09:00:00Z", "seconds": 1.5, "jobs": 1},
        series=series,
        paths=paths,
        tables=tables,
        documents={"quality": {"accepted": 100, "rejected": 0}},
    )


class _Series:
    """One series: where, what, from when, with history and forecast or not."""

    def __init__(self, setting: Setting, municipality: str, district: str, product: str) -> None:
        self.key = (municipality, district, product)
        self.frequency = PRODUCTS[product][4]
        number = 0 if district == municipality else int(district[-2:])
        start = setting.history
        if product == "HH" and number == 2:
            start = date(setting.as_of.year - 1, 4, 1)
        known = ordinal(setting.as_of, Frequency.MONTH) - setting.late - (product == "VB")
        months = self.frequency.months
        self.first = ordinal(start, self.frequency)
        self.data_until: int | None = (known + 1) // months - 1
        self.last = ordinal(setting.until, self.frequency)
        self.outcome = "fitted"
        if product == "HH" and number == 3:
            self.first, self.data_until, self.outcome = self.data_until + 1, None, "pooled"
        elif product == "BG" and number == setting.districts:
            self.last, self.outcome = self.data_until, "held"
        self.gap: int | None = None
        if product == "BG" and number == 1:
            may = ordinal(date(setting.as_of.year - 2, 5, 1), Frequency.MONTH)
            # with a short history: within the axis of the paths
            recent = ordinal(date(setting.as_of.year, 2, 1), Frequency.MONTH)
            self.gap = may if may >= self.first else recent
        self.measures: tuple[str, ...] = ("cost",) if product == "VB" else MEASURES
        self.held = MEASURES if self.outcome == "held" else setting.held
        if self.data_until is None:  # without history and forecast there is no such measure
            self.measures = tuple(m for m in self.measures if m not in self.held)

    @property
    def drawn(self) -> tuple[str, ...]:
        """The measures that have a forecast."""
        return tuple(measure for measure in self.measures if measure not in self.held)


class _Maker:
    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.rng = np.random.default_rng(setting.seed)
        self.all = [
            _Series(setting, municipality, district, product)
            for municipality in sorted(setting.municipalities)
            for district in sorted([municipality, *_codes(municipality, setting.districts)])
            for product in setting.products
            if (district == municipality) or product != "VB"
        ]
        self.frequencies = [f for f in Frequency if any(s.frequency == f for s in self.all)]
        self.figures = [self._figures(series) for series in self.all]
        self.rows = {m: self._rows(m) for m in setting.measures}

    def axis(self, frequency: Frequency) -> Axis:
        ends = [s.data_until for s in self.all if s.frequency == frequency]
        first = min(end for end in ends if end is not None) + 1
        start = ordinal(date(first_day(first, frequency).year, 1, 1), frequency)
        steps = ordinal(self.setting.until, frequency) - start + 1
        idle = self.setting.idle
        if idle is not None and not any(s.frequency == frequency and s.drawn for s in self.all):
            steps = idle
        return Axis(start, steps)

    def _rows(self, measure: str) -> list[int]:
        rows, free = [], 0
        for series in self.all:
            drawn = measure in series.drawn
            rows.append(free if drawn else -1)
            free += drawn
        return rows

    def _figures(self, series: _Series) -> dict[str, npt.NDArray[np.int64]]:
        """Draw every measure of a series from its first to its last period: (periods, draws)."""
        periods, draws = series.last - series.first + 1, self.setting.draws
        level = self.setting.level * series.frequency.months * self.rng.uniform(0.1, 1.0)
        ahead = np.zeros(periods)
        actual = 0 if series.data_until is None else series.data_until - series.first + 1
        ahead[actual:] = 1.0
        shock = self.rng.normal(0, 0.1, (1, draws)) + self.rng.normal(0, 0.1, (periods, draws))
        season = 1 + 0.2 * np.sin(np.arange(periods) * 2 * np.pi / series.frequency.per_year)
        noise = self.rng.normal(0, 0.1, (periods, 1)) * (1 - ahead[:, None])
        clients = np.rint(level * season[:, None] * np.exp(noise + ahead[:, None] * shock))
        volume = np.rint(clients * 1000 * np.exp(ahead[:, None] * shock / 2))
        cost = np.rint(volume * 31.25).astype(np.int64)
        cost[:, 0] -= cost.sum(axis=1) % draws  # the mean is a whole cent
        cost[:actual] = cost[:actual, :1]
        clients, volume = clients.astype(np.int64) * 100, volume.astype(np.int64)
        return {"clients": clients, "volume": volume, "cost": cost}

    def paths(self) -> dict[str, npt.NDArray[Any]]:
        steps = max(self.axis(frequency).steps for frequency in self.frequencies)
        found: dict[str, npt.NDArray[Any]] = {}
        for measure, rows in self.rows.items():
            dtype = np.int64 if measure == "cost" else np.int32
            if self.setting.bare and max(rows) < 0:
                continue
            array = np.zeros((max(rows) + 1, steps, self.setting.draws), dtype=dtype)
            for series, figures, row in zip(self.all, self.figures, rows, strict=True):
                if row < 0:
                    continue
                axis = self.axis(series.frequency)
                start = max(series.first, axis.first)
                values = figures[measure][start - series.first :].copy()
                if series.gap is not None and series.gap >= start:
                    values[series.gap - start] = 0
                array[row, start - axis.first : start - axis.first + len(values)] = values
            found[measure] = array
        return found

    def actuals(self) -> list[Actuals]:
        found = []
        for number, (series, figures) in enumerate(zip(self.all, self.figures, strict=True)):
            if series.data_until is None:
                continue
            for measure in self.rows:
                values = figures[measure][: series.data_until - series.first + 1, 0].astype(float)
                if series.gap is not None:
                    values[series.gap - series.first] = np.nan
                at = np.array([number], dtype=np.int64)
                if measure in series.measures:
                    grid = Actuals(measure, series.frequency, at, series.first, values[None])
                    found.append(grid)
        return found

    def series(self) -> pa.Table:
        rows = []
        for number, series in enumerate(self.all):
            _, _, unit, basis, frequency = PRODUCTS[series.key[2]]
            row: dict[str, Any] = dict(
                zip(("municipality", "district", "product"), series.key, strict=True)
            )
            row |= {"frequency": frequency.value, "volume_unit": unit, "clients_basis": basis}
            for measure in MEASURES:
                row |= self._measured(series, measure, number)
            rows.append(row)
        return pa.Table.from_pylist(rows, schema=SERIES_SCHEMA)

    def _measured(self, series: _Series, measure: str, number: int) -> dict[str, Any]:
        if measure not in self.rows or measure not in series.measures:
            return {f"row_{measure}": -1}
        end = series.data_until
        held = measure in series.held
        last = end if held and end is not None else series.last
        return {
            f"row_{measure}": self.rows[measure][number],
            f"from_{measure}": first_day(series.first, series.frequency),
            f"until_{measure}": first_day(last, series.frequency),
            f"data_until_{measure}": None if end is None else first_day(end, series.frequency),
            f"outcome_{measure}": "held" if held else series.outcome,
            f"reason_{measure}": "te weinig waarnemingen" if held else None,
            f"method_{measure}": None if held else "median",
        }

    def manifest(self, axes: dict[Frequency, Axis]) -> dict[str, Any]:
        setting = self.setting
        known = ordinal(setting.as_of, Frequency.MONTH) - setting.late + 1
        return {
            "delivery": setting.delivery or f"test-{setting.municipalities[0].lower()}",
            "municipalities": sorted(setting.municipalities),
            "as_of": setting.as_of.isoformat(),
            "data_until": (first_day(known, Frequency.MONTH) - timedelta(days=1)).isoformat(),
            "until": setting.until.isoformat(),
            "seed": setting.seed,
            "draws": setting.draws,
            "measures": list(setting.measures),
            "synthetic": setting.synthetic,
            "frequencies": [frequency.value for frequency in axes],
            "axes": {
                f.value: {"first": first_day(axis.first, f).isoformat(), "steps": axis.steps}
                for f, axis in axes.items()
            },
            "inputs": [
                {
                    "file": "care_use.csv",
                    "sha256": "0" * 64,
                    "rows": 1000,
                    "vintage": None,
                    "source": "synthetisch",
                }
            ],
            "versions": {"zorgraming": "0.1.0"},
            "settings": {},
            "outcomes": {
                kind: sum(series.outcome == kind for series in self.all)
                for kind in ("fitted", "pooled", "held")
            },
            "scores": {"cost": {"wape": 0.12, "wape_seasonal_naive": 0.15, "coverage": 0.8}},
            "gate": {"passed": True, "reasons": []},
            "assumptions": ["verzonnen cijfers voor tests"],
            "owner": "Team Test",
            "scale": {measure: 100 for measure in MEASURES},
        }


def _codes(municipality: str, count: int) -> list[str]:
    return [f"{municipality}D{number:02d}" for number in range(1, count + 1)]


def _products(setting: Setting) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "product": code,
                "label": label,
                "law": law,
                "category": None,
                "taakveld": "6.71" if law.startswith("Wmo") else "6.72",
                "variant": "inspanning",
                "unit": unit,
                "clients_basis": basis,
                "forecast": "model",
                "frequency": frequency.value,
            }
            for code in setting.products
            for label, law, unit, basis, frequency in [PRODUCTS[code]]
        ],
        schema=pa.schema(
            [
                (name, pa.string())
                for name in (
                    "product",
                    "label",
                    "law",
                    "category",
                    "taakveld",
                    "variant",
                    "unit",
                    "clients_basis",
                    "forecast",
                    "frequency",
                )
            ]
        ),
    )


def _districts(setting: Setting) -> pa.Table:
    rows: list[tuple[str, str, str, str | None, str | None]] = []
    for municipality in sorted(setting.municipalities):
        rows.append((municipality, municipality, "Onbekend", None, None))
        for number, code in enumerate(_codes(municipality, setting.districts), start=1):
            rows.append((municipality, code, f"Wijk {number}", "wijk", None))
    names = ("municipality", "district", "label", "kind", "parent")
    schema = pa.schema([(name, pa.string()) for name in names])
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)
