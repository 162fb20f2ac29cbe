"""``zorgraming signers``: who may promote and roll back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from training.cli_options import default_state
from training.signers import KEY, ROLES, Signers


@click.group()
def signers() -> None:
    """Keep the list of who may promote and roll back champions."""


@signers.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="In what office.")
@click.option(
    "--login", default="", help="Their login name, so that trainings are known as theirs."
)
def add(name: str, role: str, login: str) -> None:
    """Add somebody; their signing key is shown once and kept nowhere."""
    key = Signers(default_state()).add(name, role, login, datetime.now(UTC))
    click.echo(
        f"{name} may sign as {role}. Their key, shown this once (set it as {KEY}):", err=True
    )
    click.echo(key)


@signers.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON array.")
def show(as_json: bool) -> None:
    """List who may sign; never a key."""
    found = Signers(default_state()).everyone()
    if as_json:
        names = ("name", "role", "login", "at")
        told = [{name: getattr(one, name) for name in names} for one in found]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.name}: {one.role}, login {one.login or '-'}, since {one.at}")
    if not found:
        click.echo(
            "Nobody may sign yet: zorgraming signers add NAME --role administrator", err=True
        )


@signers.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take the right from somebody; what they signed stays signed."""
    Signers(default_state()).remove(name, datetime.now(UTC))
    click.echo(f"{name} may not sign any more.")
