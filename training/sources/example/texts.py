"""What says, in Dutch, that nothing in the example is real."""

from __future__ import annotations

from training.sources.example.care import Simulation
from training.sources.example.districts import MUNICIPALITY
from training.sources.example.tables import Table, rows
from training.sources.example.window import Window, month_start

OWNER = "Voorbeeldstad (synthetisch), afdeling Financiën"
_BASIS = (
    "Geen: verzonnen cijfers over niemand. Een echte levering rust op Wmo 2015, artikel 5.1.1, "
    "en Jeugdwet, artikel 7.4.0"
)
_PURPOSES = {
    "care_use.csv": "Gebruik en kosten ramen voor de begroting",
    "products.csv": "Producten herkennen en indelen naar wet en taakveld",
    "districts.csv": "Wijken herkennen en optellen tot stadsdelen",
    "population.csv": "Verwacht gebruik berekenen uit leeftijd en geslacht",
    "age_profile.csv": "Verwacht gebruik berekenen uit leeftijd en geslacht",
    "prices.csv": "Prijs en volume uit elkaar houden",
    "tariffs.csv": "Volume omrekenen naar kosten",
    "policy_events.csv": "Trendbreuken herkennen",
    "declarations.csv": "Late declaraties aanvullen",
    "allocations.csv": "Toegewezen en nog niet gedeclareerde zorg meetellen",
    "budget.csv": "Raming en begroting vergelijken",
    "districts.geojson": "Kaart tekenen",
}

_REMARKS = {
    "prices.csv": " (OVA and PPC of 2023-2024 and VNG of 2024-2025 as published, the rest made up)",
    "age_profile.csv": " (after CPB, spending by age 2022)",
}

_README = """\
VOORBEELDSTAD: EEN VERZONNEN GEMEENTE
=====================================

Alle cijfers in deze map zijn synthetisch. Voorbeeldstad bestaat niet, er woont niemand, en geen
enkel cijfer gaat over een mens of over een echte gemeente. De gemeentecode is {code}; dat is geen
code van het CBS. De kaart ligt in de Noordzee.

Gemaakt door: de Voorbeeldstad-generator van Zorgraming, seed {seed}, schaal {scale}.
Periode: {first} tot en met {last}.
{state}

De cijfers lijken op die van een Nederlandse stad van {people} inwoners: het gebruik per leeftijd
volgt het CPB (2022), de hoogte van de kosten de jaarrekeningen (Iv3), de prijsindexen de VNG. Dat
is vrij overgenomen: dit is geen bron over Nederland.

Wat u erin kunt terugvinden
- corona vanaf maart 2020, het sterkst bij dagbesteding en vervoer;
- het abonnementstarief (2019 en 2020) bij hulp bij het huishouden;
- nieuwe inkoop van individuele begeleiding in januari 2022: hoger tarief, minder uren;
- een hercodering in januari 2021: 33-daghulp gaat over in 41-dagbehandeling;
- een aanbieder van dagbesteding in Oost die in september 2022 stopt;
- een wijk in aanbouw, Nieuwe Polder, met cijfers vanaf 2020;
- cliënten van wie de wijk niet bekend is: de rijen met wijk {code};
- declaraties die twee tot vier maanden later komen: recente maanden zijn voorlopig;
- kleine aantallen, en begrotingen die te laag zijn.

De map outcomes (alleen bij het voorbeeld zelf) bevat wat er na 2023 gebeurt. Die cijfers dienen om
een raming achteraf te scoren, niet om ermee te ramen.
"""
_PANEL_STATE = "De laatste zes maanden zijn voorlopig: nog niet alles is gedeclareerd."
_OUTCOMES_STATE = "Dit zijn de uitkomsten, zoals ze uiteindelijk worden."


def readme(simulation: Simulation, window: Window) -> str:
    """Return the explanation that lies in the folder."""
    return _README.format(
        code=MUNICIPALITY,
        seed=simulation.seed,
        scale=simulation.scale,
        first=f"{month_start(window.first):%Y-%m}",
        last=f"{window.as_of:%Y-%m}",
        state=_OUTCOMES_STATE if window.final else _PANEL_STATE,
        people=f"{180_000 * simulation.scale:,}".replace(",", "."),
    )


def provenance(simulation: Simulation, window: Window, names: list[str]) -> Table:
    """Return a line per file that says it is synthetic."""
    source = f"synthetic: Voorbeeldstad generator, seed {simulation.seed}"
    if simulation.scale > 1:
        source += f", scale {simulation.scale}"
    day = window.as_of.isoformat()
    lines = [
        (
            name,
            source + _REMARKS.get(name, ""),
            day,
            day,
            OWNER,
            _BASIS,
            f"Voorbeeld en test: {_PURPOSES[name].lower()}",
        )
        for name in [*names, "districts.geojson"]
    ]
    columns = ("file", "source", "vintage", "retrieved", "owner", "legal_basis", "purpose")
    return rows(columns, lines)
