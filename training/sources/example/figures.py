"""Published figures on which Voorbeeldstad rests, each with its source.

Facts only; no data file is copied. What is marked *illustrative* was never published in that form
and is a plausible value, so that the example has a complete history.

Sources:
    CPB, Middellangetermijnraming zorg 2027-2033 (February 2025): spending per inhabitant by age,
        2022, from message traffic scaled to CBS: ``WMO_PER_HEAD``, ``YOUTH_PER_HEAD``.
    CBS, population on 1 January 2017 by age (rounded): ``PYRAMID``.
    CBS, Kerncijfers wijken en buurten 2022, the 14 municipalities of 140,000 to 240,000
        inhabitants: ``CITY_AGE_SHARES_2022``.
    CBS, Iv3 annual accounts 2017-2022, taakvelden 6.6 + 6.71, 6.81 and 6.72 + 6.82, euros per
        inhabitant, all municipalities: ``IV3_PER_INHABITANT``.
    VNG, Indexatie bij inkoop jeugdhulp en Wmo-ondersteuning 2024 and 2025, and its message of 19
        December 2022: the published cells of ``INDICES``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

OLDEST = 120
BANDS: tuple[tuple[int, int], ...] = (*((low, low + 4) for low in range(0, 90, 5)), (90, OLDEST))
SEXES = ("m", "v")

# Inhabitants of the Netherlands on 1 January 2017 by age band, x 1,000.
PYRAMID: Floats = np.array(
    [
        *(872, 920, 962, 1037, 1063, 1083, 1032, 1009, 1064, 1275),
        *(1286, 1196, 1081, 1053, 789, 583, 406, 243, 122),
    ],
    dtype=np.float64,
)
# Share of women by age band; illustrative, after the national pattern.
WOMEN: Floats = np.array(
    [
        *(0.487, 0.488, 0.488, 0.489, 0.492, 0.495, 0.498, 0.501, 0.502, 0.500),
        *(0.499, 0.500, 0.502, 0.506, 0.514, 0.536, 0.575, 0.640, 0.735),
    ]
)
# Shares of the age groups 0-14, 15-24, 25-44, 45-64 and 65+ in cities of this size, 2022; and as
# they were in 2017, aged back by the national change (illustrative).
CITY_AGE_SHARES_2022: Floats = np.array([0.152, 0.140, 0.278, 0.259, 0.171])
CITY_AGE_SHARES: Floats = np.array([0.155, 0.141, 0.274, 0.272, 0.158])
CITY_AGE_GROUPS = np.repeat(np.arange(5), [3, 2, 4, 4, 6])

# Students come to the city: ages 15-19 and 20-24 within their group, relative; illustrative.
STUDENTS: Floats = np.repeat([1.0, 0.85, 1.15, 1.0], [3, 1, 1, 14])

# Euros per inhabitant by age band, 2022.
WMO_PER_HEAD: Floats = np.array(
    [
        *(3.7, 17.1, 20.3, 136.0, 517.2, 314.4, 228.4, 219.8, 230.4, 228.0),
        *(232.7, 240.4, 260.8, 286.4, 347.9, 569.2, 959.0, 1397.3, 1638.4),
    ]
)
YOUTH_PER_HEAD: Floats = np.pad([411.8, 1089.0, 1517.7, 1641.8, 54.8], (0, 14))

# Cities of this size spend more per inhabitant than the country (Iv3 2022: Wmo without 6.81 +6 %,
# youth care +20 %); part of that, because declarations leave out personal budgets and access.
CITY_LEVEL = {"Wmo 2015": 1.02, "Jeugdwet": 1.12}

# Euros per inhabitant in the annual accounts: Wmo without 6.81, 6.81, youth care.
IV3_PER_INHABITANT: dict[int, tuple[int, int, int]] = {
    2017: (203, 123, 244),
    2018: (210, 133, 270),
    2019: (229, 138, 296),
    2020: (243, 151, 299),
    2021: (248, 122, 319),
    2022: (247, 119, 319),
}


@dataclass(frozen=True)
class IndexYear:
    """The price indices of one year, in percent.

    Attributes:
        ova: wages (overheidsbijdrage in de arbeidskostenontwikkeling), provisional and definitive.
        ppc: materials (prijs particuliere consumptie), provisional and definitive.
        provider: the index that VNG published for providers, or None where the rule fills it.
    """

    ova: tuple[float, float]
    ppc: tuple[float, float]
    provider: float | None = None

    def weighted(self, definitive: bool) -> float:
        """Return 90 % OVA + 10 % PPC."""
        return 0.9 * self.ova[definitive] + 0.1 * self.ppc[definitive]


# Published: OVA and PPC of 2023 and 2024, both provisional figures of 2025, provisional 2022, and
# the provider index of 2024 and 2025. All other cells are illustrative.
INDICES: dict[int, IndexYear] = {
    2016: IndexYear((1.50, 1.65), (0.90, 0.80)),
    2017: IndexYear((1.64, 1.84), (1.10, 1.40)),
    2018: IndexYear((2.35, 2.77), (1.50, 1.80)),
    2019: IndexYear((2.90, 3.10), (2.20, 2.40)),
    2020: IndexYear((3.10, 3.28), (1.60, 1.40)),
    2021: IndexYear((1.95, 2.21), (1.50, 2.20)),
    2022: IndexYear((1.72, 2.74), (1.64, 6.30)),
    2023: IndexYear((4.74, 6.36), (4.87, 7.02)),
    2024: IndexYear((4.94, 6.00), (2.51, 3.10), provider=6.30),
    2025: IndexYear((4.18, 4.52), (1.82, 2.90), provider=4.96),
    2026: IndexYear((3.95, 3.80), (2.10, 2.20)),
    2027: IndexYear((3.40, 3.40), (2.00, 2.00)),
}


def provider_index(year: int) -> float:
    """Return VNG's advised index for providers in percent, rounded to two decimals.

    A published index is data. Other years follow the rule: the provisional weighted index plus the
    correction (definitive minus provisional) of the year before.

    Raises:
        KeyError: the year, or the year before, has no indices.
    """
    this, last = INDICES[year], INDICES[year - 1]
    if this.provider is not None:
        return this.provider
    correction = last.weighted(definitive=True) - last.weighted(definitive=False)
    return round(this.weighted(definitive=False) + correction, 2)
