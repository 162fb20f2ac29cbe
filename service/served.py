"""One edition as it is served: with its standing, which the record beside it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from models.disclosure import ProtectedCube
from models.edition import Edition
from models.model_card import owner_of
from models.score_files import Standing


@dataclass(frozen=True, eq=False)
class Served:
    """An opened edition with the approval in force.

    Attributes:
        edition: the edition.
        approval: the event by which it was approved, or None for a draft.
        current_for: the municipalities for which this is the edition in force, sorted.
        protected: what may be seen of it without the right to small numbers; None where it was
            approved without a mask, or not at all.
        standing: what later figures say of it; None when it was never scored.
        scores: the table of those scores; None without, or where it cannot be trusted.
    """

    edition: Edition
    approval: Mapping[str, Any] | None
    current_for: tuple[str, ...]
    protected: ProtectedCube | None = None
    standing: Standing | None = None
    scores: pa.Table | None = None

    @property
    def is_draft(self) -> bool:
        """Whether nobody approved it."""
        return self.approval is None

    @property
    def status(self) -> str:
        """``approved`` or ``draft``."""
        return "draft" if self.approval is None else "approved"

    @property
    def published_at(self) -> str | None:
        """The moment of approval (UTC, ISO 8601), or None for a draft."""
        return None if self.approval is None else str(self.approval["at"])

    @property
    def valid_until(self) -> date | None:
        """The end of the approval, or None where it has none."""
        until = None if self.approval is None else self.approval.get("valid_until")
        return None if until is None else date.fromisoformat(str(until))

    @property
    def age(self) -> tuple[str, str]:
        """Sorts the newest last: by as-of date, then by moment of approval."""
        return str(self.edition.manifest["as_of"]), self.published_at or ""

    def held_on(self, day: date) -> bool:
        """Tell whether the approval was in force at the end of a day."""
        if self.published_at is None or date.fromisoformat(self.published_at[:10]) > day:
            return False
        return self.valid_until is None or day <= self.valid_until

    @property
    def owner(self) -> str:
        """Who answers for it: as its delivery says, else as its approval does; may be empty."""
        return owner_of(self.edition.manifest, self.approval)

    @property
    def fingerprint(self) -> tuple[str, str, str | None, str | None]:
        """What an answer depends on: id, content, approval and scores."""
        manifest = self.edition.manifest
        scored = None if self.standing is None else f"{self.standing.at} {self.standing.sha256}"
        return self.edition.edition_id, str(manifest["sha256"]), self.published_at, scored
