"""Which form an answer takes: by ``format``, else by the Accept header."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from werkzeug.http import parse_options_header

from service.formats import FORMATS
from service.problems import ProblemError

JSON = "application/json"
JSON_NAME = "json"
# CSV for Dutch Excel shares its media type with plain CSV, so it can be asked for by name only.
NAMES = {JSON: JSON_NAME} | {
    parse_options_header(form.media_type)[0]: name for name, form in reversed(FORMATS.items())
}
MEDIA_TYPES = (JSON, *(media_type for media_type in reversed(NAMES) if media_type != JSON))


def negotiated(offered: Sequence[str]) -> str:
    """Return the media type to answer with: the first that is offered and accepted.

    Args:
        offered: media types without parameters, the preferred one first.

    Raises:
        ProblemError: 406 when none of them is accepted.
    """
    if not request.headers.get("Accept"):
        return offered[0]
    found = request.accept_mimetypes.best_match(offered)
    if found is None:
        raise ProblemError("not-acceptable", allowed=", ".join(offered))
    return found


def form_name(asked: str | None) -> str:
    """Return the name of the form to answer in.

    Args:
        asked: value of ``format``, which wins over the Accept header.

    Raises:
        ProblemError: 406 when the Accept header has none of them.
    """
    return asked if asked is not None else NAMES[negotiated(MEDIA_TYPES)]
