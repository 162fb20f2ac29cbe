"""Reading an audit trail: the accesses in it, oldest first."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from service.audit.lines import chain_files, moment, whole_lines

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """Which accesses are wanted; None = whichever.

    Attributes:
        since: those from this moment on.
        key: those with this key's id or name.
        edition: those that saw this edition.
    """

    since: datetime | None = None
    key: str | None = None
    edition: str | None = None

    def fits(self, entry: Entry) -> bool:
        """Tell whether an access is wanted."""
        about = entry["attributes"]
        return (
            (self.since is None or entry["start_time"] >= moment(self.since))
            and (self.key is None or self.key in (about["key"], about["key_name"]))
            and (self.edition is None or self.edition in (about["editions"] or ()))
        )


def accesses(folder: Path, wish: Wish) -> Iterator[Entry]:
    """Yield the accesses in a folder, by the moment at which they began.

    Lines that cannot be read are passed over here; ``verify`` names them.

    Args:
        folder: of the audit trail.
        wish: which of them.
    """
    every = (_of(path, wish) for path in chain_files(folder))
    yield from heapq.merge(*every, key=lambda entry: str(entry["start_time"]))


def _of(path: Path, wish: Wish) -> Iterator[Entry]:
    with path.open("rb") as stream:
        for line in whole_lines(stream):
            entry = _read(line)
            if entry is not None and wish.fits(entry):
                yield entry


def _read(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "attributes" in entry else None
