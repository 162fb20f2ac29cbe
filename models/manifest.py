"""The manifest of an edition: canonical JSON, hashes, and what must stand in it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from models.catalogue import MEASURES, Frequency
from models.errors import EditionError

FORMAT = 1
NAME = "manifest.json"
REQUIRED = (
    "as_of",
    "axes",
    "data_until",
    "delivery",
    "draws",
    "measures",
    "municipalities",
    "scale",
    "synthetic",
    "until",
)
OWN = ("edition_id", "files", "format", "run", "sha256")  # written here, never by the caller
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_ID = re.compile(_SLUG.pattern + r"-\d{4}-\d{2}-\d{2}-[0-9a-f]{10}")


def canonical(value: object) -> bytes:
    """Return the one byte form of a JSON value: UTF-8, sorted keys, two spaces, a final newline.

    Raises:
        EditionError: the value holds something JSON does not know, such as NaN or a date.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True)
        return (text + "\n").encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise EditionError(f"not writable as JSON: {error}") from error


def digest(value: object) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of a value."""
    return hashlib.sha256(canonical(value)).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 (hex) of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def make_id(delivery: str, as_of: str, identity: Mapping[str, Any]) -> str:
    """Return ``<delivery>-<as of>-<first ten hex of the hash over the identity>``.

    Raises:
        EditionError: the delivery's name is not lower-case letters, digits and dashes.
    """
    if not _SLUG.fullmatch(delivery):
        raise EditionError(
            f"the delivery is called {delivery!r}: use lower-case letters, digits and dashes"
        )
    return f"{delivery}-{as_of}-{digest(dict(identity))[:10]}"


def is_id(text: str) -> bool:
    """Tell whether a text has the shape of an edition id."""
    return _ID.fullmatch(text) is not None


def seal(manifest: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest with its hash, and the run block with its own.

    The run block (when, how long, on what) is left out of the manifest's hash: it is the only part
    in which two trainings of the same content may differ.
    """
    content = {key: value for key, value in manifest.items() if key not in ("sha256", "run")}
    about = {key: value for key, value in run.items() if key != "sha256"}
    return content | {"sha256": digest(content), "run": about | {"sha256": digest(about)}}


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check the manifest of an edition folder.

    Raises:
        EditionError: no manifest, an unknown format number, a changed byte, a part missing, a file
            outside the folder.
    """
    path = folder / NAME
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise EditionError(f"{folder.name}: no readable {NAME} ({error.strerror})") from error
    manifest = _parsed(raw, folder.name)
    _known_format(manifest, folder.name)
    run = manifest.get("run")
    if not isinstance(run, dict) or canonical(seal(manifest, run)) != raw:
        raise EditionError(f"{folder.name}: {NAME} was changed after it was made; fetch it anew")
    _complete(manifest, folder.name)
    return manifest


def check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Compare every file with the hash in the manifest.

    Raises:
        EditionError: naming every file that is missing or changed.
    """
    wrong = []
    for name, expected in sorted(manifest["files"].items()):
        try:
            found = file_digest(folder / name)
        except OSError as error:
            wrong.append(f"{name} cannot be read ({error.strerror})")
            continue
        if found != expected:
            wrong.append(f"{name} was changed")
    if wrong:
        raise EditionError(f"{folder.name}: {'; '.join(wrong)}; fetch the edition anew")


def _parsed(raw: bytes, name: str) -> dict[str, Any]:
    try:
        manifest = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise EditionError(f"{name}: {NAME} is not JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise EditionError(f"{name}: {NAME} holds no object")
    return manifest


def _known_format(manifest: Mapping[str, Any], name: str) -> None:
    number = manifest.get("format")
    if type(number) is not int or number != FORMAT:
        raise EditionError(
            f"{name}: edition format {number!r} is not known here (known: {FORMAT}); "
            "install the version of Zorgraming that made it"
        )


def _complete(manifest: Mapping[str, Any], name: str) -> None:
    missing = [key for key in (*OWN, *REQUIRED) if key not in manifest]
    if missing:
        raise EditionError(f"{name}: {NAME} lacks {', '.join(missing)}")
    if not isinstance(manifest["files"], dict):
        raise EditionError(f"{name}: 'files' in {NAME} is no list of hashes by file")
    for path in manifest["files"]:
        _inside(path, name)
    unknown = [m for m in manifest["measures"] if m not in MEASURES]
    if unknown or set(manifest["axes"]) - set(Frequency):
        raise EditionError(f"{name}: {NAME} names a measure or frequency that does not exist")
    if not is_id(str(manifest["edition_id"])):
        raise EditionError(f"{name}: {manifest['edition_id']!r} is no edition id")


def _inside(path: str, name: str) -> None:
    parts = PurePosixPath(path)
    plain = path and "\\" not in path and "\0" not in path and ":" not in path
    if not plain or parts.is_absolute() or ".." in parts.parts or str(parts) != path:
        raise EditionError(f"{name}: {NAME} points outside its folder: {path!r}")
