"""The one maker of errors: ``application/problem+json`` (RFC 9457), Dutch unless English is asked.

Every 4xx and 5xx of the service comes from here, so that each holds ``type``, ``title``,
``status``, ``detail`` and ``request_id``, and never what went wrong inside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.texts import LANGUAGES, Language, Text
from service.wording import FAULTS, MORE_FAULTS, PROBLEMS

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:zorgraming:problem:"
MOST_ALLOWED = 100  # more allowed values than this are not listed: a catalogue route does that
MOST_VALUE = 100  # characters of an offending value that are repeated

FAILED = 500
RETRY_SECONDS = "5"
_BY_STATUS = {404: "not-found", 405: "method", FAILED: "failed"}


@dataclass(frozen=True)
class InputFault:
    """One thing wrong with a question.

    Attributes:
        code: key of ``wording.FAULTS``.
        parameter: the name as the asker wrote it.
        value: the offending value, or None where the parameter itself is the fault.
        allowed: the values that would be accepted, where they can be listed.
        values: further fields of the text.
        place: ``query``, ``path``, or ``body``, of which the parameter is a JSON pointer.
    """

    code: str
    parameter: str
    value: str | None = None
    allowed: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    place: str = "query"

    def read(self, language: Language) -> dict[str, Any]:
        """Return the fault as a member of ``errors``."""
        shown = self.allowed[:MOST_ALLOWED]
        text = ", ".join(shown) + (", …" if len(self.allowed) > len(shown) else "")
        value = None if self.value is None else self.value[:MOST_VALUE]
        where = "pointer" if self.place == "body" else "name"
        fields = {"parameter": self.parameter[:MOST_VALUE], "value": value, "allowed": text or "-"}
        return {
            "in": self.place,
            "location": {where: self.parameter[:MOST_VALUE]},
            "parameter": self.parameter[:MOST_VALUE],
            "value": value,
            "code": self.code,
            "detail": FAULTS[self.code].read(language, **{**fields, **self.values}),
            "allowed": list(shown),
        }


class ProblemError(Exception):
    """Ends a request with a problem of a kind that ``wording.PROBLEMS`` knows."""

    def __init__(
        self,
        kind: str,
        *,
        faults: Sequence[InputFault] = (),
        headers: Sequence[tuple[str, str]] = (),
        **values: object,
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.faults = tuple(faults)
        self.headers = tuple(headers)
        self.values = values


def invalid(faults: Sequence[InputFault]) -> ProblemError:
    """Return the error for a question with faults; it holds them all."""
    return ProblemError("invalid-input", faults=faults)


def unavailable(reason: Text) -> ProblemError:
    """Return the error for a service that cannot answer now, but may soon."""
    return ProblemError("not-ready", headers=[("Retry-After", RETRY_SECONDS)], reason=reason)


def asked_language() -> Language:
    """Return the language the asker prefers: Dutch unless English is asked for."""
    best = request.accept_languages.best_match(LANGUAGES, default="nl")
    return "en" if best == "en" else "nl"


def body_of(error: ProblemError, language: Language, request_id: str) -> dict[str, Any]:
    """Return the members of a problem document.

    Args:
        error: what went wrong, in terms of ``wording``.
        language: of title and detail.
        request_id: by which the log can be searched.
    """
    problem = PROBLEMS[error.kind]
    errors = [fault.read(language) for fault in error.faults]
    first = errors[0]["detail"] if errors else ""
    more = MORE_FAULTS.read(language, count=len(errors)) if len(errors) > 1 else ""
    given = {
        name: value.read(language) if isinstance(value, Text) else value
        for name, value in error.values.items()
    }
    fields = {"first": first, "more": more, "request_id": request_id, **given}
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + error.kind,
        "title": problem.title.read(language),
        "status": problem.status,
        "detail": problem.detail.read(language, **fields),
        "request_id": request_id,
    }
    if errors:
        body["errors"] = errors
    return body


def answer(error: ProblemError) -> Response:
    """Return the response to a request that failed."""
    g.problem = error.kind  # for who counts them
    language = asked_language()
    body = body_of(error, language, g.request_id)
    response = Response(
        json.dumps(body, ensure_ascii=False, indent=1) + "\n",
        status=PROBLEMS[error.kind].status,
        content_type=MEDIA_TYPE,
    )
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    response.headers.extend(list(error.headers))
    return response


def from_http(error: HTTPException) -> Response:
    """Return the problem that an error of the web framework is."""
    kind = _BY_STATUS.get(error.code or FAILED, "bad-request")
    base = current_app.extensions["zorgraming"].settings.base_path
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    allowed = ", ".join(sorted(methods or ()))
    headers = [("Allow", allowed)] if methods else []
    return answer(ProblemError(kind, headers=headers, base=base, allowed=allowed))


def _from_surprise(error: Exception) -> Response:
    g.surprise = error  # the log tells what it was; the answer does not
    return answer(ProblemError("failed"))


def register(app: Flask) -> None:
    """Turn every error of an application into a problem document."""
    app.register_error_handler(ProblemError, answer)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, _from_surprise)
