"""``python -m training``: the training commands without the launcher."""

from __future__ import annotations

import click

from models.launcher import run
from training import (
    cli,
    cli_delete,
    cli_many,
    cli_models,
    cli_papers,
    cli_signers,
    cli_watch,
    nowcast_cli,
)


@click.group()
def training() -> None:
    """Turn data into an edition."""


for _command in (
    *(cli.example, cli.template, cli.check, cli.train, cli.backtest, cli.approve),
    cli_many.train_all,
    nowcast_cli.nowcast,
    *(cli_papers.papers, cli_delete.delete),
    *(cli_watch.score, cli_watch.recall),
    *(cli_models.compare, cli_models.models, cli_signers.signers),
):
    training.add_command(_command)

if __name__ == "__main__":
    run(training)
