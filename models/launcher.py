"""The command ``zorgraming``: finds commands by entry point and knows none itself."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points

import click

from models.errors import DeliveryError, SelectionError, ZorgramingError

GROUP = "zorgraming.commands"


class Launcher(click.Group):
    """A command group whose commands are loaded only when they are asked for."""

    def _found(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=GROUP)}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all installed commands."""
        return sorted(self._found())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; a missing optional part becomes advice, not a trace."""
        point = self._found().get(cmd_name)
        if point is None:
            return None
        try:
            command = point.load()
        except ModuleNotFoundError as error:
            advice = f"'{cmd_name}' needs the package {error.name}: pip install 'zorgraming[train]'"
            return _adviser(cmd_name, advice)
        if not isinstance(command, click.Command):
            raise TypeError(f"entry point {point.value} is not a command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their first sentence."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            rows.append((name, command.get_short_help_str(80) if command else ""))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _adviser(name: str, advice: str) -> click.Command:
    """Return a command that takes any arguments and only gives advice (exit code 2)."""

    def advise() -> None:
        raise click.UsageError(advice)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(name, callback=advise, help=advice, context_settings=anything)


@click.command(cls=Launcher)
@click.version_option(package_name="zorgraming")
def zorgraming() -> None:
    """Forecast the use and the cost of Wmo support and youth care."""


def main() -> None:
    """Run the command line."""
    run(zorgraming)


def run(command: click.Command) -> None:
    """Run a command; refusals end with exit code 1 and every reason."""
    try:
        command(standalone_mode=True)
    except (DeliveryError, SelectionError) as error:
        click.echo(f"Refused: {error}", err=True)
        for fault in error.faults:
            click.echo(f"  {fault}", err=True)
        sys.exit(1)
    except ZorgramingError as error:
        click.echo(f"Refused: {error}", err=True)
        sys.exit(1)
