"""The commands that watch over editions: score and recall.

Exit codes: 0 done, 1 refused (with every reason), 2 wrong use.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from models.alarm_words import in_dutch, in_english
from models.errors import DeliveryError
from training.cli_options import EXISTING, FOLDER, default_editions, default_state, edition_folder
from training.fault_report import fault_lines
from training.recall import Wanted, find
from training.recall import recall as run_recall
from training.run_record import TrackingError
from training.scoring import Scored, score_edition
from training.tracked_scores import track_scores
from training.tracking_store import default_tracking_uri
from training.watch_report import found_lines, recalled_lines, scored_lines

EDITIONS = click.option(
    "--editions",
    type=FOLDER,
    default=default_editions,
    help="Where editions are kept. [default: ./editions]",
)


@click.command()
@click.argument("edition", type=FOLDER)
@click.argument("outcomes", metavar="DIR", type=EXISTING)
@EDITIONS
@click.option("--no-track", is_flag=True, help="Do not write the scores to the run in MLflow.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def score(edition: Path, outcomes: Path, editions: Path, no_track: bool, as_json: bool) -> None:
    """Score an edition with what happened since: a delivery of later figures."""
    folder = edition_folder(edition, editions)
    try:
        scored = score_edition(folder, outcomes, datetime.now(UTC))
    except DeliveryError as error:
        click.echo(f"Refused: {error}", err=True)
        for line in fault_lines(error.faults):
            click.echo(f"  {line}", err=True)
        sys.exit(1)
    tracked = None if no_track else _track(scored)
    if as_json:
        click.echo(json.dumps(_told(scored, tracked), ensure_ascii=False, allow_nan=False))
        return
    for line in scored_lines(scored):
        click.echo(line)
    if tracked is not None:
        click.echo(f"The scores stand with MLflow run {tracked}")


def _track(scored: Scored) -> str | None:
    """Write the scores to the run; a store that is away costs us nothing but a word."""
    uri = default_tracking_uri(default_state(), os.environ)
    now = datetime.now(UTC)
    try:
        return track_scores(scored.edition, scored.rows, scored.event, tracking_uri=uri, at=now)
    except TrackingError as error:
        click.echo(f"Scored, but not written to MLflow ({error}); score again later", err=True)
        return None


def _told(scored: Scored, run_id: str | None) -> dict[str, Any]:
    return {
        "edition": str(scored.edition),
        "edition_id": scored.edition.name,
        "new": scored.is_new,
        "run_id": run_id,
        **{name: scored.event[name] for name in ("verdict", "outcomes", "scores_file", "at")},
        "notes": list(scored.notes),
        "alarms": [
            {
                **alarm.as_dict(),
                "english": in_english(alarm, scored.names),
                "dutch": in_dutch(alarm, scored.names),
            }
            for alarm in scored.alarms
        ],
        "scores": [{name: _plain(value) for name, value in row.items()} for row in scored.rows],
    }


def _plain(value: object) -> object:
    """Return a figure, or None where it is not known: JSON has no NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _wanted(asked: Mapping[str, str | None]) -> Wanted:
    given = {name: text for name, text in asked.items() if text}
    if len(given) != 1:
        raise click.UsageError("name one of --vintage FILE=VINTAGE, --input SHA256, --edition ID")
    if "vintage" not in given:
        return Wanted(**given)
    file, sign, vintage = given["vintage"].partition("=")
    if not (file and sign and vintage):
        raise click.UsageError(f"--vintage {given['vintage']!r} is not FILE=VINTAGE")
    return Wanted(file=file, vintage=vintage)


@click.command()
@click.option("--vintage", metavar="FILE=VINTAGE", help="A delivered file and its vintage.")
@click.option("--input", "sha256", metavar="SHA256", help="A delivered file by its hash.")
@click.option("--edition", metavar="ID", help="One edition.")
@click.option("--reason", default="", help="Why it is withdrawn.")
@click.option("--by", default="", help="Who says so: name and office.")
@click.option("--list", "only_list", is_flag=True, help="Show what rests on it; change nothing.")
@EDITIONS
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def recall(
    reason: str, by: str, only_list: bool, editions: Path, as_json: bool, **asked: str | None
) -> None:
    """Withdraw an input: every edition that rests on it is marked and served no more."""
    wanted = _wanted(asked)
    if only_list:
        found = find(editions, wanted)
        told = {"editions": [folder.name for folder in found.editions], "damaged": found.damaged}
        lines = found_lines(wanted, found)
    else:
        done = run_recall(editions, wanted, reason, by, datetime.now(UTC))
        told = {"marked": [folder.name for folder in done.marked], "damaged": done.damaged}
        told |= {"before": [folder.name for folder in done.before]}
        lines = recalled_lines(wanted, done)
    if as_json:
        click.echo(json.dumps({"of": str(wanted)} | told, ensure_ascii=False))
        return
    for line in lines:
        click.echo(line)
