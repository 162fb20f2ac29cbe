"""Verifying an audit trail: every changed, removed, reordered or cut-off line, with its place."""

from __future__ import annotations

import collections
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.audit.lines import (
    LEDGER,
    NOTHING,
    START,
    AuditError,
    Head,
    chain_files,
    read_head,
    sha256_of,
    whole_lines,
)


@dataclass(frozen=True)
class Fault:
    """One thing wrong.

    Attributes:
        place: file, and line where there is one.
        what: what is wrong there.
    """

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """What was found.

    Attributes:
        faults: everything that is wrong; empty for a trail that is whole.
        chains: number of files.
        lines: number of lines in them.
        open_chains: chains without a noted end: being written, or left by a dead process.
        head: hash of the last line of the ledger, to keep elsewhere.
    """

    faults: tuple[Fault, ...]
    chains: int
    lines: int
    open_chains: int
    head: str


def verify(folder: Path, known_head: str | None = None) -> Verdict:
    """Check a whole audit trail; it may be written to meanwhile.

    Args:
        folder: with the chains and their ledger.
        known_head: hash of a line of the ledger, noted elsewhere, which must still be in it.

    Raises:
        AuditError: there is no audit trail, or it cannot be read.
    """
    if not (folder / LEDGER).exists() and not chain_files(folder):
        raise AuditError(f"there is no audit trail in {folder}")
    try:
        return _Trail(folder).verdict(known_head)
    except OSError as error:
        raise AuditError(f"the audit trail cannot be read: {error}") from error


class _Lines:
    """Reads lines that should hang together, noting where they do not."""

    def __init__(self, name: str, heads: Mapping[int, str], previous: str | None = NOTHING) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.count = 0
        self.size = 0
        self.last = previous
        self._next = 1
        self._heads = heads

    def read(self, lines: Iterator[bytes]) -> Iterator[dict[str, Any]]:
        """Yield the entries; what is wrong with them is in ``faults`` afterwards."""
        for line in lines:
            self.count += 1
            self.size += len(line) + 1
            entry = self._entry(line)
            self.last = sha256_of(line)
            if entry is None:
                self._next += 1
                continue
            if self._heads.get(entry["n"], self.last) != self.last:
                self._fault(entry["n"], "this line was changed")
            yield entry

    def _entry(self, line: bytes) -> dict[str, Any] | None:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get("n"), int):
            self._fault(self._next, "this line is no line of an audit trail")
            return None
        self._check_order(entry)
        return entry

    def _check_order(self, entry: Mapping[str, Any]) -> None:
        expected, number = self._next, entry["n"]
        if number > expected:
            missing = f"{expected}" if number == expected + 1 else f"{expected} to {number - 1}"
            self._fault(expected, f"line {missing} is missing")
        elif number < expected:
            self._fault(expected, f"a line with the number {number} stands here")
        elif self.last is not None and entry.get("previous") != self.last:
            self._fault(max(1, number - 1), f"this line, or what line {number} says of it, changed")
        self._next = number + 1

    @property
    def reached(self) -> int:
        """The number of the last line."""
        return self._next - 1

    def _fault(self, number: int, what: str) -> None:
        self.faults.append(Fault(f"{self.name}, line {number}", what))


class _Trail:
    """One look at a folder, in which chains may begin and end meanwhile.

    Args:
        folder: with the chains.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._begun: dict[str, Mapping[str, Any]] = {}
        self._ends: dict[str, Mapping[str, Any]] = {}
        self._hashes: set[str] = set()
        reader = self._read_ledger()
        self.head = reader.last or NOTHING
        self.faults = reader.faults

    def _read_ledger(self) -> _Lines:
        path = self._folder / LEDGER
        whole = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        reader = _Lines(LEDGER, {})
        for entry in reader.read(iter(whole)):
            self._note(entry)
        self._hashes.update(map(sha256_of, whole))
        return reader

    def _note(self, entry: Mapping[str, Any]) -> None:
        kept = self._begun if entry.get("event") == "begun" else self._ends
        kept[str(entry.get("file"))] = entry

    def verdict(self, known_head: str | None) -> Verdict:
        """Return what is found in the chains that the ledger names, and in any others."""
        if known_head is not None and known_head not in self._hashes:
            self._fault(LEDGER, f"no line has the hash {known_head}: it was rewritten or cut off")
        lines = [self._chain(name) for name in tuple(self._begun)]
        strangers = [path for path in chain_files(self._folder) if path.name not in self._begun]
        if strangers:
            self._read_ledger()  # they may have begun after it was read
        for path in strangers:
            if path.name not in self._begun:
                self._stranger(path)
        still_open = len(self._begun.keys() - self._ends.keys())
        return Verdict(tuple(self.faults), len(lines), sum(lines), still_open, self.head)

    def _fault(self, place: str, what: str) -> None:
        self.faults.append(Fault(place, what))

    def _stranger(self, path: Path) -> None:
        """Take a file that the ledger does not name for a fault, unless nothing was noted in it."""
        with path.open("rb") as stream:
            count = sum(1 for _ in whole_lines(stream))
        if count > 1:  # one line: its process died before it could name the file
            self._fault(path.name, f"{count} lines that the ledger does not know of")

    def _chain(self, name: str) -> int:
        """Check one chain and return its number of lines."""
        path = self._folder / name
        if not path.exists():
            self._fault(name, "the file is missing")
            return 0
        heads = self._noted(path)
        reader = _Lines(name, heads, self._before(name))
        with path.open("rb") as stream:
            entries = reader.read(whole_lines(stream))
            first = next(entries, {})
            collections.deque(entries, maxlen=0)
        if first.get("file") != name:
            self._fault(f"{name}, line 1", "these lines began in another file")
        self.faults += reader.faults
        self._check_end(path, reader, max(heads, default=0))
        return reader.count

    def _before(self, name: str) -> str | None:
        """Return the hash that the first line should hold, or None where nobody noted it."""
        follows = self._begun[name].get("follows")
        if follows == START:
            return NOTHING
        end = self._ends.get(str(follows))
        return None if end is None else _head_of(end, "").sha256

    def _noted(self, path: Path) -> dict[int, str]:
        """Return the hashes of lines as noted apart from them, by number."""
        end = self._ends.get(path.name)
        if end is not None:
            heads = (_head_of(end, "noted_"), _head_of(end, ""))
            return {head.lines: head.sha256 for head in heads}
        try:
            head = read_head(path)
        except AuditError as error:
            self._fault(path.name, str(error))
            return {}
        if head is None:
            self._read_ledger()  # it may have ended after that was read
            if path.name in self._ends:
                return self._noted(path)
            self._fault(path.name, "neither the ledger nor a head tells how far it goes")
            return {}
        return {head.lines: head.sha256}

    def _check_end(self, path: Path, reader: _Lines, noted: int) -> None:
        end, place = self._ends.get(path.name), f"{path.name}, line {reader.reached + 1}"
        if reader.reached < noted:
            what = f"the end was cut off: {noted} lines were noted, {reader.reached} are there"
            self._fault(place, what)
        elif end is None:  # its last line may be being written
            return
        elif reader.reached > noted:
            self._fault(place, f"lines were added after the end, which was line {noted}")
        elif path.stat().st_size != reader.size + end.get("torn", 0):
            self._fault(place, "what stands here was not there at the end")


def _head_of(end: Mapping[str, Any], prefix: str) -> Head:
    """Return what the ledger says of an end; a changed line of the ledger may say anything."""
    lines, sha256 = end.get(f"{prefix}lines"), end.get(f"{prefix}sha256")
    return Head(lines if isinstance(lines, int) else 0, str(sha256))
