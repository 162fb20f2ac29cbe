"""API keys: made, shown once, stored as a hash, found, used and revoked.

A key reads ``zr_<id>_<secret>``. The id finds it; the secret is 32 random bytes, so a plain
SHA-256 suffices where a password would need a slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from models.errors import ZorgramingError
from service.access.roles import Role, Viewer
from service.access.tables import API_KEY, API_KEY_MUNICIPALITY
from service.logs import logger

MARK = "zr"
ID_BYTES = 5
SECRET_BYTES = 32
LONGEST_KEY = 200
TOUCH_EVERY = timedelta(minutes=1)  # last use is noted no finer, so that reading stays cheap

LOG = logger("access")

Clock = Callable[[], datetime]


class KeyRefusedError(ZorgramingError):
    """A key that cannot be made or revoked, with the reason."""


@dataclass(frozen=True)
class ApiKey:
    """One key without its secret; moments are in UTC."""

    id: str
    name: str
    role: Role
    municipalities: frozenset[str] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    purpose: str | None = None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether the key opens anything at a moment."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def viewer(self) -> Viewer:
        """What the holder of the key may see."""
        return Viewer(self.id, self.role, self.municipalities)


@dataclass(frozen=True)
class _Found:
    key: ApiKey
    sha256: str


def _hash(presented: str) -> str:
    return hashlib.sha256(presented.encode()).hexdigest()


def key_id_of(presented: str) -> str | None:
    """Return the id within a key, or None for text that is no key."""
    mark, _, rest = presented.partition("_")
    key_id, _, secret = rest.partition("_")
    if mark != MARK or not key_id or not secret or len(presented) > LONGEST_KEY:
        return None
    return key_id


class KeyRing:
    """The keys of one database."""

    def __init__(self, engine: Engine, clock: Clock, cache_seconds: float = 0.0) -> None:
        self._engine = engine
        self._clock = clock
        self._cache_seconds = cache_seconds
        self._cache: dict[str, tuple[float, _Found]] = {}
        self._touched: dict[str, datetime] = {}

    def create(
        self,
        name: str,
        role: Role,
        municipalities: Collection[str] | None,
        days: int,
        purpose: str | None = None,
    ) -> tuple[str, ApiKey]:
        """Make a key and return it with its record; this is the only time it can be read.

        Args:
            name: who or what uses the key, for the list.
            role: what the key may do.
            municipalities: whose figures it sees; None = of every municipality.
            days: how long it works.
            purpose: what for, noted with each access; 200 characters at most.

        Raises:
            KeyRefusedError: no name, no municipality, or no days.
        """
        if not name.strip() or days < 1 or (municipalities is not None and not municipalities):
            raise KeyRefusedError("a key needs a name, a municipality, and a day or more")
        key_id = secrets.token_hex(ID_BYTES)
        text = f"{MARK}_{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
        now = self._clock()
        seen = None if municipalities is None else frozenset(municipalities)
        until = now + timedelta(days=days)
        key = ApiKey(key_id, name.strip(), role, seen, now, until, None, None, purpose)
        with self._engine.begin() as connection:
            _store(connection, key, _hash(text))
        return text, key

    def all(self) -> list[ApiKey]:
        """Return every key, newest first, revoked and expired ones too."""
        with self._engine.connect() as connection:
            found = self._read(connection, None)
        return sorted((f.key for f in found), key=lambda key: key.created_at, reverse=True)

    def revoke(self, key_id: str) -> ApiKey:
        """End a key; it stays in the list.

        Raises:
            KeyRefusedError: there is no key with this id.
        """
        with self._engine.begin() as connection:
            found = self._read(connection, key_id)
            if not found:
                raise KeyRefusedError(f"there is no key {key_id}; 'zorgraming keys list' shows all")
            ended = update(API_KEY).where(API_KEY.c.id == key_id, API_KEY.c.revoked_at.is_(None))
            connection.execute(ended.values(revoked_at=self._clock()))
            found = self._read(connection, key_id)
        self._cache.pop(key_id, None)
        return found[0].key

    def find(self, presented: str) -> ApiKey | None:
        """Return the valid key that somebody sent, or None; notes its use."""
        key_id = key_id_of(presented)
        found = None if key_id is None else self._known(key_id)
        stored = found.sha256 if found else "0" * 64  # compare either way: equal time
        if not hmac.compare_digest(_hash(presented), stored) or found is None:
            return None
        now = self._clock()
        if not found.key.is_valid(now):
            return None
        self._touch(found.key.id, now)
        return found.key

    def _known(self, key_id: str) -> _Found | None:
        kept = self._cache.get(key_id)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        with self._engine.connect() as connection:
            found = self._read(connection, key_id)
        if not found:
            self._cache.pop(key_id, None)
            return None
        if self._cache_seconds > 0:
            self._cache[key_id] = (time.monotonic() + self._cache_seconds, found[0])
        return found[0]

    def _touch(self, key_id: str, now: datetime) -> None:
        noted = self._touched.get(key_id)
        if noted is not None and now - noted < TOUCH_EVERY:
            return
        self._touched[key_id] = now
        last = API_KEY.c.last_used_at
        used = update(API_KEY).where(API_KEY.c.id == key_id, or_(last.is_(None), last < now))
        try:
            with self._engine.begin() as connection:
                connection.execute(used.values(last_used_at=now))
        except SQLAlchemyError as error:  # a note that cannot be made is no reason to refuse
            LOG.warning("last_use_not_noted", key=key_id, cause=type(error).__name__)

    @staticmethod
    def _read(connection: Connection, key_id: str | None) -> list[_Found]:
        keys, places = select(API_KEY), select(API_KEY_MUNICIPALITY)
        if key_id is not None:
            keys = keys.where(API_KEY.c.id == key_id)
            places = places.where(API_KEY_MUNICIPALITY.c.key_id == key_id)
        seen: dict[str, set[str]] = {}
        for row in connection.execute(places):
            seen.setdefault(row.key_id, set()).add(row.municipality)
        return [_found(row, seen.get(row.id, set())) for row in connection.execute(keys)]


def _store(connection: Connection, key: ApiKey, sha256: str) -> None:
    row = {
        "id": key.id,
        "sha256": sha256,
        "name": key.name,
        "role": key.role.value,
        "every_municipality": key.municipalities is None,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "purpose": key.purpose,
    }
    connection.execute(insert(API_KEY), row)
    places = [{"key_id": key.id, "municipality": m} for m in sorted(key.municipalities or ())]
    if places:
        connection.execute(insert(API_KEY_MUNICIPALITY), places)


def _found(row: Row[Any], municipalities: set[str]) -> _Found:
    key = ApiKey(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        municipalities=None if row.every_municipality else frozenset(municipalities),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        purpose=row.purpose,
    )
    return _Found(key, row.sha256)
