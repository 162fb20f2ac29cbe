"""Conditional requests: a tag made of what an answer depends on, known before it is made.

Data may be kept by the asker but is checked each time (``private, no-cache``). Drafts are not kept
at all. A proxy that compresses weakens a tag, so tags are compared weakly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence

from flask import Response, g, request

from service.api.query import Question
from service.api.scope import Share
from service.transport import API_VERSION


def tag_of(shares: Sequence[Share], query: Question, media_type: str) -> str:
    """Return the entity tag of an answer, without quotes.

    Args:
        shares: the editions, their standing, and what the asker sees of them.
        query: the question.
        media_type: of the answer.
    """
    seen = [
        (one.served.fingerprint, one.municipalities, one.sight, sorted(one.shared or ()))
        for one in shares
    ]
    asked = (request.path, _normalised(query), media_type, API_VERSION)
    text = json.dumps([seen, asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _normalised(query: Question) -> dict[str, object]:
    """Return a question so that two spellings with the same answer are the same."""
    values = query.model_dump(mode="json", exclude={"format"})
    return {
        name: sorted(value) if isinstance(value, list) and name != "level" else value
        for name, value in values.items()
    }


def tagged(
    shares: Sequence[Share], query: Question, media_type: str, make: Callable[[], Response]
) -> Response:
    """Return 304 where the asker has the answer already, else make it and give it its tag."""
    g.editions = [share.edition.edition_id for share in shares]
    if any(share.served.is_draft for share in shares):
        return make()
    tag = tag_of(shares, query, media_type)
    response = Response(status=304) if request.if_none_match.contains_weak(tag) else make()
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
