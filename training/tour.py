"""The example municipality in small, for the guided tour (`notebooks/`) and for tests.

Five districts and three products of 26 and sixteen, and quick members only: a training takes
seconds instead of minutes.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from datetime import date
from pathlib import Path

from models.edition import Edition, open_edition
from training.sources.example import write_example
from training.train import Order, expected_edition, train

DISTRICTS = ("VB0001", "VBS01", "VBW001", "VBW002", "VBW003")
PRODUCTS = ("01-hbh", "07-dagbesteding", "15-beschermd-wonen", "31-wijkteam", "45-ambulant")
SHOWN = ("01-hbh", "41-dagbehandeling", "45-ambulant")
NAME = "voorbeeldstad"  # of the delivery: editions are called after their folder
OUTCOMES = "outcomes"
# Not known per district; so months that are still being declared cannot be completed either.
OF_THE_WHOLE = ("declarations.csv", "allocations.csv", "budget.csv")
LAST_MONTH = "2023-06-01"
QUICK = ("last year", "damped ETS", "AutoTheta")


def tour_delivery(folder: Path) -> Path:
    """Return the small delivery in a folder, made when it is not there.

    What happened afterwards is in its subfolder `OUTCOMES`, as a delivery of its own.
    """
    delivery = folder / NAME
    if not delivery.is_dir():
        whole = folder / "whole"
        write_example(whole)
        for source, target in (
            (whole / OUTCOMES, delivery / OUTCOMES),
            (whole, delivery),
        ):
            cut_delivery(source, target, SHOWN)
            for name in OF_THE_WHOLE:
                (target / name).unlink(missing_ok=True)
        _cut_months(delivery / "care_use.csv")
    return delivery


def tour_edition(folder: Path, as_of: date, members: tuple[str, ...] = QUICK) -> Edition:
    """Return an edition of the small delivery, trained when it is not there.

    Args:
        folder: of the tour; editions are kept in its subfolder ``editions``.
        as_of: the day as of which the data is taken.
        members: what the ensemble is limited to; empty = every member, which takes a minute.
    """
    delivery, editions = tour_delivery(folder), folder / "editions"
    order = Order(delivery, as_of=as_of, draws=200, members=members, by="data-analist")
    place = editions / expected_edition(order)
    return open_edition(place if place.is_dir() else train(order, editions).edition)


def cut_delivery(source: Path, target: Path, products: Collection[str] = PRODUCTS) -> Path:
    """Write a delivery that keeps some districts and products of another.

    Policy events without a product and all prices stay; boundaries are left out.
    """
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = list(reader.fieldnames or ())
            rows = [row for row in reader if _kept(row, products)]
        with (target / path.name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return target


def _cut_months(path: Path) -> None:
    """Leave out the months of a table that are still being declared."""
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = head.rstrip("\n").split(",").index("period")
    path.write_text(
        head + "".join(row for row in rows if row.split(",")[place] <= LAST_MONTH),
        encoding="utf-8",
    )


def _kept(row: dict[str, str], products: Collection[str]) -> bool:
    district, product = row.get("district"), row.get("product")
    return (not district or district in DISTRICTS) and (not product or product in products)
