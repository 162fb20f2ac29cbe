"""An input is withdrawn: every edition that rests on it is found, marked, and served no more.

The list of recalled inputs is an append-only chained file beside the editions, ``recalled.jsonl``:
what is trained later on the same input is refused by the release gate. Marking is one event in the
record of each edition, which the service obeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from models.catalogue import ALL
from models.chained_file import ChainedFile
from models.disclosure_files import one_at_a_time
from models.edition import append_record, read_record
from models.errors import EditionError, ZorgramingError
from models.manifest import NAME, read_manifest

RECALLED, APPROVED = "recalled", "approved"
REGISTER = "recalled.jsonl"
CHECK = "input was not recalled"


class RecallError(ZorgramingError):
    """A recall that cannot be done, or was done in part."""


@dataclass(frozen=True)
class Wanted:
    """What is withdrawn: a vintage of a file, a file by its hash, or one edition.

    Attributes:
        file, vintage: as the provenance names them.
        sha256: of a delivered file.
        edition: an edition id.
    """

    file: str = ""
    vintage: str = ""
    sha256: str = ""
    edition: str = ""

    def __str__(self) -> str:
        if self.edition:
            return f"edition {self.edition}"
        return f"input {self.sha256}" if self.sha256 else f"{self.file} of vintage {self.vintage}"

    def found_in(self, manifest: Mapping[str, Any]) -> bool:
        """Tell whether an edition rests on it."""
        if self.edition:
            return bool(manifest["edition_id"] == self.edition)
        return any(self._is(one) for one in manifest.get("inputs", ()))

    def _is(self, given: Mapping[str, Any]) -> bool:
        if self.sha256:
            return bool(given["sha256"] == self.sha256)
        names = (given["file"], Path(str(given["file"])).stem)
        return self.file in names and given.get("vintage") == self.vintage


@dataclass(frozen=True)
class Found:
    """What rests on an input.

    Attributes:
        editions: the folders, sorted.
        damaged: name and reason of folders that cannot be looked into; they are not served either.
    """

    editions: tuple[Path, ...]
    damaged: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Recalled:
    """What a recall did: the editions marked now, and those that were marked before."""

    marked: tuple[Path, ...]
    before: tuple[Path, ...]
    damaged: tuple[tuple[str, str], ...]


def find(editions: Path, wanted: Wanted) -> Found:
    """Return the editions that rest on what is withdrawn; nothing is changed.

    Raises:
        RecallError: none does; with what there is to choose from.
    """
    found, damaged, known = [], [], set()
    for folder in _folders(editions):
        try:
            manifest = read_manifest(folder)
        except EditionError as error:
            damaged.append((folder.name, str(error)))
            continue
        known |= set(_choices(manifest, wanted))
        if wanted.found_in(manifest):
            found.append(folder)
    if not found:
        there = f"; known here: {', '.join(sorted(known))}" if known else ""
        raise RecallError(f"no edition in {editions} rests on {wanted}{there}")
    return Found(tuple(found), tuple(damaged))


def _folders(editions: Path) -> list[Path]:
    if not editions.is_dir():
        raise RecallError(f"{editions} is no folder of editions")
    # Hidden is what is being made or being removed.
    there = (path for path in editions.iterdir() if not path.name.startswith("."))
    return sorted(path for path in there if (path / NAME).is_file())


def _choices(manifest: Mapping[str, Any], wanted: Wanted) -> Iterator[str]:
    if wanted.edition:
        yield str(manifest["edition_id"])
    for one in manifest.get("inputs", ()) if not wanted.edition else ():
        if wanted.sha256:
            yield str(one["sha256"])
        elif wanted.file in (one["file"], Path(str(one["file"])).stem):
            yield f"{one['file']}={one.get('vintage')}"


def recall(editions: Path, wanted: Wanted, reason: str, by: str, at: datetime) -> Recalled:
    """Mark every edition that rests on what is withdrawn, and keep the input on the list.

    All or nothing: every record is read first. An edition that was recalled before and not approved
    since is left as it is, so that a recall can be done again after it was interrupted.

    Args:
        editions: the folder of editions.
        wanted: what is withdrawn.
        reason: why.
        by: who says so: name and office.
        at: the moment, with its time zone.

    Raises:
        RecallError: nothing rests on it, a name or reason is missing, a record is damaged (then
            nothing was marked), or writing failed half-way (with what was marked).
    """
    missing = [name for name, text in (("--by", by), ("--reason", reason)) if not text.strip()]
    if missing:
        raise RecallError(f"{' and '.join(missing)} may not be empty")
    _folders(editions)  # one that is not there is said
    with one_at_a_time(editions / "all"):  # an approval meanwhile would come after the recall
        event = {"event": RECALLED, "by": by.strip(), "reason": reason.strip(), "of": str(wanted)}
        return _recalled(editions, wanted, event, at)


def _recalled(editions: Path, wanted: Wanted, event: Mapping[str, Any], at: datetime) -> Recalled:
    found = find(editions, wanted)
    open_ones = _still_open(found.editions)
    marked: list[Path] = []
    try:
        if not wanted.edition:
            _keep(editions, wanted, event, at)
        for folder in open_ones:
            append_record(folder, event, at)
            marked.append(folder)
    except EditionError as error:
        done = ", ".join(folder.name for folder in marked) or "none"
        raise RecallError(
            f"{error}. Marked so far: {done}. Put it right and recall again: the rest follows"
        ) from error
    before = tuple(folder for folder in found.editions if folder not in open_ones)
    return Recalled(tuple(marked), before, found.damaged)


def _still_open(folders: Sequence[Path]) -> list[Path]:
    """The editions that no recall holds yet.

    Raises:
        RecallError: naming every record that is damaged.
    """
    damaged, open_ones = [], []
    for folder in folders:
        try:
            words = [e["event"] for e in read_record(folder) if e["event"] in (RECALLED, APPROVED)]
        except EditionError as error:
            damaged.append(str(error))
            continue
        if words[-1:] != [RECALLED]:
            open_ones.append(folder)
    if damaged:
        raise RecallError(
            f"nothing was marked: {'; '.join(damaged)}. An edition with a damaged record is not "
            "served; recall again when it is put back"
        )
    return open_ones


def _register(editions: Path) -> ChainedFile:
    return ChainedFile(editions / REGISTER, editions.name, "list of recalled inputs", ("input",))


def _keep(editions: Path, wanted: Wanted, event: Mapping[str, Any], at: datetime) -> None:
    told = {name: text for name, text in vars(wanted).items() if text}
    register = _register(editions)
    if all(line["input"] != told for line in register.read()):
        register.append({**event, "input": told}, at)


def recalled_inputs(editions: Path) -> list[dict[str, Any]]:
    """Return the list of recalled inputs: ``input`` (file and vintage, or sha256), reason, by, at.

    Raises:
        EditionError: the list is damaged.
    """
    return _register(editions).read()


def recall_reasons(folder: Path) -> list[str]:
    """Return why an edition may not be approved or served: inputs of it that were recalled.

    Raises:
        EditionError: the manifest or the list is damaged.
    """
    manifest = read_manifest(folder)
    return [
        f"its input was recalled on {line['at'][:10]} by {line['by']}: {Wanted(**line['input'])} "
        f"({line['reason']})"
        for line in recalled_inputs(folder.parent)
        if Wanted(**line["input"]).found_in(manifest)
    ]


def gate_of(folder: Path, at: datetime) -> dict[str, Any]:
    """Return the gate's verdict on an edition as it is now: its own checks, and recalled inputs.

    A recalled input marks the edition too, so that it is not served, not even as a draft.

    Args:
        folder: an edition that was just made.
        at: the moment, with its time zone.

    Raises:
        EditionError: the manifest, the record or the list is damaged, or cannot be written.
    """
    told: dict[str, Any] = dict(read_manifest(folder).get("gate", {}))
    found = recall_reasons(folder)
    if not found:
        return told
    if _still_open([folder]):
        event = {"event": RECALLED, "by": "release gate", "reason": "; ".join(found)}
        append_record(folder, event, at)
    check = {
        "check": CHECK,
        "measure": ALL,
        "value": found,
        "limit": [],
        "passed": False,
        "detail": "inputs on the list of recalled inputs beside the editions",
    }
    return told | {"verdict": "failed", "checks": [*told.get("checks", ()), check]}
