"""Small deliveries to train on."""

from __future__ import annotations

from pathlib import Path


def small_panel(folder: Path, rows: list[tuple[object, ...]], header: str | None = None) -> Path:
    """Write a delivery of care_use alone: municipality, district, product, period, clients."""
    folder.mkdir(parents=True)
    lines = [header or "municipality,district,product,period,clients"]
    lines += [",".join(str(cell) for cell in row) for row in rows]
    (folder / "care_use.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
