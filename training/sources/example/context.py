"""The tables around use: catalogue, people, prices, policy and provenance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.sources.example import effects
from training.sources.example.care import Simulation
from training.sources.example.city import FIRST_YEAR, LAST_YEAR, VINTAGES, YEARS, project
from training.sources.example.districts import MUNICIPALITY, MUNICIPALITY_LABEL
from training.sources.example.figures import BANDS, INDICES, SEXES, Floats, provider_index
from training.sources.example.products import NEW_CODE, OLD_CODE
from training.sources.example.tables import Table, rows
from training.sources.example.tariffs import CONTRACT_SERIES, contract_index
from training.sources.example.window import Window


def products(simulation: Simulation) -> Table:
    """Return the catalogue of products."""
    columns = ("label", "law", "category", "taakveld", "variant", "unit")
    described = attrgetter(*columns, "basis", "forecast", "reason")
    lines = [(p.code, *described(p)) for p in simulation.products]
    return rows(("product", *columns, "clients_basis", "forecast", "reason"), lines)


def districts(simulation: Simulation) -> Table:
    """Return the districts, the city parts, and the row of the municipality itself."""
    lines = [(MUNICIPALITY, MUNICIPALITY, MUNICIPALITY_LABEL, "", "")]
    lines += [(MUNICIPALITY, code, name, "stadsdeel", "") for code, name in simulation.city.parts]
    lines += [
        (MUNICIPALITY, district.code, district.name, "wijk", district.part)
        for district in simulation.city.districts
    ]
    return rows(("municipality", "district", "label", "kind", "parent"), lines)


def boundaries(simulation: Simulation) -> str:
    """Return the districts as GeoJSON."""
    city = simulation.city
    features = [
        {
            "type": "Feature",
            "properties": {
                "municipality": MUNICIPALITY,
                "district": district.code,
                "label": district.name,
                "kind": "wijk",
                "parent": district.part,
            },
            "geometry": {"type": "Polygon", "coordinates": [outline]},
        }
        for district, outline in zip(city.districts, city.outlines, strict=True)
    ]
    name = f"{MUNICIPALITY_LABEL}: verzonnen stad in de Noordzee"
    document = {"type": "FeatureCollection", "name": name, "features": features}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def population(simulation: Simulation, window: Window) -> Table:
    """Return the people counted and the projections published by the end of the window."""
    counted = simulation.city.by_band
    observed = [_Count(counted, (year,), "") for year in YEARS]
    projected = [
        _Count(
            project(simulation.city, vintage), tuple(range(vintage + 1, LAST_YEAR)), str(vintage)
        )
        for vintage in VINTAGES
    ]
    codes = np.array([district.code for district in simulation.city.districts])
    published = [one for one in (*observed, *projected) if window.knows(one.known_from)]
    return pd.concat([_people(one, codes) for one in published], ignore_index=True)


@dataclass(frozen=True)
class _Count:
    """People by age band, shape (districts, years, sexes, bands), of some years and one vintage."""

    people: Floats
    years: tuple[int, ...]
    vintage: str

    @property
    def known_from(self) -> date:
        """A count is published in May, a projection in July of its year."""
        return date(int(self.vintage), 7, 1) if self.vintage else date(self.years[0], 5, 1)


def _people(count: _Count, codes: npt.NDArray[np.str_]) -> Table:
    years = [year - FIRST_YEAR for year in count.years]
    persons = np.rint(count.people[:, years]).astype(np.int64)
    there = persons.sum(axis=(2, 3), keepdims=True) > 0
    district, year, sex, band = np.nonzero(np.broadcast_to(there, persons.shape))
    low, high = np.array(BANDS).T
    return pd.DataFrame(
        {
            "municipality": MUNICIPALITY,
            "district": codes[district],
            "year": np.array(count.years)[year],
            "age_from": low[band],
            "age_to": high[band],
            "persons": persons[district, year, sex, band],
            "sex": np.array(SEXES)[sex],
            "kind": "projected" if count.vintage else "observed",
            "vintage": count.vintage,
            "known_from": count.known_from.isoformat(),
        }
    )


def age_profile(simulation: Simulation) -> Table:
    """Return the national use per 1,000 inhabitants by age and sex."""
    lines = [
        (product.code, low, high, SEXES[sex], f"{rates[sex, band]:.4f}")
        for product in simulation.products
        for rates in (simulation.profiles[product.code],)
        for band, (low, high) in enumerate(BANDS)
        for sex in range(len(SEXES))
    ]
    return rows(("product", "age_from", "age_to", "sex", "use_per_1000"), lines)


def prices(window: Window) -> Table:
    """Return the indices that became known: wages, materials, VNG's advice, one contract."""
    lines: list[tuple[str, int, str, str, date]] = []
    for year in range(FIRST_YEAR, max(INDICES) + 1):
        autumn_before, autumn = date(year - 1, 10, 15), date(year, 10, 15)
        for status, known in (("provisional", autumn_before), ("definitive", autumn)):
            final = status == "definitive"
            lines.append(("OVA", year, f"{INDICES[year].ova[final]:.2f}", status, known))
            lines.append(("PPC", year, f"{INDICES[year].ppc[final]:.2f}", status, known))
        lines.append(("VNG", year, f"{provider_index(year):.2f}", "definitive", autumn_before))
        contract = (CONTRACT_SERIES, year, f"{contract_index(year):.2f}", "definitive")
        lines.append((*contract, date(year - 1, 11, 15)))
    known_lines = sorted(line for line in lines if window.knows(line[-1]))
    written = [(*line[:-1], line[-1].isoformat()) for line in known_lines]
    return rows(("series", "year", "index_pct", "status", "known_from"), written)


def policy_events(window: Window) -> Table:
    """Return the dated events that bend the series."""
    lines = [line for line in _events() if window.knows(date.fromisoformat(line[0]))]
    return rows(("date", "kind", "product", "note"), lines)


def _events() -> list[tuple[str, str, str, str]]:
    wlz = "Wlz open voor mensen met een psychische stoornis"
    residence = "Woonplaatsbeginsel Jeugdwet"
    recoded = f"Hercodering: {OLD_CODE} gaat over in {NEW_CODE}"
    gap = "Aanbieder in stadsdeel Oost stopt; minder aanbod, geen lagere vraag"
    return [
        ("2019-01-01", "slope", "01-hbh", "Abonnementstarief ingevoerd"),
        ("2020-01-01", "level", "01-hbh", "Abonnementstarief voor alle Wmo-voorzieningen"),
        *((f"{month}-01", "outlier", "", "Corona") for month in effects.CORONA_MONTHS),
        ("2021-01-01", "level", OLD_CODE, f"{recoded}; lopende toewijzingen lopen af"),
        ("2021-01-01", "level", NEW_CODE, f"{recoded}; nieuwe toewijzingen op de nieuwe code"),
        ("2021-01-01", "level", "02-begeleiding", wlz),
        ("2021-01-01", "level", "15-beschermd-wonen", wlz),
        ("2022-01-01", "level", "35-pleegzorg", residence),
        ("2022-01-01", "level", "44-gezinshuis", residence),
        ("2022-01-01", "level", "48-jeugdbescherming", residence),
        ("2022-01-01", "level", effects.REFORM_PRODUCT, "Nieuwe inkoop: hoger tarief, minder uren"),
        ("2022-09-01", "level", effects.GAP_PRODUCT, gap),
        ("2023-03-01", "slope", effects.GAP_PRODUCT, "Andere aanbieders nemen deels over"),
    ]
