"""Writes Voorbeeldstad as panel folders: what was known at the end of 2023, and what came after."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

from models.errors import ZorgramingError
from training.sources.example import context, tables
from training.sources.example.care import Simulation, simulate
from training.sources.example.tables import Table
from training.sources.example.texts import provenance, readme
from training.sources.example.window import OUTCOMES, PANEL, Window, delivery_at

Progress = Callable[[str], None]
DEFAULT_SEED = 2023
LARGEST_SCALE = 20


def write_example(
    folder: Path, seed: int = DEFAULT_SEED, scale: int = 1, progress: Progress | None = None
) -> Path:
    """Write the example municipality as delivered at the end of 2023, and its ``outcomes/``.

    The same seed and scale give the same bytes. Everything is written aside and moved into place,
    so that there is never half an example.

    Args:
        folder: the panel folder to make; it may exist if it is empty.
        seed: a whole number from zero.
        scale: how many times 26 districts and 180,000 inhabitants, 1 to 20.
        progress: is called with the name of each step.

    Returns:
        The folder.

    Raises:
        ZorgramingError: the folder holds files, cannot be written, or an argument is out of range.
    """
    _refuse(seed, scale)
    say = progress or _silent
    say("simulate")
    simulation = simulate(seed, scale)

    def fill(aside: Path) -> None:
        _write(aside, simulation, PANEL, say)
        _write(aside / "outcomes", simulation, OUTCOMES, say)

    return _moved_into_place(folder, fill)


def write_delivery(folder: Path, simulation: Simulation, as_of: date) -> Path:
    """Write the panel folder as it would have been delivered at the end of any month.

    Args:
        folder: the panel folder to make; it may exist if it is empty.
        simulation: what was drawn.
        as_of: the last day of a month from 2017-01 to 2026-09.

    Returns:
        The folder.

    Raises:
        HorizonError: the day is no such month's end.
        ZorgramingError: the folder holds files or cannot be written.
    """
    window = delivery_at(as_of)
    return _moved_into_place(folder, lambda aside: _write(aside, simulation, window, _silent))


def _silent(_: str) -> None:
    """Say nothing."""


def _refuse(seed: int, scale: int) -> None:
    if seed < 0:
        raise ZorgramingError(f"seed {seed}: a whole number from zero is asked")
    if not 1 <= scale <= LARGEST_SCALE:
        raise ZorgramingError(f"scale {scale}: a whole number from 1 to {LARGEST_SCALE} is asked")


def _moved_into_place(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Let a folder be filled aside, then move it to its place."""
    folder = folder.resolve()
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ZorgramingError(f"{folder} is not empty; name a new or empty folder")
        aside.mkdir(parents=True)
        fill(aside)
        if folder.exists():
            folder.rmdir()
        os.replace(aside, folder)
    except OSError as error:
        raise ZorgramingError(f"{folder} cannot be written: {error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _write(folder: Path, simulation: Simulation, window: Window, say: Progress) -> None:
    """Write all files of one delivery."""
    folder.mkdir(exist_ok=True)
    names = []
    for name, table in _contents(simulation, window).items():
        say(f"write {name}")
        made = table()
        if len(made):
            _save(folder / f"{name}.csv", made)
            names.append(f"{name}.csv")
    _save(folder / "provenance.csv", provenance(simulation, window, names))
    (folder / "districts.geojson").write_text(context.boundaries(simulation), "utf-8", newline="\n")
    (folder / "README.txt").write_text(readme(simulation, window), "utf-8", newline="\n")


def _save(path: Path, table: Table) -> None:
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _contents(simulation: Simulation, window: Window) -> dict[str, Callable[[], Table]]:
    """Return how each file is made, by name."""
    return {
        "care_use": lambda: tables.care_use(simulation, window),
        "products": lambda: context.products(simulation),
        "districts": lambda: context.districts(simulation),
        "population": lambda: context.population(simulation, window),
        "age_profile": lambda: context.age_profile(simulation),
        "prices": lambda: context.prices(window),
        "tariffs": lambda: tables.tariff_table(simulation, window),
        "policy_events": lambda: context.policy_events(window),
        "declarations": lambda: tables.declarations(simulation, window),
        "allocations": lambda: tables.allocations(simulation, window),
        "budget": lambda: tables.budget(simulation, window),
    }
