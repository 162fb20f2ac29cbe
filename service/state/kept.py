"""What is kept, what must hold for it to change, and why it is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.errors import ZorgramingError

Content = Mapping[str, Any]


class CitedError(ZorgramingError):
    """It was cited and so no longer changes; the message is the reference."""


class ChangedError(ZorgramingError):
    """What is there is not what the sender thinks it is."""


class MissingError(ZorgramingError):
    """There is nothing under this id."""


class FullError(ZorgramingError):
    """The municipality keeps as many as it may."""


@dataclass(frozen=True)
class Citation:
    """Where something was cited; the moment is in UTC."""

    reference: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Kept:
    """Something that is kept; moments are in UTC.

    Attributes:
        municipality: whose it is.
        id: chosen by who put it.
        content: plain values, as JSON has them; money in whole cents.
        author: who put it first.
        revision: grows by one with each change.
        citation: None while it was not cited.
    """

    municipality: str
    id: str
    content: Content
    author: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    revision: int
    citation: Citation | None = None

    @property
    def tag(self) -> str:
        """The entity tag: another one after every change and after citation."""
        told = (self.municipality, self.id, self.revision, self.created_at.isoformat())
        cited = None if self.citation is None else self.citation.at.isoformat()
        text = json.dumps([*told, cited, dict(self.content)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Condition:
    """What must be the case for a write to happen.

    Attributes:
        absent: nothing may be there yet.
        tags: one of these must be there; empty = anything that is there; None = no condition.
    """

    absent: bool = False
    tags: frozenset[str] | None = None

    def check(self, there: Kept | None) -> None:
        """Refuse a write on what is there.

        Raises:
            ChangedError: the condition does not hold.
        """
        wrong = self.absent and there is not None
        if self.tags is not None:
            wrong = wrong or there is None or (bool(self.tags) and there.tag not in self.tags)
        if wrong:
            raise ChangedError("the condition does not hold")
