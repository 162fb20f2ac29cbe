"""Train on every panel folder and tell what came of it: one table row per panel.

    python benchmarks/panels.py PANELS [--jobs N] [--editions DIR] [--output FILE.md]

PANELS is a folder of panel folders. Each training runs as a process of its own, as a user would run
it. Peak memory is that of the whole process tree (shared pages counted once per process, so a high
estimate), sampled ten times a second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

COLUMNS = (
    "panel", "series", "outcomes", "measure", "WAPE total", "WAPE product", "WAPE series",
    "naive total", "naive product", "naive series", "in 80 % band (product)", "gate", "seconds",
    "peak MB",
)  # fmt: skip


@dataclass
class Peak:
    """Highest memory of a process tree so far, in bytes."""

    bytes: int = 0

    def watch(self, process: subprocess.Popen[str]) -> None:
        """Sample until the process ends."""
        tree = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                alive = [tree, *tree.children(recursive=True)]
                self.bytes = max(self.bytes, sum(each.memory_info().rss for each in alive))
            except psutil.Error:
                continue  # one of them just ended
            time.sleep(0.1)


def train(panel: Path, editions: Path, jobs: int) -> tuple[dict[str, Any], int]:
    """Train on one panel; return what ``train --json`` told, and the peak memory in bytes."""
    command = [sys.executable, "-m", "training", "train", str(panel), "--json", "--no-track"]
    command += ["--quiet", "--editions", str(editions), "--jobs", str(jobs)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = Peak()
    watcher = threading.Thread(target=peak.watch, args=(process,))
    watcher.start()
    output, _ = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{panel.name}: training ended with exit code {process.returncode}")
    return json.loads(output.splitlines()[-1]), peak.bytes


def table_rows(panel: Path, told: dict[str, Any], peak: int) -> list[list[str]]:
    """Return one row per measure, from the edition's manifest."""
    manifest = json.loads((Path(told["edition"]) / "manifest.json").read_text("utf-8"))
    outcomes = ", ".join(f"{count} {name}" for name, count in told["outcomes"].items())
    rows = []
    for measure in manifest["measures"]:
        level = {s["level"]: s for s in manifest["scores"] if s["measure"] == measure}
        names = ("total", "product", "series")
        scores = [f"{level[name]['wape']:.1f}" for name in names if name in level]
        naive = [f"{level[name]['baseline_wape']:.1f}" for name in names if name in level]
        inside = level["product"]["coverage_80"] if "product" in level else None
        rows.append([
            panel.name, str(sum(told["outcomes"].values())), outcomes, measure, *scores, *naive,
            "-" if inside is None else f"{100 * inside:.0f} %", told["gate"]["verdict"],
            f"{told['seconds']:.0f}", f"{peak / 2**20:.0f}",
        ])  # fmt: skip
    return rows


def main() -> None:
    """Run all panels and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("panels", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--editions", type=Path)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    lines = [" | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)]
    with tempfile.TemporaryDirectory() as scratch:
        editions = asked.editions or Path(scratch)
        for panel in sorted(path for path in asked.panels.iterdir() if path.is_dir()):
            told, peak = train(panel, editions, asked.jobs)
            rows = table_rows(panel, told, peak)
            lines += [" | ".join(row) for row in rows]
            print("\n".join(" | ".join(row) for row in rows), flush=True)
    text = "\n".join(f"| {line} |" for line in lines) + "\n"
    print(text)
    if asked.output:
        asked.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
