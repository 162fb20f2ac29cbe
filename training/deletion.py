"""What there is of a municipality, and taking it away: panels, editions and what hangs on them.

Nothing is removed that was not listed first. Interrupted half-way it can be done again: an edition
first goes out of sight under another name, and a register beside the editions tells what was begun
and what was done: who, when, on which decision, ids and hashes, no figures.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from glob import escape
from pathlib import Path
from typing import Any

from models.chained_file import ChainedFile
from models.disclosure_files import one_at_a_time
from models.errors import ZorgramingError
from models.manifest import file_digest
from training.champions import ENDING
from training.held_editions import GONE, Held, half_made, left, looked_through
from training.sources.folder import inspect_folder

REGISTER = "deletions.jsonl"
BEGUN, DONE = "deletion-begun", "deletion-done"


class DeletionError(ZorgramingError):
    """Something cannot be removed, with the reason and what to do."""


@dataclass(frozen=True)
class Panel:
    """A delivery of the municipality alone: its folder, and the hash of each file."""

    folder: Path
    files: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """What would be removed.

    Attributes:
        municipality: whose figures.
        editions: the folder of editions.
        held: editions with figures of the municipality.
        panels: deliveries.
        registers: registers of champions of deliveries of which no edition remains.
        leftovers: what an earlier deletion that broke off had put out of sight.
        unreadable: folders of which nobody can tell whose they are; they stay.
        known: ids of editions that earlier deletions of this municipality began with.
    """

    municipality: str
    editions: Path
    held: tuple[Held, ...] = ()
    panels: tuple[Panel, ...] = ()
    registers: tuple[Path, ...] = ()
    leftovers: tuple[Path, ...] = ()
    unreadable: tuple[Path, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def shared(self) -> tuple[Held, ...]:
        """The editions that hold other municipalities too."""
        return tuple(one for one in self.held if one.others)

    @property
    def ids(self) -> list[str]:
        """Ids of all editions, also of those removed before."""
        return sorted({one.folder.name for one in self.held} | set(self.known))


@dataclass
class Removed:
    """What was removed, and what could not be: path or id -> reason."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def register_of(editions: Path) -> ChainedFile:
    """Return the register of deletions beside the editions."""
    return ChainedFile(
        editions / REGISTER, editions.name, "register of deletions", ("municipality",)
    )


def plan(municipality: str, editions: Path, panels: tuple[Path, ...] = ()) -> Plan:
    """Look up everything there is of a municipality; nothing is changed.

    Args:
        municipality: its code.
        editions: the folder of editions; it need not exist.
        panels: folders of deliveries; these alone are removed.

    Raises:
        DeletionError: a panel folder holds other municipalities too, or is no delivery.
        EditionError: the register of deletions was damaged.
    """
    found = tuple(_panel(folder, municipality) for folder in panels if folder.exists())
    whole = [folder.resolve() for folder in panels]
    leftovers = [p for one in whole for p in one.parent.glob(f"{GONE}{escape(one.name)}.*")]
    if not editions.is_dir():
        return Plan(municipality, editions, panels=found, leftovers=tuple(leftovers))
    held, unreadable, remain = looked_through(editions, municipality)
    begun = [event for event in register_of(editions).read() if event["event"] == BEGUN]
    mine = [event for event in begun if event["municipality"] == municipality]
    known = tuple(sorted({one["edition"] for event in mine for one in event["editions"]}))
    deliveries = {one.delivery for one in held} | {d for event in mine for d in event["deliveries"]}
    alone = deliveries - remain
    registers = (editions / f"{name}{ENDING}" for name in sorted(alone))
    half = half_made(editions)
    leftovers += [path for path, delivery in half.items() if delivery in alone]
    unreadable += [path for path, delivery in half.items() if delivery not in alone | remain]
    return Plan(
        municipality,
        editions,
        tuple(held),
        found,
        tuple(path for path in registers if path.exists()),
        (*left(editions, known), *leftovers),
        tuple(unreadable),
        known,
    )


def _panel(folder: Path, municipality: str) -> Panel:
    inspection = inspect_folder(folder)
    if inspection.panel is None:
        raise DeletionError(
            f"{folder} is no delivery that can be read, so nobody can tell whose it is: remove it "
            "by hand"
        )
    others = sorted(set(inspection.panel.municipalities) - {municipality})
    if others or folder.is_symlink():
        whose = f"also holds {', '.join(others)}" if others else "is a link"
        raise DeletionError(f"{folder} {whose}: remove the rows of {municipality} by hand")
    inside = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if inside:  # no part of a delivery, so that nobody looked whose it is
        raise DeletionError(
            f"{folder} also holds folders ({', '.join(inside)}): move or remove them first"
        )
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return Panel(folder, {str(path.relative_to(folder)): file_digest(path) for path in files})


def check_shared(found: Plan, *, with_shared: bool) -> None:
    """Refuse to remove editions of other municipalities unless that is meant.

    Raises:
        DeletionError: naming each edition, whose figures go along, and what to do first.
    """
    if found.shared and not with_shared:
        told = "; ".join(f"{one.folder.name} ({', '.join(one.others)})" for one in found.shared)
        raise DeletionError(
            f"these editions also hold other municipalities: {told}. An edition never changes, so "
            "it goes as a whole. Train and approve the others by themselves first, then add "
            "--with-shared"
        )


def begin(found: Plan, by: str, reference: str, at: datetime) -> None:
    """Write down what is about to be removed, before anything is.

    Raises:
        EditionError: the register cannot be written; then nothing may be removed.
    """
    found.editions.mkdir(parents=True, exist_ok=True)
    told = {
        "event": BEGUN,
        "municipality": found.municipality,
        "by": by,
        "reference": reference,
        "editions": [{"edition": h.folder.name, "sha256": h.sha256} for h in found.held],
        "deliveries": sorted({one.delivery for one in found.held}),
        "panels": [{"panel": one.folder.name, "files": dict(one.files)} for one in found.panels],
    }
    register_of(found.editions).append(told, at)


def remove_files(found: Plan) -> Removed:
    """Remove editions with what belongs to them, registers of champions, and panels.

    What cannot be removed is told and the rest goes on.

    Returns:
        What went, and what stayed with the reason.
    """
    removed = Removed()
    with one_at_a_time(found.editions / "all"):  # nobody approves meanwhile
        for held in found.held:
            for path in (held.folder, *held.beside):
                _remove(path, removed, aside=path == held.folder)
        for path in (*found.registers, *found.leftovers):
            _remove(path, removed)
    for panel in found.panels:
        _remove(panel.folder.resolve(), removed, aside=True)
    return removed


def _remove(path: Path, removed: Removed, *, aside: bool = False) -> None:
    """Remove a file or a folder; what must not be seen half goes out of sight first."""
    try:
        if aside:
            hidden = path.with_name(f"{GONE}{path.name}.{os.getpid()}")
            path.rename(hidden)
            shutil.rmtree(hidden)
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        removed.failed[str(path)] = error.strerror or str(error)
        return
    removed.done.append(path.name)


def finish(found: Plan, told: Mapping[str, Any], at: datetime) -> None:
    """Write down what was removed and what was not.

    Raises:
        EditionError: the register cannot be written.
    """
    event = {"event": DONE, "municipality": found.municipality, **told}
    register_of(found.editions).append(event, at)
