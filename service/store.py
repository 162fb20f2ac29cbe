"""The editions that are served: found, checked, mapped into memory, swapped at once when renewed.

An edition is served when a person approved it and nobody recalled it; in demo mode drafts too, but
then synthetic editions only. In force for a municipality is the newest one whose approval has not
ended; older ones stay findable by their id. What is left out is remembered with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa

from models.disclosure import ProtectedCube
from models.disclosure_files import protected
from models.edition import Edition, approval, open_edition, read_record
from models.errors import EditionError
from models.manifest import NAME, read_manifest
from models.score_files import Standing, read_scores, standing
from service.editions_folder import files_of, folders_in, mark_of
from service.logs import logger
from service.served import Served

LOG = logger("store")
Clock = Callable[[], datetime]
Reason = tuple[str, str]  # name of the folder, why it is left out
_Opened = tuple[Edition, tuple[object, ...]]  # and what its files looked like
RETRY = timedelta(minutes=10)  # how long an edition that could not be trusted is left alone


@dataclass(frozen=True)
class _Candidate:
    """An edition that may be served."""

    edition: Edition
    approval: Mapping[str, Any] | None
    protected: ProtectedCube | None
    standing: Standing | None
    scores: pa.Table | None = None

    @property
    def valid_until(self) -> date | None:
        return Served(self.edition, self.approval, ()).valid_until

    @property
    def age(self) -> tuple[str, str, int]:
        """Sorts the newest last; of two drafts of one date the one that was made later."""
        signed = "" if self.approval is None else str(self.approval["at"])
        made = (self.edition.folder / NAME).stat().st_mtime_ns
        return str(self.edition.manifest["as_of"]), signed, made


@dataclass(frozen=True)
class _State:
    """What one look at the folder found; replaced as a whole.

    Attributes:
        marks: what the folder looked like, and on which day.
        opened: editions by folder name and hash of the manifest, with the look of their files.
        served: those that may be asked, by id.
        current: the edition in force per municipality.
        left_out: those that are not served, and those no longer in force.
        retry_at: when to look again although nothing changed; None = never.
    """

    marks: tuple[object, ...] = ()
    opened: Mapping[Reason, _Opened] = field(default_factory=dict)
    served: Mapping[str, Served] = field(default_factory=dict)
    current: Mapping[str, Served] = field(default_factory=dict)
    left_out: tuple[Reason, ...] = ()
    retry_at: datetime | None = None

    @cached_property
    def listed(self) -> tuple[Served, ...]:
        """What may be asked, sorted by id."""
        return tuple(self.served.values())

    @property
    def face(self) -> tuple[object, ...]:
        """What users of the store can see of it."""
        return (self.left_out, *((s.fingerprint, s.current_for) for s in self.served.values()))


class EditionStore:
    """The editions of one folder, ready to be asked; safe to read from many threads.

    Args:
        editions: the folder.
        demo: serve drafts too, and synthetic editions only.
        clock: the present moment, with its zone.
    """

    def __init__(
        self, editions: Path, demo: bool, clock: Clock = lambda: datetime.now(UTC)
    ) -> None:
        self._folder = editions
        self._demo = demo
        self._clock = clock
        self._lock = Lock()
        self._state = _State()
        self.refresh()

    def refresh(self) -> bool:
        """Look for new, approved, recalled or expired editions; tell whether anything changed.

        Cheap when nothing did. A thread that finds another one looking returns at once. Readers
        keep what they hold: the whole state is swapped as one reference.
        """
        if not self._lock.acquire(blocking=False):
            return False
        try:
            before = self._state
            self._state = self._renewed(before)
            _tell(before, self._state)
            return before.face != self._state.face
        finally:
            self._lock.release()

    def served(self) -> tuple[Served, ...]:
        """Return every edition that may be asked, sorted by id: the same tuple until it changes."""
        return self._state.listed

    def current(self) -> Mapping[str, Served]:
        """Return the edition in force per municipality."""
        return self._state.current

    def for_municipality(self, code: str) -> Served | None:
        """Return the edition in force for a municipality, or None."""
        return self._state.current.get(code)

    def get(self, edition_id: str) -> Served | None:
        """Return an edition by its id, in force or not, or None."""
        return self._state.served.get(edition_id)

    def left_out(self) -> tuple[Reason, ...]:
        """Return name and reason of the editions that are not served, or not in force any more."""
        return self._state.left_out

    def _renewed(self, before: _State) -> _State:
        now = self._clock().astimezone(UTC)
        try:
            folders = folders_in(self._folder)
            marks = (now.date(), *map(mark_of, folders))
            same = marks == before.marks and self._is_as(before)
        except OSError as error:
            reason = f"the folder of editions cannot be read: {error.strerror}"
            return _unreachable(before, (self._folder.name, reason))
        again = before.retry_at  # a clock that was put back does not make it wait longer
        waiting = again is None or again - RETRY <= now < again
        if same and waiting:
            return before
        return replace(self._look(folders, before, now), marks=marks)

    def _is_as(self, before: _State) -> bool:
        """Tell whether the files of what was opened are as they were then."""
        return all(
            files_of(self._folder / name) == files
            for (name, _), (_, files) in before.opened.items()
        )

    def _look(self, folders: Iterable[Path], before: _State, now: datetime) -> _State:
        opened: dict[Reason, _Opened] = {}
        candidates: list[_Candidate] = []
        left_out: list[Reason] = []
        unprotected: list[Reason] = []
        retry_at = None
        for folder in folders:
            try:
                found = self._judged(folder, before, opened)
            except EditionError as error:
                found, retry_at = str(error), now + RETRY
            except OSError as error:
                found, retry_at = f"cannot be read: {error}", now + RETRY
            if isinstance(found, str):
                left_out.append((folder.name, found))
            else:
                scored = _with_scores(found, unprotected)
                candidates.append(_with_cube(scored, before, unprotected))
        served, ended = self._placed(candidates, now.date())
        current = {code: one for one in served.values() for code in one.current_for}
        notes = (*left_out, *ended, *unprotected)
        return _State((), opened, served, current, notes, retry_at)

    def _judged(
        self, folder: Path, before: _State, opened: dict[Reason, _Opened]
    ) -> _Candidate | str:
        """Return an edition that may be served, or why it may not."""
        manifest = read_manifest(folder)
        signed = approval(folder)
        reason = _objection(folder, signed) or self._not_here(manifest, signed)
        if reason:
            return reason
        key = (folder.name, str(manifest["sha256"]))
        files, known = files_of(folder), before.opened.get(key)
        edition = known[0] if known and known[1] == files else open_edition(folder)
        opened[key] = edition, files
        found = standing(read_record(folder), str(manifest["sha256"]))
        return _Candidate(edition, signed, None, found)

    def _not_here(
        self, manifest: Mapping[str, Any], signed: Mapping[str, Any] | None
    ) -> str | None:
        if self._demo and manifest["synthetic"] is not True:
            return "not synthetic: demo mode serves synthetic editions only"
        if not self._demo and signed is None:
            return "a draft: nobody approved it yet"
        return None

    def _placed(
        self, candidates: list[_Candidate], today: date
    ) -> tuple[dict[str, Served], list[Reason]]:
        """Decide which edition is in force where; in demo mode no approval ends."""
        newest: dict[str, _Candidate] = {}
        ended: list[Reason] = []
        for candidate in sorted(candidates, key=lambda one: one.age):
            until = candidate.valid_until
            if until is not None and until < today and not self._demo:
                reason = f"its approval ended on {until}: found by its id, no longer in force"
                ended.append((candidate.edition.edition_id, reason))
                continue
            for code in candidate.edition.dimensions["municipality"].labels:
                newest[code] = candidate
        served = {}
        for own in sorted(candidates, key=lambda one: one.edition.edition_id):
            codes = tuple(sorted(code for code, one in newest.items() if one is own))
            served[own.edition.edition_id] = Served(
                own.edition, own.approval, codes, own.protected, own.standing, own.scores
            )
        return served, ended


def _with_scores(candidate: _Candidate, doubtful: list[Reason]) -> _Candidate:
    """Give an edition its scores; where those cannot be trusted, say why not."""
    if candidate.standing is None:
        return candidate
    edition = candidate.edition
    try:
        return replace(candidate, scores=read_scores(edition.folder, candidate.standing))
    except EditionError as error:
        doubtful.append((edition.edition_id, f"served without its scores: {error}"))
        return candidate


def _with_cube(candidate: _Candidate, before: _State, unprotected: list[Reason]) -> _Candidate:
    """Give an edition what readers see of it; where that cannot be, say why not."""
    edition, signed = candidate.edition, candidate.approval
    if signed is None:
        return candidate
    known = before.served.get(edition.edition_id)
    same = known is not None and known.edition is edition and known.approval == signed
    same = same and mark_of(edition.folder) in before.marks  # its mask too
    if known is not None and same and known.protected is not None:
        return replace(candidate, protected=known.protected)
    try:
        return replace(candidate, protected=protected(edition, signed))
    except EditionError as error:
        reason = f"served to who may see small numbers only: {error}"
        unprotected.append((edition.edition_id, reason))
        return candidate


def _objection(folder: Path, signed: Mapping[str, Any] | None) -> str | None:
    """Return why the record of an edition forbids serving it, or None."""
    if signed is not None:
        try:
            date.fromisoformat(str(signed.get("valid_until") or "9999-12-31"))
        except ValueError:
            return f"its approval ends on no known day: {signed['valid_until']!r}"
        return None
    decisions = [e for e in read_record(folder) if e["event"] in ("approved", "recalled")]
    if not decisions:
        return None
    if decisions[-1]["event"] == "approved":
        return "its approval is of other content than what lies here"
    return f"recalled on {decisions[-1]['at'][:10]}"


def _unreachable(before: _State, reason: Reason) -> _State:
    """Keep what is served: mapped files outlive a folder that is away for a while."""
    if reason in before.left_out:
        return before
    return replace(before, marks=(), left_out=(*before.left_out, reason))


def _tell(before: _State, after: _State) -> None:
    for name, reason in after.left_out:
        if (name, reason) not in before.left_out:
            LOG.warning("edition_left_out", edition=name, reason=reason)
    for edition_id, one in after.served.items():
        if edition_id not in before.served:
            LOG.info("edition_loaded", edition=edition_id, current_for=list(one.current_for))
    for edition_id in before.served:
        if edition_id not in after.served:
            LOG.info("edition_dropped", edition=edition_id)
