"""What a folder of editions looks like from outside: what is there, and what was changed.

A look is the place, size and moment of a file: read in no time, and another one when somebody
writes the file. What is in it is checked when it is opened.
"""

from __future__ import annotations

from pathlib import Path

from models.disclosure_files import mask_path
from models.edition import record_path
from models.manifest import NAME


def folders_in(editions: Path) -> list[Path]:
    """Return the folders that may be editions; what is being written has a hidden name."""
    if not editions.exists():
        return []
    found = (path for path in editions.iterdir() if not path.name.startswith("."))
    return sorted(path for path in found if path.is_dir())


def mark_of(folder: Path) -> tuple[object, ...]:
    """Return name and looks of an edition: its manifest, record and mask."""
    return folder.name, *_looks(folder / NAME, record_path(folder), mask_path(folder))


def files_of(folder: Path) -> tuple[object, ...]:
    """Return what shows that a file of an edition was changed, without reading it."""
    return _looks(*sorted(path for path in folder.rglob("*") if path.is_file()))


def _looks(*paths: Path) -> tuple[object, ...]:
    marks: list[object] = []
    for path in paths:
        try:
            found = path.stat()
        except FileNotFoundError:
            marks.append(None)
        else:
            marks.append((found.st_ino, found.st_size, found.st_mtime_ns))
    return tuple(marks)
