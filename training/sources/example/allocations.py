"""Allocations: what was granted, a little more than what is used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.sources.example.care import Counts, Simulation
from training.sources.example.effects import DRAWN
from training.sources.example.figures import Floats
from training.sources.example.streams import stream

_WAITING = 0.04  # granted and not yet started, per client
_NOISE = 0.04


@dataclass(frozen=True)
class Allocated:
    """What is allocated per cell and month, for the cells of ``cells``.

    Attributes:
        cells: rows of the simulation; tasks are not allocated per client.
        clients: shape (cells, drawn).
        volume: units per month, never below what is used.
        ceiling_cents: volume x tariff, in whole cents.
    """

    cells: Counts
    clients: Counts
    volume: Floats
    ceiling_cents: Counts


def allocate(simulation: Simulation) -> Allocated:
    """Return the allocations of all months that were drawn."""
    variants = np.array([product.variant for product in simulation.products])
    cells = np.flatnonzero(variants[simulation.product_of] != "taak")
    parts = [_cell(simulation, int(cell)) for cell in cells]
    clients, volume = (np.array(part) for part in zip(*parts, strict=True))
    cents = simulation.tariff_cents[simulation.product_of[cells], :DRAWN]
    ceiling = np.floor(volume * cents + 0.5).astype(np.int64)
    return Allocated(np.asarray(cells, dtype=np.int64), clients, volume, ceiling)


def _cell(simulation: Simulation, cell: int) -> tuple[Counts, Floats]:
    product = simulation.products[simulation.product_of[cell]]
    name = str(simulation.district_of[cell])
    rng = stream(simulation.seed, "allocations", product.code, name)
    used = simulation.clients[cell]
    clients = used + rng.poisson(_WAITING * used)
    granted = _usual_volume(simulation, cell) * clients / product.used
    granted = granted * np.exp(rng.normal(0, _NOISE, DRAWN))
    volume = np.maximum(np.nan_to_num(granted), simulation.volume[cell])
    return clients, np.round(np.ceil(volume / product.step - 1e-9) * product.step, 2)


def _usual_volume(simulation: Simulation, cell: int) -> Floats:
    """Return the expected volume per client over the year around each month, shape (drawn,)."""
    volume, clients = simulation.expected_volume[cell], simulation.expected_clients[cell]
    year = np.ones(12)
    share = np.convolve(volume, year, "same") / np.maximum(np.convolve(clients, year, "same"), 1e-9)
    return np.asarray(share[:DRAWN])
