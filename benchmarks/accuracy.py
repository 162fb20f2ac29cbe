"""The project against what an analyst would pick instead, on any panel folders.

    python benchmarks/accuracy.py PANEL [PANEL ...] [--origins 3] [--years 2] [--jobs 2]
        [--members snaive,ets,theta,arima,prophet] [--cache DIR] [--editions DIR]
        [--output FILE.md] [--picture FILE.svg|.png] [--json FILE]

At each rolling origin the project is trained as a user would train it, as of that day, and every
rival is fitted per series on the same history. The last origin leaves ``--years`` years to judge;
earlier ones step back by a year. Judged are the series that are known in every period from their
start to the end of what is judged, the same for everyone; those that the project holds are left out
for everyone, and counted. Rivals' answers are kept in ``--cache`` by the hash of what they saw.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from budgets import budget_rows
from cases import Case, cases_of
from pictures import draw
from project import Trainings, project_paths
from ratios import Summary, as_rows
from rivals import MEMBERS, ask_rivals
from scores import Contest, Judged, case_rows, coverage_rows, pinball_rows, point_rows
from tables import report

_SEED, _RESAMPLES = 2023, 400


def judge(case: Case, trainings: Trainings, asked: argparse.Namespace) -> Judged | None:
    """Ask everybody for one case; None where the project holds every series."""
    said = ask_rivals(case, asked.members, asked.jobs, asked.cache)
    edition = trainings.edition(case.folder, case.as_of, case.until)
    paths, chosen = project_paths(edition, case)
    if not chosen.any():
        return None
    rivals = {name: forecast.kept(chosen) for name, forecast in said.items()}
    return Judged(case.kept(chosen), int((~chosen).sum()), paths, rivals)


def contests(folder: Path, trainings: Trainings, asked: argparse.Namespace) -> list[Contest]:
    """Return the contests of one panel folder: one per measure and frequency."""
    found = []
    every = cases_of(folder, asked.origins, asked.years)
    for (panel, measure, frequency), cases in groupby(every, key=lambda case: case.contest):
        judged = [judge(case, trainings, asked) for case in cases]
        known = [own for own in judged if own is not None]
        if known:
            found.append(Contest(panel, measure, frequency, known))
            print(f"judged: {panel} {measure} by {frequency}, {len(known)} origin(s)", flush=True)
    return found


def results(asked: argparse.Namespace, editions: Path) -> dict[str, Any]:
    """Run everything that was asked for; return rows by table."""
    trainings = Trainings(editions, asked.jobs)
    found = [one for panel in asked.panels for one in contests(panel, trainings, asked)]
    if not found:
        raise SystemExit("no panel has a measure with enough history to judge")
    budgets = [row for panel in asked.panels for row in budget_rows(panel, trainings, asked.seed)]
    return {
        "versions": {name: version(name) for name in ("zorgraming", "statsforecast", "prophet")},
        "summary": as_rows(Summary(found, asked.resamples, asked.seed).rows()),
        "points": [row for one in found for row in point_rows(one)],
        "pinball": [row for one in found for row in pinball_rows(one)],
        "coverage": [row for one in found for row in coverage_rows(one)],
        "cases": [row for one in found for row in case_rows(one)],
        "budgets": budgets,
    }


def _members(text: str) -> tuple[str, ...]:
    unknown = sorted(set(text.split(",")) - set(MEMBERS))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(MEMBERS)}")
    return tuple(MEMBERS[name] for name in text.split(","))


def arguments() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("panels", type=Path, nargs="+", metavar="PANEL")
    parser.add_argument("--origins", type=int, default=3, help="most rolling origins (3)")
    parser.add_argument("--years", type=int, default=2, help="years to judge after each (2)")
    parser.add_argument("--jobs", type=int, default=2, help="workers (2)")
    parser.add_argument(
        "--members", type=_members, default=tuple(MEMBERS.values()), help="rivals (all)"
    )
    parser.add_argument("--seed", type=int, default=_SEED, help="of the bootstrap")
    parser.add_argument("--resamples", type=int, default=_RESAMPLES, help="of the bootstrap")
    for name in ("cache", "editions", "output", "picture", "json"):
        parser.add_argument(f"--{name}", type=Path)
    return parser


def main() -> None:
    """Judge, print the tables, and write what was asked for."""
    asked = arguments().parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = results(asked, asked.editions or Path(scratch))
    text = report(found)
    print(text)
    if asked.output:
        asked.output.write_text(text, encoding="utf-8")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, default=str), encoding="utf-8")
    if asked.picture:
        draw(found, asked.picture)


if __name__ == "__main__":
    main()
