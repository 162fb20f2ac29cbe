"""A small delivery and the edition trained on it, made once per run and shared."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

DISTRICTS = ("VB0001", "VBS01", "VBW001", "VBW002", "VBW003")
PRODUCTS = ("01-hbh", "07-dagbesteding", "15-beschermd-wonen", "31-wijkteam", "45-ambulant")


def cut_delivery(source: Path, target: Path, products: Collection[str] = PRODUCTS) -> Path:
    """Write a delivery that keeps some districts and products of another.

    Policy events without a product and all prices stay; boundaries are left out.
    """
    target.mkdir(parents=True)
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


def _kept(row: dict[str, str], products: Collection[str]) -> bool:
    district, product = row.get("district"), row.get("product")
    return (not district or district in DISTRICTS) and (not product or product in products)


def small_panel(folder: Path, rows: list[tuple[object, ...]], header: str | None = None) -> Path:
    """Write a delivery of care_use alone: municipality, district, product, period, clients."""
    folder.mkdir(parents=True)
    lines = [header or "municipality,district,product,period,clients"]
    lines += [",".join(str(cell) for cell in row) for row in rows]
    (folder / "care_use.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
