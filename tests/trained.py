"""Small deliveries to train on."""

from __future__ import annotations

from pathlib import Path

YEARS = range(2014, 2024)


def yearly_panel(folder: Path, level: int = 100) -> Path:
    """Write a sound delivery of two districts by year: trained on in a second or two."""
    rows: list[tuple[object, ...]] = [
        ("M", district, "P", f"{year}-01-01", level + 3 * (year % 4) + 20 * place)
        for place, district in enumerate("AB")
        for year in YEARS
    ]
    return small_panel(folder, rows)


def small_panel(folder: Path, rows: list[tuple[object, ...]], header: str | None = None) -> Path:
    """Write a delivery of care_use alone: municipality, district, product, period, clients."""
    folder.mkdir(parents=True)
    lines = [header or "municipality,district,product,period,clients"]
    lines += [",".join(str(cell) for cell in row) for row in rows]
    (folder / "care_use.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
