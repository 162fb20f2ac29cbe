"""Which editions of a folder hold figures of a municipality, and what hangs on them.

What a broken-off training or deletion left is hidden by its name; it holds figures all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.manifest import NAME, is_id

GONE = ".deleted."  # how the name of an edition begins that is being removed


@dataclass(frozen=True)
class Held:
    """One edition with figures of the municipality.

    Attributes:
        folder: its folder.
        sha256: hash of its manifest as it states it; empty when it states none.
        delivery: name of its delivery.
        others: other municipalities with figures in it.
        beside: files and folders that belong to it: record, mask, scores, what a broken-off
            training left.
    """

    folder: Path
    sha256: str
    delivery: str
    others: tuple[str, ...]
    beside: tuple[Path, ...]


def left(editions: Path, known: tuple[str, ...]) -> list[Path]:
    """Return what an interrupted deletion left: editions out of sight, what hung on them."""
    hidden = editions.glob(f"{GONE}*")
    gone = (name for name in known if not (editions / name).exists())
    loose = (path for name in gone for path in _beside(editions, name))
    return sorted({*hidden, *loose})


def _beside(editions: Path, name: str) -> list[Path]:
    starts = (f"{name}.", f".{name}.")
    return sorted(path for path in editions.iterdir() if path.name.startswith(starts))


def half_made(editions: Path) -> dict[Path, str]:
    """Return what trainings left that never became an edition, and of which delivery."""
    there = {path: path.name[1:].split(".")[0] for path in sorted(editions.glob(".*.tmp"))}
    # The name of an edition ends in the day and a hash: four parts.
    return {
        path: name.rsplit("-", 4)[0]
        for path, name in there.items()
        if is_id(name) and not (editions / name).exists()
    }


def looked_through(editions: Path, municipality: str) -> tuple[list[Held], list[Path], set[str]]:
    """Return the editions of a municipality, unreadable ones, and deliveries of the others.

    Args:
        editions: the folder of editions.
        municipality: its code.
    """
    held, unreadable, remain = [], [], set()
    for folder in sorted(path for path in editions.iterdir() if path.is_dir()):
        if folder.name.startswith("."):
            continue  # aside; what belongs to an edition is found by its name
        stated = _stated(folder / NAME)
        if stated is None:
            unreadable += [folder] if is_id(folder.name) or (folder / NAME).exists() else []
        elif municipality in stated["municipalities"]:
            held.append(_held(folder, stated, municipality))
        else:
            remain.add(str(stated["delivery"]))
    return held, unreadable, remain


def _stated(path: Path) -> dict[str, Any] | None:
    """Return what a manifest states, trusted or not: a damaged edition must be removable too."""
    try:
        found = json.loads(path.read_bytes())
        whose = found["municipalities"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(whose, list) and "delivery" in found else None


def _held(folder: Path, stated: Mapping[str, Any], municipality: str) -> Held:
    beside = _beside(folder.parent, folder.name)
    others = tuple(str(code) for code in stated["municipalities"] if code != municipality)
    return Held(
        folder, str(stated.get("sha256", "")), str(stated["delivery"]), others, tuple(beside)
    )
