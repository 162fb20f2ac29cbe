"""One decorator that makes a function a route, and tells the published document about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel

from service.access.roles import Role
from service.access.rules import OPEN, RULE
from service.api.bodies import Body
from service.api.query import Question

DESCRIBED = "described"  # the attribute by which the document finds the facts below

View = TypeVar("View", bound=Callable[..., Response])


@dataclass(frozen=True)
class Description:
    """What the published document says about a route beside its answer.

    Attributes:
        question: model of the query string, or None.
        media_types: of the answer; the first is that of the answer's model.
        problems: statuses of problems that can occur here beside the usual ones.
        example: name of a question and its real answer, see ``service.api.examples``.
        body: model of what is sent, or None.
        creates: whether 201 is answered where nothing was there before.
        writes: whether anything is changed by it.
        files: media types of an answer that is a file instead of JSON.
    """

    question: type[Question] | None = None
    media_types: tuple[str, ...] = ("application/json",)
    problems: tuple[int, ...] = ()
    example: str | None = None
    body: type[Body] | None = None
    creates: bool = False
    writes: bool = False
    files: tuple[str, ...] = ()

    def statuses(self, rule: Role | str) -> tuple[int, ...]:
        """Return every status of a problem that the route can answer with."""
        usual = (406, 414, 429, 500) if rule == OPEN else (401, 403, 406, 414, 429, 500, 503)
        written = (403, 409, 412) if self.writes else ()
        sent = (413, 415) if self.body is not None else ()
        return tuple(sorted({400, *usual, *written, *sent, *self.problems}))


def endpoint(
    blueprint: APIBlueprint,
    path: str,
    answer: type[BaseModel] | None,
    described: Description,
    method: Literal["GET", "PUT", "DELETE"] = "GET",
) -> Callable[[View], View]:
    """Make a function the answer to a method at a path; of GET also to HEAD.

    Args:
        blueprint: where the route belongs.
        path: below the version, without a slash at its end.
        answer: model of the JSON answer, for the document; None where there is none (204, files).
        described: what else the document says.
        method: writing is idempotent, so there is no POST.

    Raises:
        TypeError: the function states no access rule.
    """

    def decorate(view: View) -> View:
        if not hasattr(view, RULE):
            raise TypeError(f"{view.__name__} states no access rule")
        setattr(view, DESCRIBED, described)
        documented: Any = blueprint.doc(operation_id=view.__name__)(view)
        output = (
            blueprint.output({}, status_code=204) if answer is None else blueprint.output(answer)
        )
        blueprint.route(path, methods=[method])(output(documented))
        return view

    return decorate
