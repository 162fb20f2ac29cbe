"""Draws the use and the cost of care, month by month.

Clients come and go: each month a share stays and new ones arrive, around a course that is disturbed
by good and bad years of a law, a product and a district. So a month resembles the one before it,
small cells are lumpy, and one bad year touches many series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.sources.example.city import City, build_city
from training.sources.example.districts import MUNICIPALITY
from training.sources.example.effects import DRAWN, MONTHS
from training.sources.example.expected import Expected, Mask, expect
from training.sources.example.figures import Floats
from training.sources.example.products import PRODUCTS, Product
from training.sources.example.profiles import local_profile, national_profiles
from training.sources.example.streams import factor, persistent, stream
from training.sources.example.tariffs import Tariff, all_tariffs, cents_by_month

Counts = npt.NDArray[np.int64]
_LAW = (0.97, 0.015)  # memory per month and spread of the disturbances
_PRODUCT = (0.97, 0.035)
_CELL = (0.96, 0.06)
_VOLUME = (0.60, 0.014)
_VOLUME_MONTH = 0.008
_CLIENT_SPREAD = 0.45  # how much clients differ in volume
_CLIENT_MEMORY = 0.9
_LUMPY_SPREAD = 0.9
_FIRST_INSTALMENT = 0.7  # of a trajectory's price; the rest is paid at its end


@dataclass(frozen=True, eq=False)
class Simulation:
    """Voorbeeldstad from January 2017: what was drawn, and what was to be expected.

    Cells run over products and, within them, districts; the last cell of a product is the row of
    the municipality itself (unknown district, or all there is).

    Attributes:
        seed: the seed.
        scale: size of the city in 26 districts.
        city: the people.
        months: first days (datetime64[M]) up to December 2027, shape (months,).
        products: the products, in the order of the cells.
        profiles: national clients per 1,000 inhabitants by code, shape (sexes, bands).
        tariffs: dated tariffs by code.
        tariff_cents: price per unit in whole cents, shape (products, months); of a task: per month.
        product_of: index of each cell's product, shape (cells,).
        district_of: code of each cell's district, shape (cells,).
        exists: whether the row is delivered, shape (cells, months).
        has_cost: whether the cell has a cost of its own; of a task only the municipality has.
        clients: drawn clients up to September 2026, shape (cells, drawn).
        volume: drawn volume in units, same shape; NaN where none is registered.
        cost_cents: drawn cost in whole cents, same shape; zero where ``has_cost`` is false.
        expected_clients: clients without noise, shape (cells, months).
        expected_volume: volume without noise, same shape; NaN where none is registered.
        expected_cost_cents: cost without noise, in cents, same shape.
    """

    seed: int
    scale: int
    city: City
    months: npt.NDArray[np.datetime64]
    products: tuple[Product, ...]
    profiles: dict[str, Floats]
    tariffs: dict[str, list[Tariff]]
    tariff_cents: Counts
    product_of: Counts
    district_of: npt.NDArray[np.str_]
    exists: Mask
    has_cost: Mask
    clients: Counts
    volume: Floats
    cost_cents: Counts
    expected_clients: Floats
    expected_volume: Floats
    expected_cost_cents: Floats

    def cells_of(self, code: str) -> Counts:
        """Return the cells of a product.

        Raises:
            KeyError: the product does not exist.
        """
        cells = np.flatnonzero([self.products[p].code == code for p in self.product_of])
        if not len(cells):
            raise KeyError(code)
        return np.asarray(cells, dtype=np.int64)

    def product_cost_cents(self) -> Counts:
        """Return the drawn cost per product in whole cents, shape (products, drawn)."""
        total = np.zeros((len(self.products), self.cost_cents.shape[1]), dtype=np.int64)
        np.add.at(total, self.product_of, self.cost_cents)
        return total


@dataclass(frozen=True)
class _Drawn:
    """One product: its rows (districts, then the municipality) and what was drawn for them."""

    expected: Expected
    expected_volume: Floats
    rows: Counts
    clients: Counts
    volume: Floats


def simulate(seed: int = 2023, scale: int = 1) -> Simulation:
    """Draw Voorbeeldstad.

    Args:
        seed: same seed, same city.
        scale: how many times 26 districts and 180,000 inhabitants.

    Returns:
        What was drawn for 2017-01 to 2026-09, and what was to be expected up to 2027-12.
    """
    city = build_city(seed, scale)
    profiles = national_profiles()
    tariffs = all_tariffs(profiles, scale)
    cents = np.array([cents_by_month(tariffs[product.code]) for product in PRODUCTS])
    drawn = [_draw(product, profiles[product.code], city, seed) for product in PRODUCTS]
    names = np.array(_row_names(city))
    product_of = np.repeat(np.arange(len(PRODUCTS)), [len(d.rows) for d in drawn])
    whole = np.concatenate([d.rows == len(city.districts) for d in drawn])
    task = np.array([product.variant == "taak" for product in PRODUCTS])[product_of]
    volume = np.vstack([d.volume for d in drawn])
    expected_volume = np.vstack([d.expected_volume for d in drawn])
    own = cents[product_of]
    return Simulation(
        seed=seed,
        scale=scale,
        city=city,
        months=MONTHS,
        products=PRODUCTS,
        profiles=profiles,
        tariffs=tariffs,
        tariff_cents=cents,
        product_of=product_of,
        district_of=np.concatenate([names[d.rows] for d in drawn]),
        exists=np.vstack([d.expected.exists[d.rows] for d in drawn]),
        has_cost=~task | whole,
        clients=np.vstack([d.clients for d in drawn]),
        volume=volume,
        cost_cents=np.floor(_cost(volume, own[:, :DRAWN], task, whole) + 0.5).astype(np.int64),
        expected_clients=np.vstack([d.expected.clients[d.rows] for d in drawn]),
        expected_volume=expected_volume,
        expected_cost_cents=_cost(expected_volume, own, task, whole),
    )


def _cost(volume: Floats, cents: Counts, task: Mask, whole: Mask) -> Floats:
    """Return volume x tariff; of a task the sum per month, in the municipality's row only."""
    by_volume = np.nan_to_num(volume) * cents
    by_task = cents * whole[:, None]
    return np.where(task[:, None], by_task, by_volume)


def _draw(product: Product, national: Floats, city: City, seed: int) -> _Drawn:
    """Draw one product in all its districts."""
    expected = expect(product, local_profile(product, national, seed), city, seed)
    last = len(city.districts)
    rows = np.arange(last if product.municipal else 0, last + 1)
    names = _row_names(city)[rows[0] :]
    usual = _expected_volume(product, expected, rows)
    around = expected.clients[rows, :DRAWN] * _disturbance(product, names, seed)
    flows = [
        _flow(course, product.stay, stream(seed, "flow", product.code, name))
        for course, name in zip(around, names, strict=True)
    ]
    clients, starts, ends = (np.array(part) for part in zip(*flows, strict=True))
    if product.variant == "output":
        volume = np.round(_FIRST_INSTALMENT * starts + (1 - _FIRST_INSTALMENT) * ends, 1)
    else:
        volume = clients * expected.per_client[rows, :DRAWN]
        volume = volume * _volume_noise(product, clients, names, seed)
        volume = np.rint(volume / product.step) * product.step
    return _Drawn(expected, usual, rows, clients, volume)


def _row_names(city: City) -> list[str]:
    return [*(district.code for district in city.districts), MUNICIPALITY]


def _disturbance(product: Product, names: list[str], seed: int) -> Floats:
    """Return the good and bad years of law, product and district, mean one, (cells, drawn)."""
    law = factor(stream(seed, "law", product.law).standard_normal(DRAWN), *_LAW)
    own = factor(stream(seed, "product", product.stream).standard_normal(DRAWN), *_PRODUCT)
    draws = [stream(seed, "cell", product.stream, name).standard_normal(DRAWN) for name in names]
    return np.asarray(law * own * factor(np.array(draws), *_CELL))


def _flow(course: Floats, stay: float, rng: np.random.Generator) -> tuple[list[int], ...]:
    """Draw clients who come and go around a course.

    Whoever is there stays with the given chance (lower when the course falls faster), newcomers
    fill up to the course. The expected number of clients equals the course in every month.

    Returns:
        Clients, starts and ends per month.
    """
    before = course[0]
    clients = int(rng.poisson(before))
    stock, starts, ends = [], [], []
    for now in course.tolist():
        chance = min(stay, now / before) if before > 0 else 0.0
        remaining = int(rng.binomial(clients, chance)) if clients else 0
        arriving = int(rng.poisson(max(now - chance * before, 0.0)))
        starts.append(arriving)
        ends.append(clients - remaining)
        clients, before = remaining + arriving, now
        stock.append(clients)
    return stock, starts, ends


def _volume_noise(product: Product, clients: Counts, names: list[str], seed: int) -> Floats:
    """Return the noise in volume per client, mean one, shape (cells, drawn)."""
    rng = stream(seed, "volume", product.code)
    common = factor(rng.standard_normal(DRAWN), *_VOLUME)
    common = common * factor(rng.standard_normal(DRAWN), 0.0, _VOLUME_MONTH)
    draws = [
        stream(seed, "volume cell", product.code, name).standard_normal(DRAWN) for name in names
    ]
    spread = _LUMPY_SPREAD if product.stay == 0 else _CLIENT_SPREAD
    memory = 0.0 if product.stay == 0 else _CLIENT_MEMORY
    width = spread / np.sqrt(np.maximum(clients, 1))
    own = np.exp(persistent(np.array(draws), memory, 1.0) * width - width**2 / 2)
    return np.asarray(common * own)


def _expected_volume(product: Product, expected: Expected, rows: Counts) -> Floats:
    """Return volume without noise, shape (rows, months); of trajectories: paid instalments."""
    clients = expected.clients[rows]
    if product.variant != "output":
        return np.asarray(clients * expected.per_client[rows])
    before = np.concatenate([clients[:, :1], clients[:, :-1]], axis=1)
    staying = np.minimum(product.stay * before, clients)
    starts, ends = clients - staying, before - staying
    return np.asarray(_FIRST_INSTALMENT * starts + (1 - _FIRST_INSTALMENT) * ends)
