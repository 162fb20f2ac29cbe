"""Who may promote and roll back: a list in the state folder, each person with a key of their own.

The key is random and shown once; the list holds its hash only. The list is chained, so that a name
slipped in between shows. Whoever may write the state folder may add a signer: guard that folder.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from models.chained_file import ChainedFile
from models.errors import ApprovalError

ROLES = ("analyst", "administrator")
FILE = "signers.jsonl"
KEY = "ZORGRAMING_SIGNING_KEY"
_PREFIX = "zrs_"  # by which a key that leaked into a log can be found
_BYTES = 32


@dataclass(frozen=True)
class Signer:
    """Somebody who may sign.

    Attributes:
        name: as it stands under decisions.
        role: analyst or administrator.
        login: name at the operating system; empty when it is not known.
        key_sha256: SHA-256 of the key.
        at: since when, ISO moment.
    """

    name: str
    role: str
    login: str
    key_sha256: str
    at: str

    def is_called(self, name: str) -> bool:
        """Tell whether a name, or a login name, is this person's."""
        return _plain(name) in {_plain(self.name), _plain(self.login)} - {""}

    def has(self, key: str) -> bool:
        """Tell whether a key is this person's."""
        return hmac.compare_digest(self.key_sha256, _hash(key))


class Signers:
    """The list.

    Args:
        state: the state folder.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self._file = ChainedFile(state / FILE, "signers", "list")

    def everyone(self) -> list[Signer]:
        """Return who may sign now, by name.

        Raises:
            EditionError: the list was damaged.
        """
        found: dict[str, Signer] = {}
        for event in self._file.read():
            if event["event"] == "added":
                own = {name: str(event[name]) for name in Signer.__dataclass_fields__}
                found[_plain(own["name"])] = Signer(**own)
            else:
                found.pop(_plain(str(event["name"])), None)
        return [found[name] for name in sorted(found)]

    def add(self, name: str, role: str, login: str, at: datetime) -> str:
        """Add somebody and return their key, which is kept nowhere.

        Raises:
            ApprovalError: no name, no such role, or the name or login is somebody's already.
            EditionError: the list was damaged, or cannot be written.
        """
        if not name.strip() or role not in ROLES:
            raise ApprovalError(f"a signer has a name and a role: {' or '.join(ROLES)}")
        for known in self.everyone():
            if known.is_called(name) or (login and known.is_called(login)):
                raise ApprovalError(f"{known.name} ({known.login or 'no login'}) is there already")
        key = _PREFIX + secrets.token_urlsafe(_BYTES)
        self.state.mkdir(parents=True, exist_ok=True)
        about = {"name": name.strip(), "role": role, "login": login.strip()}
        self._file.append({"event": "added", "key_sha256": _hash(key)} | about, at)
        return key

    def remove(self, name: str, at: datetime) -> None:
        """Take the right from somebody; what they signed stays signed.

        Raises:
            ApprovalError: nobody of that name.
            EditionError: the list was damaged, or cannot be written.
        """
        found = self.called(name)
        if found is None:
            raise ApprovalError(f"no signer is called {name!r}")
        self._file.append({"event": "removed", "name": found.name}, at)

    def called(self, name: str) -> Signer | None:
        """Return the signer of a name, None when there is none."""
        return next((one for one in self.everyone() if _plain(one.name) == _plain(name)), None)


def _hash(key: str) -> str:
    return hashlib.sha256(key.strip().encode()).hexdigest()


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
