"""A recipe: the method of a training, apart from the data and the day it was put to.

What makes two editions the same recipe: code, versions of libraries, and the settings that say how
is forecast. On which data, until when and from which seed does not belong to it.
"""

from __future__ import annotations

import getpass
import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.manifest import digest

NOT_OF_THE_METHOD = ("as_of", "until", "seed", "draws", "origins")
BY, COMMIT = "ZORGRAMING_BY", "ZORGRAMING_COMMIT"
_ROOT = Path(__file__).parent.parent
_ID = 10  # hex digits: enough to tell recipes apart, short enough to say aloud


def recipe_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the recipe of an edition: ``id``, ``code``, ``versions`` and ``settings``.

    It follows from what every manifest states, so that editions from before recipes have one too.
    """
    versions = dict(manifest.get("versions", {}))
    content = {
        "code": versions.pop("code", ""),
        "versions": versions,
        "settings": {
            name: value
            for name, value in manifest.get("settings", {}).items()
            if name not in NOT_OF_THE_METHOD
        },
    }
    return {"id": digest(content)[:_ID]} | content


def origin_of_run(by: str | None, environment: Mapping[str, str]) -> dict[str, str]:
    """Return who trained, from which commit and from which locks, for the run block.

    Args:
        by: the name that was given; None = ``ZORGRAMING_BY``, else the login name.
        environment: variables of the environment.
    """
    told = {
        "by": (by or environment.get(BY) or _login()).strip(),
        "commit": environment.get(COMMIT) or _commit(),
        "locks": _locks(),
    }
    return {name: text for name, text in told.items() if text}


def trainer(manifest: Mapping[str, Any]) -> str:
    """Return who trained an edition; empty when it does not say."""
    return str(manifest.get("run", {}).get("by", ""))


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an account
        return ""


def _commit() -> str:
    """The commit of the checkout this runs from; empty outside one."""
    git = shutil.which("git")
    if git is None or not (_ROOT / ".git").exists():
        return ""
    command = [git, "-C", str(_ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else ""


def _locks() -> str:
    """SHA-256 over the requirement files of the checkout; empty where there are none."""
    files = sorted((_ROOT / "requirements").glob("*.txt"))
    whole = hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files))
    return whole.hexdigest() if files else ""
