"""The rule by which the index for providers is made, from wages and materials.

The association of municipalities (VNG) advises an index for providers every autumn: 90 % wages
(OVA) and 10 % materials (PPC), provisional for the year to come, plus the correction from
provisional to definitive of the year before. All figures are in percent: 4.74 is a rise by 4.74 %.

Source: domain reference, section 3.5; VNG, Indexatie bij inkoop jeugdhulp en Wmo-ondersteuning,
2024 and 2025.
"""

from __future__ import annotations

from enum import StrEnum
from math import floor

WAGES, MATERIALS, PROVIDER = "OVA", "PPC", "VNG"
WAGE_SHARE = 0.9


class Correction(StrEnum):
    """How definitive is compared with provisional; published both ways."""

    RATIO = "ratio"  # (1 + definitive) / (1 + provisional) - 1
    DIFFERENCE = "difference"  # definitive - provisional


def weighted(wages: float, materials: float) -> float:
    """Return 90 % wages and 10 % materials, in percent."""
    return WAGE_SHARE * wages + (1 - WAGE_SHARE) * materials


def correction(provisional: float, definitive: float, how: Correction) -> float:
    """Return by how much a provisional index was too low, in percent of the price."""
    if how is Correction.DIFFERENCE:
        return definitive - provisional
    return 100 * ((1 + definitive / 100) / (1 + provisional / 100) - 1)


def provider_index(provisional: float, corrected: float, how: Correction) -> float:
    """Return the provider index from its two parts, in percent with two decimals.

    Published tables by ratio add the parts as printed, with two decimals (4.70 + 1.60 = 6.30); the
    one by difference added them unrounded (3.944 + 1.013 = 4.96).
    """
    if how is Correction.RATIO:
        provisional, corrected = _printed(provisional), _printed(corrected)
    return _printed(provisional + corrected)


def _printed(pct: float) -> float:
    """Round half up to two decimals, as tables on paper do."""
    return floor(pct * 100 + 0.5 + 1e-9) / 100
