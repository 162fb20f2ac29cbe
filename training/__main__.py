"""``python -m training``: the training commands without the launcher."""

from __future__ import annotations

import click

from models.launcher import run
from training import cli, nowcast_cli


@click.group()
def training() -> None:
    """Turn data into an edition."""


for _command in (
    *(cli.example, cli.template, cli.check, cli.train, cli.backtest, cli.approve),
    nowcast_cli.nowcast,
):
    training.add_command(_command)

if __name__ == "__main__":
    run(training)
