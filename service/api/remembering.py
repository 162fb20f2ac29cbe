"""Answers given before: the same question about the same editions by who sees as much.

An answer with figures depends on the editions served, on what the asker sees of them, and on the
question; on nothing else. So it is kept, within limits, and given again without being made again.
Who may ask, how often, and what stands in the audit trail is decided each time, before and after.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any

from flask import Response, current_app, g, request

from service.audit.requests import selection_of
from service.context import served_editions, service, viewer

EXTENSION = "zorgraming-answers"
MOST_BYTES = 40_000_000  # per process, of bodies
LARGEST = 1_000_000  # an answer that takes more is made each time


@dataclass(frozen=True)
class Kept:
    """One answer.

    Attributes:
        made_of: what it depends on and is compared by identity; nothing else may have its place.
        body: as sent.
        headers: as the resource set them.
        tag: of the answer, or None for one without.
        rows: number of rows, for log and audit trail.
        editions: ids, likewise.
        selection: the question as the audit trail tells it.
    """

    made_of: tuple[object, ...]
    body: bytes
    headers: tuple[tuple[str, str], ...]
    tag: str | None
    rows: int | None
    editions: list[str] | None
    selection: Mapping[str, str]


class Answers:
    """The answers of one process, least lately used ones going first; safe in many threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, key: Hashable, made_of: tuple[object, ...]) -> Kept | None:
        """Return an answer if it is there and made of these very things."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or not _same(found.made_of, made_of):
                return None
            self._kept.move_to_end(key)
            return found

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep an answer; others go where there is no room."""
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += len(kept.body) - (len(before.body) if before else 0)
            self._kept[key] = kept
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1].body)

    @property
    def size_bytes(self) -> int:
        """How much is kept."""
        return self._size


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def remembered(view: Callable[..., Response]) -> Callable[..., Response]:
    """Give an answer of this route again where it was given before; for routes with a rule only."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - passed on
        answers: Answers = current_app.extensions[EXTENSION]
        key, made_of = _key(), _made_of()
        kept = answers.get(key, made_of)
        if kept is None:
            response = view(*args, **kwargs)
            _keep(answers, key, made_of, response)
            return response
        g.rows, g.editions, g.selection = kept.rows, kept.editions, kept.selection
        return _again(kept)

    return asked


def _key() -> Hashable:
    """Return the question, and how much its asker sees."""
    sent, asker = request.headers, viewer()
    return (
        *(request.path, request.query_string, sent.get("Accept")),
        *(asker.role, asker.municipalities),
    )


def _made_of() -> tuple[object, ...]:
    book = service().sharing
    return served_editions(), None if book is None else book.shared()


def _keep(answers: Answers, key: Hashable, made_of: tuple[object, ...], response: Response) -> None:
    if response.status_code != HTTPStatus.OK or response.is_streamed:
        return
    body = response.get_data()
    if len(body) > LARGEST:
        return
    tag, _ = response.get_etag()
    headers = tuple((k, v) for k, v in response.headers if k != "Content-Length")
    noted = (g.get("rows"), g.get("editions"), selection_of(request))
    answers.put(key, Kept(made_of, body, headers, tag, *noted))


def _again(kept: Kept) -> Response:
    known = kept.tag is not None and request.if_none_match.contains_weak(kept.tag)
    if not known:
        return Response(kept.body, headers=list(kept.headers))
    headers = [(k, v) for k, v in kept.headers if k in ("ETag", "Cache-Control")]
    return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
