"""What the training commands are asked with: days, places, and the options of a training."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from models.catalogue import Frequency, last_day, ordinal
from models.errors import EditionError
from models.manifest import NAME
from models.member_choice import EVERY, MemberError, chosen_members
from models.provider_rule import Correction
from training.fanout import FanoutError, check_place

_Command = TypeVar("_Command", bound=Callable[..., Any])
FOLDER = click.Path(path_type=Path)
EXISTING = click.Path(path_type=Path, file_okay=False)


def default_editions() -> Path:
    """Return where editions are kept: ``ZORGRAMING_EDITIONS``, else ``./editions``."""
    return Path(os.environ.get("ZORGRAMING_EDITIONS", "editions"))


def default_state() -> Path:
    """Return where state is kept: ``ZORGRAMING_STATE``, else ``./state``."""
    return Path(os.environ.get("ZORGRAMING_STATE", "state"))


def edition_folder(named: Path, editions: Path) -> Path:
    """Return the folder of an edition that is named by its path or by its id.

    Raises:
        EditionError: there is none, with those there are.
    """
    folder = named if named.is_dir() else editions / named.name
    if not folder.is_dir():
        there = sorted(path.parent.name for path in editions.glob(f"[!.]*/{NAME}"))
        known = f"; there are: {', '.join(there)}" if there else ", nor any other: see --editions"
        raise EditionError(f"there is no edition {named.name} in {editions}{known}")
    return folder


class Day(click.ParamType[date]):
    """A day, ``YYYY-MM-DD``."""

    name = "YYYY-MM-DD"

    def convert(
        self,
        value: Any,  # noqa: ANN401 (click's own signature)
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> date:
        """Parse a day, or end with a usage error."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day like 2023-12-31", param, ctx)


class LastDay(click.ParamType[date]):
    """A month ``YYYY-MM`` (or a year ``YYYY``), read as its last day."""

    name = "YYYY-MM"

    def convert(
        self,
        value: Any,  # noqa: ANN401 (click's own signature)
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> date:
        """Parse a month or a year, or end with a usage error."""
        if isinstance(value, date):
            return value
        try:
            if len(value) == len("2026"):
                return date(int(value), 12, 31)
            first = date.fromisoformat(f"{value[:7]}-01")
        except ValueError:
            self.fail(f"{value!r} is not a month like 2027-12", param, ctx)
        return last_day(ordinal(first, Frequency.MONTH), Frequency.MONTH)


def _place(ctx: click.Context, param: click.Parameter, scheduler: str | None) -> str | None:
    """Check backend and scheduler together, before anything is read."""
    try:
        check_place(ctx.params["backend"], scheduler)
    except FanoutError as error:
        raise click.UsageError(str(error), ctx) from error
    return scheduler


def _members(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[str, ...]:
    try:
        return EVERY if text is None else chosen_members(text)
    except MemberError as error:
        raise click.UsageError(f"--members: {error}", ctx) from error


_TRAINING_OPTIONS = (
    click.option(
        "--as-of", type=Day(), help="See only what was known by then. [default: end of the data]"
    ),
    click.option(
        "--until",
        type=LastDay(),
        help="Last period to forecast. [default: December of the as-of year + 4]",
    ),
    click.option(
        "--seed", type=click.IntRange(0), default=2023, show_default=True, help="Root of chance."
    ),
    click.option(
        "--draws",
        type=click.IntRange(20, 5000),
        default=400,
        show_default=True,
        help="Joint paths.",
    ),
    click.option(
        "--origins",
        type=click.IntRange(0, 24),
        default=6,
        show_default=True,
        help="Most rolling origins to judge.",
    ),
    click.option(
        "--index-correction",
        "correction",
        type=click.Choice([one.value for one in Correction]),
        default=Correction.DIFFERENCE.value,
        show_default=True,
        help="How the provider index is corrected for last year's definitive figure.",
    ),
    click.option(
        "--members",
        callback=_members,
        metavar="NAME,...",
        help="Limit the ensemble to these members. [default: all]",
    ),
    click.option("--by", help="Who trains. [default: ZORGRAMING_BY, else the login name]"),
    click.option(
        "--jobs",
        type=click.IntRange(1),
        default=lambda: os.cpu_count() or 1,
        help="Workers. [default: all cores]",
    ),
    click.option(
        "--backend",
        default="loky",
        show_default=True,
        is_eager=True,  # read before the scheduler, which is checked against it
        help="Any joblib backend: loky, threading, multiprocessing, dask, ray, spark.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        callback=_place,
        help="A dask cluster: tcp://HOST:8786.",
    ),
    click.option("--quiet", is_flag=True, help="No progress bars."),
    click.option("--json", "as_json", is_flag=True, help="End with one JSON object."),
)


def training_options(command: _Command) -> _Command:
    """Give a command the options of a training."""
    for option in reversed(_TRAINING_OPTIONS):
        command = option(command)
    return command
