"""What calibration and each member did in trained editions, as two Markdown tables.

    python benchmarks/quality.py EDITION [EDITION ...]

Reads ``quality.json``, which every training writes: coverage of the 80 % band before and after
calibration on origins that were left out, and the error of the ensemble with and without each
member.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tables import table


def of(edition: Path) -> dict[str, Any]:
    """Return what stands in an edition's ``quality.json``, and its delivery."""
    manifest = json.loads((edition / "manifest.json").read_text("utf-8"))
    quality = json.loads((edition / "quality.json").read_text("utf-8"))
    return {"delivery": manifest["delivery"], **quality}


def calibration(qualities: Iterable[dict[str, Any]]) -> str:
    """Coverage before and after calibration, all years ahead together."""
    rows = [
        [
            quality["delivery"],
            row["measure"],
            row["level"],
            f"{100 * row['coverage_before']:.0f} %",
            f"{100 * row['coverage_after']:.0f} %",
            f"{100 * row['coverage_low']:.0f}-{100 * row['coverage_high']:.0f} %",
            str(row["observations"]),
            str(row["origins"]),
        ]
        for quality in qualities
        for row in quality["calibration"]
        if row["year_ahead"] == 0
    ]
    names = ["delivery", "measure", "level", "before", "after", "interval", "errors", "origins"]
    return table(names, rows)


def members(qualities: Iterable[dict[str, Any]]) -> str:
    """Error of each member alone, and by how much the ensemble is worse without it."""
    rows = [
        [
            quality["delivery"],
            row["measure"],
            row["level"],
            row["member"],
            "-" if row["wape_alone"] is None else f"{row['wape_alone']:.1f}",
            f"{row['wape_with']:.2f}",
            f"{row['wape_without'] - row['wape_with']:+.2f}",
        ]
        for quality in qualities
        for row in quality["members"]
        if row["wape_with"] is not None and row["wape_without"] is not None
    ]
    names = ["delivery", "measure", "level", "member", "alone", "ensemble", "without it"]
    return table(names, rows)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("editions", type=Path, nargs="+")
    asked = parser.parse_args()
    qualities = [of(edition) for edition in asked.editions]
    print("## Coverage of the 80 % band on origins that were left out\n")
    print(calibration(qualities))
    print("\n## What each member adds: WAPE of yearly sums, percent\n")
    print(members(qualities))


if __name__ == "__main__":
    main()
