"""``zorgraming papers``: the papers of an edition, written from the edition alone."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import click

from training.cli_options import FOLDER, Day, default_editions, edition_folder
from training.papers.facts import gather
from training.papers.organisation import Organisation, read_organisation
from training.papers.write import Papers, make_papers, write_papers


@click.command()
@click.argument("edition", type=FOLDER)
@click.option(
    "--editions",
    type=FOLDER,
    default=default_editions,
    help="Where editions are kept. [default: ./editions]",
)
@click.option("--output", type=FOLDER, help="Folder of the papers. [default: papers/EDITION]")
@click.option(
    "--organisation",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="TOML with what only people can say: contact, publication category, legal basis.",
)
@click.option("--day", type=Day(), help="Day of the papers. [default: today]")
@click.option("--strict", is_flag=True, help="End with 1 when the register entry is not complete.")
def papers(
    edition: Path,
    editions: Path,
    output: Path | None,
    organisation: Path | None,
    day: date | None,
    strict: bool,
) -> None:
    """Write model card, register entry, DPIA, IAMA and data quality of an edition, in Dutch."""
    folder = edition_folder(edition, editions)
    told = Organisation() if organisation is None else read_organisation(organisation)
    facts = gather(folder, day or datetime.now(UTC).date(), told)
    made = make_papers(facts)
    for path in write_papers(made, output or Path("papers") / facts.edition.edition_id):
        click.echo(str(path))
    complete = _tell(made)
    if strict and not complete:
        sys.exit(1)


def _tell(made: Papers) -> bool:
    for code, missing in made.lacking.items():
        for line in missing:
            click.echo(f"Algoritmeregister, {code}: {line}", err=True)
    return not any(made.lacking.values())
