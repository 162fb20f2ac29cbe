"""The tables of a delivery as text, in the columns of the data contract.

Text, not numbers, so that the same seed gives the same bytes: money has two decimals, volume as
many as its unit needs, days are ISO.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.sources.example.allocations import allocate
from training.sources.example.budgets import budgets
from training.sources.example.care import Counts, Simulation
from training.sources.example.declared import LATEST, arrived, declared_cents, known_cents
from training.sources.example.districts import MUNICIPALITY
from training.sources.example.effects import MONTHS, code_exists
from training.sources.example.figures import Floats
from training.sources.example.tariffs import Tariff
from training.sources.example.window import Window, month_start

Table = pd.DataFrame


def money(cents: Iterable[int]) -> list[str]:
    """Write whole cents as euros with two decimals."""
    return [f"{'-' if c < 0 else ''}{abs(c) // 100}.{abs(c) % 100:02d}" for c in map(int, cents)]


def number(values: Iterable[float]) -> list[str]:
    """Write numbers with as many decimals (two at most) as they need; unknown is empty."""
    return ["" if isnan(v) else f"{v:.2f}".rstrip("0").rstrip(".") for v in map(float, values)]


def days(months: Iterable[int]) -> npt.NDArray[np.str_]:
    """Write months counted from January 2017 as their first day."""
    wanted = np.asarray(list(months), dtype=np.int64)
    return (np.datetime64("2017-01", "M") + wanted).astype("datetime64[D]").astype(np.str_)


def care_use(simulation: Simulation, window: Window) -> Table:
    """Return use and cost per cell and month; months still being declared as far as they are."""
    cell, month = _shown(simulation, window)
    cost, volume, open_months = _as_declared(simulation, window)
    code = _codes(simulation)[simulation.product_of[cell]]
    priced = simulation.has_cost[cell]
    status = np.where(open_months[cell, month], "provisional", "definitive")
    return pd.DataFrame(
        {
            "municipality": MUNICIPALITY,
            "district": simulation.district_of[cell],
            "product": code,
            "period": days(month),
            "clients": simulation.clients[cell, month].astype(str),
            "volume": number(volume[cell, month]),
            "cost_eur": np.where(priced, money(cost[cell, month]), ""),
            "status": status,
        }
    )


def _shown(simulation: Simulation, window: Window) -> tuple[Counts, Counts]:
    """Return the cells and months of the rows, by cell and then by month."""
    exists = simulation.exists[:, window.first : window.last + 1]
    cell, month = np.nonzero(exists)
    return np.asarray(cell), np.asarray(month + window.first)


def _codes(simulation: Simulation) -> npt.NDArray[np.str_]:
    return np.array([product.code for product in simulation.products])


def _as_declared(
    simulation: Simulation, window: Window
) -> tuple[Counts, Floats, npt.NDArray[np.bool_]]:
    """Return cost, volume and whether it can still change, shape (cells, drawn) each."""
    cost, volume = simulation.cost_cents.copy(), simulation.volume.copy()
    changing = np.zeros(cost.shape, dtype=np.bool_)
    if window.final:
        return cost, volume, changing
    known = known_cents(declared_cents(simulation), window.last)
    for index, product in enumerate(simulation.products):
        if product.pace == "at once":
            continue
        cells = np.flatnonzero(simulation.product_of == index)
        for month in range(max(window.last - LATEST + 1, 0), window.last + 1):
            changing[cells, month] = True
            declared = shared_out(int(known[index, month]), cost[cells, month])
            cost[cells, month] = declared
            units = declared / simulation.tariff_cents[index, month] / product.step
            volume[cells, month] = np.round(np.rint(units) * product.step, 2)
    return cost, volume, changing


def shared_out(total: int, final: Counts) -> Counts:
    """Share an amount in proportion to final amounts, to the cent (largest remainders).

    Args:
        total: whole cents.
        final: whole cents per part; all zero gives all zero.
    """
    whole = int(final.sum())
    if whole == 0:
        return np.zeros_like(final)
    exact = final * (total / whole)
    parts = np.floor(exact).astype(np.int64)
    left = total - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:left]] += 1
    return np.asarray(parts)


def declarations(simulation: Simulation, window: Window) -> Table:
    """Return what was declared per product, month of care and month of declaration."""
    declared = declared_cents(simulation)
    months = declared.shape[1]
    seen = arrived(months, window.last) & ~arrived(months, window.first - 1)
    product, month, delay = np.nonzero(seen & (declared != 0))
    return pd.DataFrame(
        {
            "municipality": MUNICIPALITY,
            "product": _codes(simulation)[product],
            "service_period": days(month),
            "declared_period": days(month + delay),
            "cost_eur": money(declared[product, month, delay]),
        }
    )


def allocations(simulation: Simulation, window: Window) -> Table:
    """Return what was allocated per cell in the latest months."""
    allocated = allocate(simulation)
    cells = allocated.cells
    exists = simulation.exists[cells, window.allocations_from : window.last + 1]
    row, month = np.nonzero(exists)
    month = month + window.allocations_from
    cell = cells[row]
    return pd.DataFrame(
        {
            "municipality": MUNICIPALITY,
            "product": _codes(simulation)[simulation.product_of[cell]],
            "period": days(month),
            "district": simulation.district_of[cell],
            "clients": allocated.clients[row, month].astype(str),
            "volume": number(allocated.volume[row, month]),
            "cost_ceiling_eur": money(allocated.ceiling_cents[row, month]),
        }
    )


def budget(simulation: Simulation, window: Window) -> Table:
    """Return the budgets that became known."""
    lines = [line for line in budgets(simulation) if window.knows(line.known_from)]
    return pd.DataFrame(
        {
            "municipality": MUNICIPALITY,
            "year": [line.year for line in lines],
            "product": [line.product.code for line in lines],
            "taakveld": [line.product.taakveld for line in lines],
            "amount_eur": money(line.cents for line in lines),
            "version": [line.version for line in lines],
            "known_from": [line.known_from.isoformat() for line in lines],
        }
    )


def tariff_table(simulation: Simulation, window: Window) -> Table:
    """Return the tariffs that are valid in or after the window and were known by its end."""
    start = month_start(window.first)
    dated = [
        tariff
        for product in simulation.products
        for tariff in simulation.tariffs[product.code]
        if tariff.known_from <= window.as_of and tariff.valid_to >= start and _in_force(tariff)
    ]
    return pd.DataFrame(
        {
            "product": [tariff.product for tariff in dated],
            "valid_from": [tariff.valid_from.isoformat() for tariff in dated],
            "unit": [tariff.unit for tariff in dated],
            "eur_per_unit": money(tariff.cents for tariff in dated),
            "valid_to": [tariff.valid_to.isoformat() for tariff in dated],
            "known_from": [tariff.known_from.isoformat() for tariff in dated],
        }
    )


def _in_force(tariff: Tariff) -> bool:
    """Tell whether the code was in the code list when the tariff was valid."""
    starts = np.array([tariff.valid_from, tariff.valid_to], dtype="datetime64[M]")
    return bool(code_exists(tariff.product)[np.isin(MONTHS, starts)].any())


def rows(columns: Sequence[str], lines: Sequence[Sequence[object]]) -> Table:
    """Return a small table from its lines."""
    return pd.DataFrame(list(lines), columns=list(columns))
