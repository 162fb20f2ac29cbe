"""Write a file so that a reader never sees half of it."""

from __future__ import annotations

import os
from pathlib import Path

from models.errors import ZorgramingError


def write_aside(path: Path, content: bytes) -> None:
    """Write a file under a temporary name in the same folder and move it into place.

    Args:
        path: the file; replaced when it exists.
        content: all of it.

    Raises:
        ZorgramingError: it cannot be written (no such folder, no right, disk full); what was there
            before is still there.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise ZorgramingError(f"{path} cannot be written: {error.strerror}") from error
