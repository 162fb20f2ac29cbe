"""What is known of one product of Voorbeeldstad."""

from __future__ import annotations

from dataclasses import dataclass, field

WMO = "Wmo 2015"
YOUTH = "Jeugdwet"
Anchors = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Product:
    """What one product is, and how it behaves.

    Attributes:
        code: own code: category and a short name.
        label: name in Dutch.
        law: ``WMO`` or ``YOUTH``.
        taakveld: Iv3 2023-2024.
        ages: relative use by age as (age, value) points.
        volume: units per client and month in 2022; for ``output`` trajectories it only sets the
            level of clients.
        price: euros per unit in 2022.
        share: share of the law's cost per head of 2022; None = outside the CPB figures, then
            ``per_1000`` sets the level.
        per_1000: clients per 1,000 inhabitants where ``share`` is None.
        unit: unit of volume; None = no volume is registered.
        variant: inspanning, output or taak.
        basis: stock or during.
        forecast: model, scenario or none.
        reason: why not the model.
        stay: share of this month's clients that is still there next month.
        growth: growth of use per expected use, percent a year, in 2017 and in the long run.
        volume_growth: growth of volume per client, percent a year.
        women: use of a woman relative to a man of the same age.
        need: effect of one unit of socio-economic need on the logarithm of use.
        unknown: share of clients without a known district, 2017.
        municipal: known municipality-wide only.
        season: name of the seasonal pattern of volume per client.
        client_season: name of the seasonal pattern of clients.
        pace: name of the pace at which declarations come in.
        used: share of the allocated volume that is normally used.
        family: products of one family share demand (a code and its successor).
    """

    code: str
    label: str
    law: str
    taakveld: str
    ages: Anchors
    volume: float
    price: float
    share: float | None = None
    per_1000: float = 0.0
    unit: str | None = "uur"
    variant: str = "inspanning"
    basis: str = "stock"
    forecast: str = "model"
    reason: str = ""
    stay: float = 0.95
    growth: tuple[float, float] = (1.0, 1.0)
    volume_growth: float = 0.0
    women: float = 1.0
    need: float = 0.2
    unknown: float = 0.06
    municipal: bool = False
    season: str = "flat"
    client_season: str = "flat"
    pace: str = "normal"
    used: float = 0.9
    family: str = field(default="")

    @property
    def category(self) -> str:
        """The two-digit category of iWmo or iJw."""
        return self.code[:2]

    @property
    def stream(self) -> str:
        """The name under which demand is drawn: the family, else the code."""
        return self.family or self.code

    @property
    def step(self) -> float:
        """The smallest amount of volume that is declared."""
        return 0.25 if self.unit == "uur" else 0.1 if self.variant == "output" else 1.0
