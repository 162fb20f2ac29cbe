"""Lines of the audit trail: JSON objects that each hold the SHA-256 of the line before.

What one file holds is called a chain. Beside a chain that is being written stands its head: how
many lines are safely on disk, and the hash of the last of them.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from models.errors import ZorgramingError

NOTHING = ""  # hash of the line before the first
START = "start"  # what a chain follows that follows no other
SUFFIX = ".jsonl"
LEDGER = f"ledger{SUFFIX}"
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class AuditError(ZorgramingError):
    """The audit trail cannot be written or read."""


@dataclass(frozen=True)
class Head:
    """How far a chain goes.

    Attributes:
        lines: number of whole lines.
        sha256: of the last one; empty where there is none.
    """

    lines: int
    sha256: str

    def encoded(self) -> bytes:
        """Return the head as written beside its chain, always of one length."""
        return f"{self.lines:012d} {self.sha256:64}\n".encode()


def sha256_of(line: bytes) -> str:
    """Return the hash of a line without its end."""
    return hashlib.sha256(line).hexdigest()


def encoded(entry: Mapping[str, Any]) -> bytes:
    """Return an entry as a line without its end."""
    return _ENCODER.encode(entry).encode()


def moment(at: datetime) -> str:
    """Return a moment in UTC, to the millisecond."""
    there = at if at.tzinfo is UTC else at.astimezone(UTC)
    return there.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def head_path(chain: Path) -> Path:
    """Return where the head of a chain stands while the chain is open."""
    return chain.with_suffix(".head")


def chain_files(folder: Path) -> list[Path]:
    """Return the files with chains, oldest first, the ledger apart."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.name != LEDGER)


def read_head(chain: Path) -> Head | None:
    """Return the head beside a chain, or None when it has none.

    Raises:
        AuditError: what stands there is no head.
    """
    try:
        lines, _, sha256 = head_path(chain).read_text(encoding="ascii").strip().partition(" ")
        return Head(int(lines), sha256)
    except FileNotFoundError:
        return None
    except ValueError:
        raise AuditError(f"{head_path(chain).name}: this is no head of a chain") from None


def write_whole(descriptor: int, text: bytes) -> None:
    """Append text with one call; the caller takes back what came of half a text.

    Raises:
        OSError: not all of it could be written.
    """
    if os.write(descriptor, text) != len(text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def whole_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file without their ends; a last line without an end is left out."""
    for line in stream:
        if line.endswith(b"\n"):
            yield line[:-1]


def measured(stream: BinaryIO) -> tuple[Head, int]:
    """Return how far a chain goes, and how many bytes without an end follow it."""
    lines, last, torn = 0, None, 0
    for line in stream:
        if line.endswith(b"\n"):
            lines, last = lines + 1, line[:-1]
        else:
            torn = len(line)
    return Head(lines, NOTHING if last is None else sha256_of(last)), torn
