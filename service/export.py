"""Rows of an edition for a file: which questions to ask, and how the answers are laid together."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from models.catalogue import ALL, Frequency, coarsest
from models.edition import Edition, approval
from models.errors import EditionError, SelectionError
from models.manifest import is_id
from models.model_card import owner_of
from models.selection import COLUMNS, Selection, answer
from service.formats import DEFINITIONS, About, Columns, Format

TIMES = ("month", "quarter", "year")
HELD = "held"
PRICES = "cost: nominal, euros of the year itself, price rises included"


@dataclass(frozen=True)
class Wish:
    """What is to be exported.

    Attributes:
        by: dimensions kept apart and at most one of ``TIMES``; None = base rows.
        measure: one measure, or None for all that can be summed so.
        start: periods from this first day on.
        end: periods up to and including this first day.
    """

    by: tuple[str, ...] | None = None
    measure: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class Extract:
    """What came out.

    Attributes:
        columns: the rows, measure after measure.
        measures: those that are in.
        left_out: measure -> why it is not in.
        held: how many of the series asked have no forecast.
    """

    columns: Columns
    measures: tuple[str, ...]
    left_out: Mapping[str, str]
    held: int


def find_edition(name: str, editions: Path) -> Path:
    """Return the folder of an edition given as a folder or as an id.

    Raises:
        EditionError: there is no such edition; names those that are there.
    """
    given = Path(name)
    if given.is_dir():
        return given
    if (editions / name).is_dir() and is_id(name):
        return editions / name
    there = sorted(path.name for path in editions.glob("*/") if is_id(path.name))
    known = f"there are: {', '.join(there)}" if there else "there are none"
    raise EditionError(f"no edition {name!r}, as a folder or in {editions}; {known}")


def extract(edition: Edition, wish: Wish) -> Extract:
    """Ask an edition for rows.

    A measure that was named and cannot be summed so is refused; without a name it is left out.

    Raises:
        SelectionError: nothing honest can be given; with the reason.
    """
    selection = _selection(edition, wish)
    wanted = (wish.measure,) if wish.measure else tuple(edition.tracks)
    parts: dict[str, Columns] = {}
    left_out: dict[str, str] = {}
    for measure in wanted:
        try:
            parts[measure] = answer(edition, replace(selection, measure=measure))
        except SelectionError as error:
            if wish.measure or any(fault.parameter != "measure" for fault in error.faults):
                raise SelectionError(str(error)) from error  # the message holds every fault
            left_out[measure] = str(error)
    if not parts:
        raise SelectionError("; ".join(left_out.values()) or "the edition has no measures")
    columns = {name: np.concatenate([part[name] for part in parts.values()]) for name in COLUMNS}
    return Extract(columns, tuple(parts), left_out, _held(edition, tuple(parts)))


def about(edition: Edition) -> About:
    """Return what travels along with rows of an edition."""
    manifest = edition.manifest
    signed = approval(edition.folder)
    facts = {
        "edition": edition.edition_id,
        "status": "draft" if signed is None else "approved",
        "municipalities": ", ".join(manifest["municipalities"]),
        **{name: str(manifest[name]) for name in ("as_of", "data_until", "until")},
        "synthetic": str(bool(manifest["synthetic"])).lower(),
        "owner": owner_of(manifest, signed),
        "price_base": PRICES,
        "manifest_sha256": str(manifest["sha256"]),
    }
    if signed is not None:
        facts |= {"approved_at": str(signed["at"]), "reference": str(signed.get("reference", ""))}
    return About(facts, DEFINITIONS)


def write_file(columns: Columns, form: Format, described: About, path: Path) -> None:
    """Write rows aside and move the file into place.

    Raises:
        EditionError: the place cannot be written; what was there stays.
    """
    aside = path.parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        try:
            with aside.open("wb") as stream:
                form.write(columns, stream, described)
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise EditionError(f"{path} cannot be written: {error.strerror or error}") from error


def _selection(edition: Edition, wish: Wish) -> Selection:
    by = wish.by
    if by is None:
        frequency: str = _common_frequency(edition, wish)
        kept: Sequence[str] = ("municipality", "product", "district")
    else:
        times = [name for name in by if name in TIMES]
        frequency = times[0] if times else ALL
        kept = [name for name in by if name not in TIMES]
    return Selection(
        wish.measure or next(iter(edition.tracks), ""),
        by=tuple(kept),
        frequency=frequency,
        start=wish.start,
        end=wish.end,
    )


def _common_frequency(edition: Edition, wish: Wish) -> Frequency:
    """One file has one frequency: the coarsest at which any exported series is delivered."""
    tracks = [track for name, track in edition.tracks.items() if wish.measure in (None, name)]
    present = [edition.by_frequency(track.present_series) for track in tracks]
    found = [frequency for parts in present for frequency, _ in parts]
    return coarsest(found) if found else Frequency.MONTH


def _held(edition: Edition, measures: tuple[str, ...]) -> int:
    held = [edition.series[f"outcome_{measure}"] == HELD for measure in measures]
    return int(np.any(held, axis=0).sum())
