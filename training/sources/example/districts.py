"""The districts of Voorbeeldstad: invented names, types of building and need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.sources.example.figures import Floats

MUNICIPALITY = "VB0001"  # no CBS code: those read GM and four digits
MUNICIPALITY_LABEL = "Voorbeeldstad (synthetisch)"
PARTS = ("Centrum", "Noord", "Oost", "Zuid", "West")

# How a type of building differs from the country, by age group
# 0-14, 15-24, 25-34, 35-44, 45-64, 65-79, 80+; illustrative.
AGE_GROUPS = np.repeat(np.arange(7), [3, 2, 2, 2, 4, 3, 3])
AGES_BY_TYPE: dict[str, Floats] = {
    "centre": np.array([0.45, 1.50, 2.10, 1.00, 0.75, 0.70, 0.80]),
    "pre-war": np.array([0.85, 1.20, 1.50, 1.15, 0.85, 0.70, 0.70]),
    "post-war": np.array([1.05, 1.05, 1.15, 1.00, 0.90, 1.00, 1.25]),
    "seventies": np.array([0.95, 0.90, 0.80, 0.90, 1.10, 1.35, 1.10]),
    "nineties": np.array([1.40, 1.00, 0.90, 1.40, 1.00, 0.50, 0.35]),
    "village": np.array([0.95, 0.90, 0.70, 0.95, 1.20, 1.20, 1.10]),
    "villas": np.array([1.00, 0.90, 0.55, 0.95, 1.25, 1.25, 1.30]),
    "business": np.array([0.60, 1.10, 1.40, 1.10, 1.00, 0.80, 0.50]),
    "new": np.array([1.50, 0.60, 1.50, 1.60, 0.60, 0.40, 0.25]),
}


@dataclass(frozen=True)
class Plan:
    """One district as drawn on the plan of the city, from the centre outwards.

    Attributes:
        name: the label.
        type: a key of ``AGES_BY_TYPE``.
        inhabitants: on 1 January 2017.
        need: socio-economic need, 0 = the city's middle, one = one standard deviation.
    """

    name: str
    type: str
    inhabitants: int
    need: float


GROWTH_TYPE = "new"
CENTRE_DISTRICTS = 5
PLANS = (
    Plan("Binnenstad", "centre", 7150, 0.1),
    Plan("Stationskwartier", "centre", 6000, 0.3),
    Plan("Havenkwartier", "centre", 4750, -0.2),
    Plan("Singelkwartier", "pre-war", 6600, -0.5),
    Plan("Hofkwartier", "pre-war", 5400, 0.0),
    Plan("Bloemenbuurt", "pre-war", 7650, 0.5),
    Plan("Rivierenwijk", "post-war", 9450, 0.9),
    Plan("Molenwijk", "pre-war", 8300, -0.1),
    Plan("Spoorwijk", "pre-war", 6300, 0.7),
    Plan("Parkwijk", "villas", 4650, -1.2),
    Plan("Tuindorp", "pre-war", 5050, 0.6),
    Plan("Zeeheldenbuurt", "pre-war", 6950, 0.2),
    Plan("Componistenwijk", "post-war", 8400, 1.1),
    Plan("Vogelwijk", "post-war", 7350, 0.7),
    Plan("Bomenwijk", "post-war", 8600, 0.5),
    Plan("Sterrenwijk", "post-war", 6650, 1.4),
    Plan("Kastelenwijk", "seventies", 9550, 0.0),
    Plan("Merenwijk", "seventies", 10800, 0.1),
    Plan("Kloosterhof", "seventies", 8800, 0.2),
    Plan("Weidewijk", "seventies", 7900, -0.2),
    Plan("Waterrijk", "nineties", 10050, -0.6),
    Plan("Duinzicht", "villas", 4150, -1.4),
    Plan("Zonneveld", "nineties", 9000, -0.5),
    Plan("Lindenoord", "village", 2050, -0.6),
    Plan("De Kade", "business", 600, 0.3),
    Plan("Nieuwe Polder", GROWTH_TYPE, 0, -0.3),
)
# Inhabitants of a new district on 1 January: building starts in 2019, first figures in 2020.
GROWTH_PATH: dict[int, int] = {
    2020: 380,
    2021: 1150,
    2022: 2250,
    2023: 3500,
    2024: 4650,
    2025: 5700,
    2026: 6600,
    2027: 7300,
    2028: 7800,
}
GROWTH_STARTS = min(GROWTH_PATH)


@dataclass(frozen=True)
class District:
    """One district of the city as built, its codes included."""

    code: str
    name: str
    part: str
    plan: Plan

    @property
    def grows(self) -> bool:
        """Tell whether this is a new district that is still being built."""
        return self.plan.type == GROWTH_TYPE


def part_code(part: int) -> str:
    """Return the code of a city part, counted from zero."""
    return f"VBS{part + 1:02d}"


def part_name(part: int, scale: int) -> str:
    """Return the name of a city part; a larger city numbers them."""
    name = PARTS[part // scale]
    return name if scale == 1 else f"{name} {part % scale + 1}"


def district_name(plan: Plan, block: int) -> str:
    """Return the name of a district; the second district of a plan is called II, and so on."""
    return plan.name if block == 0 else f"{plan.name} {block + 1}"
