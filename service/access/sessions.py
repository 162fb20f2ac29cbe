"""Who is signed in on the pages: kept on the server, and found by a random secret in a cookie.

The secret is 32 random bytes and is stored as a hash. The token that a form sends along (against
forgery from another site) is made of it and stored nowhere. Nothing of a session is kept in a
process, so that signing out holds for all of them at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from service.access.claims import Holder
from service.access.keys import TOUCH_EVERY, Clock
from service.access.roles import Role, Viewer
from service.access.tables import SESSION
from service.logs import logger

SECRET_BYTES = 32
SECRET_LENGTH = 43  # of so many bytes, as text

LOG = logger("sessions")


@dataclass(frozen=True)
class Session:
    """One session; moments are in UTC.

    Attributes:
        viewer: what may be seen.
        name: for the audit trail.
        shown_as: for the pages, to the one whose session it is.
        form_token: what a form sends along.
        last_used_at: to the minute.
        expires_at: when it ends, used or not.
    """

    viewer: Viewer
    name: str
    shown_as: str
    form_token: str
    last_used_at: datetime
    expires_at: datetime

    def takes(self, token: str | None) -> bool:
        """Tell whether a token is that of this session; takes as long either way."""
        return hmac.compare_digest(self.form_token.encode(), (token or "").encode())


class SessionBook:
    """The sessions in one database.

    Args:
        engine: of the database.
        clock: the present moment.
        idle: how long one lasts without a request.
        longest: how long one lasts.
    """

    def __init__(self, engine: Engine, clock: Clock, idle: timedelta, longest: timedelta) -> None:
        self._engine = engine
        self._clock = clock
        self._idle = idle
        self._longest = longest

    def begin(self, holder: Holder, viewer: Viewer, before: str | None = None) -> str:
        """Make a session and return its secret, which can be read only now.

        Args:
            holder: who signed in.
            viewer: what they may see.
            before: secret of a session that this one takes the place of.
        """
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self._clock()
        places = viewer.municipalities
        row = {
            "sha256": _hash(secret),
            "viewer": viewer.name,
            "name": holder.name,
            "shown_as": holder.shown_as,
            "role": viewer.role.value,
            "municipalities": None if places is None else json.dumps(sorted(places)),
            "created_at": now,
            "last_used_at": now,
            "expires_at": now + self._longest,
        }
        over = or_(SESSION.c.expires_at <= now, SESSION.c.last_used_at <= now - self._idle)
        with self._engine.begin() as connection:
            connection.execute(delete(SESSION).where(over))
            if before is not None:
                connection.execute(delete(SESSION).where(SESSION.c.sha256 == _hash(before)))
            connection.execute(insert(SESSION), row)
        return secret

    def find(self, secret: str) -> Session | None:
        """Return the session of a secret, or None where there is none any more; notes its use."""
        if len(secret) != SECRET_LENGTH or not secret.isascii():
            return None
        with self._engine.connect() as connection:
            found = select(SESSION).where(SESSION.c.sha256 == _hash(secret))
            row = connection.execute(found).one_or_none()
        now = self._clock()
        if row is None or now >= row.expires_at or now - row.last_used_at >= self._idle:
            return None
        if now - row.last_used_at >= TOUCH_EVERY:
            self._touch(row.sha256, now)
        return _session(row, secret)

    def end(self, secret: str) -> None:
        """End a session, for all workers at once."""
        with self._engine.begin() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.sha256 == _hash(secret)))

    def _touch(self, sha256: str, now: datetime) -> None:
        mine = update(SESSION).where(SESSION.c.sha256 == sha256, SESSION.c.last_used_at < now)
        try:
            with self._engine.begin() as connection:
                connection.execute(mine.values(last_used_at=now))
        except SQLAlchemyError as error:  # a note that cannot be made is no reason to refuse
            LOG.warning("last_use_not_noted", cause=type(error).__name__)


def end_every_session(engine: Engine) -> None:
    """End all sessions, such as those that a backup brought back."""
    with engine.begin() as connection:
        connection.execute(delete(SESSION))


def _session(row: Row[Any], secret: str) -> Session:
    places = None if row.municipalities is None else frozenset(json.loads(row.municipalities))
    return Session(
        viewer=Viewer(row.viewer, Role(row.role), places),
        name=row.name,
        shown_as=row.shown_as,
        form_token=hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest(),
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
