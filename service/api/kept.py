"""What budgets and scenarios have in common: whose they are, conditions on writing, and answers.

Everything is found among the asker's own municipalities only. What another municipality keeps is
not there, whatever is asked of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import Response, g, request
from pydantic import BaseModel, Field
from werkzeug.routing import BaseConverter

from service.api.bodies import Body, Line, Sent, read_body
from service.api.media import JSON, negotiated
from service.api.paging import page_of
from service.api.query import Asked, Code, Paged, Question, read_question
from service.api.resources import json_response, paged
from service.api.scope import Share, check_codes
from service.context import served_editions, service, viewer
from service.problems import InputFault, ProblemError, invalid
from service.state.kept import ChangedError, CitedError, Condition, FullError, Kept, MissingError
from service.state.shelf import MOST, Shelf

KEPT_ID = "^[a-z0-9][a-z0-9-]{0,63}$"
KEPT_ID_TOLD = "Kleine letters, cijfers en koppeltekens, hoogstens 64."
CHECKED = "private, no-cache"
_NEVER = frozenset({""})  # no tag reads so


class ScenarioId(BaseConverter):
    """The place of an id in an address; the starting points have an address of their own."""

    regex = r"(?!templates\Z)[^/]+"


class OneQuestion(Question):
    """Whose, where several municipalities use one id."""

    municipality: Code | None = Field(
        None, description="Gemeente (code); nodig als u er meer ziet die dit kenmerk gebruiken."
    )


class KeptQuestion(Paged):
    """Filters of what is kept."""

    municipality: Code | None = Field(None, description="Gemeente (code).")


class CitationBody(Body):
    """Where something is cited."""

    reference: Line = Field(
        description="Document of besluit waarin het staat, zoals het nummer van een raadsvoorstel."
    )


class Cited(BaseModel):
    """Where something was cited; from then on it does not change."""

    reference: str = Field(description="Document of besluit.")
    by: str = Field(description="Wie het vastlegde (naam van de sleutel).")
    at: datetime = Field(description="Wanneer.")


class KeptRow(BaseModel):
    """What everything that is kept has."""

    municipality: str = Field(description="Gemeente (code).")
    id: str = Field(description="Kenmerk.")
    name: str = Field(description="Naam.")
    author: str = Field(description="Wie het maakte (kenmerk van de sleutel).")
    created_at: datetime = Field(description="Wanneer het gemaakt is.")
    changed_by: str = Field(description="Wie het het laatst wijzigde.")
    changed_at: datetime = Field(description="Wanneer het het laatst gewijzigd is.")
    revision: int = Field(description="Telt op met elke wijziging.")
    cited: Cited | None = Field(description="Waar het is aangehaald; null als dat niet zo is.")


class KeptMeta(BaseModel):
    """What belongs to a list of what is kept."""

    row_count: int = Field(description="Aantal rijen, over alle bladzijden.")
    page: int | None = Field(description="Nummer van deze bladzijde; null zonder pageSize.")
    page_size: int | None = Field(description="Rijen per bladzijde; null zonder pageSize.")


def row_of(kept: Kept) -> dict[str, Any]:
    """Return the columns of ``KeptRow``."""
    citation = kept.citation
    return {
        "municipality": kept.municipality,
        "id": kept.id,
        "name": kept.content["name"],
        "author": kept.author,
        "created_at": kept.created_at.isoformat(),
        "changed_by": kept.changed_by,
        "changed_at": kept.changed_at.isoformat(),
        "revision": kept.revision,
        "cited": None
        if citation is None
        else {"reference": citation.reference, "by": citation.by, "at": citation.at.isoformat()},
    }


def own_municipalities() -> tuple[str, ...]:
    """Return the municipalities with an edition that are the asker's own, sorted."""
    found = {
        code
        for served in served_editions()
        for code in viewer().seen(served.edition.dimensions["municipality"].labels)
    }
    return tuple(sorted(found))


def share_of(municipality: str, edition: str | None = None) -> Share | None:
    """Return the edition in force of a municipality of the asker, or one by its id; None = none."""
    if not viewer().sees(municipality):
        return None
    for served in served_editions():
        inside = municipality in served.edition.dimensions["municipality"].index
        wanted = (
            municipality in served.current_for
            if edition is None
            else inside and served.edition.edition_id == edition
        )
        if wanted:
            return Share(served, (municipality,))
    return None


def editions_of(municipality: str) -> tuple[str, ...]:
    """Return the ids of the editions that hold a municipality of the asker, sorted."""
    ids = (
        served.edition.edition_id
        for served in served_editions()
        if municipality in viewer().seen(served.edition.dimensions["municipality"].labels)
    )
    return tuple(sorted(ids))


def kept_list(
    asked: Asked[KeptQuestion], shelf: Shelf | None, row: Callable[[Kept], Mapping[str, Any]]
) -> Response:
    """Return all that the asker's municipalities keep, in pages where asked.

    Raises:
        ProblemError: 400 with every fault.
    """
    if asked.query.municipality is not None:
        known = own_municipalities()
        check_codes(asked, "municipality", [asked.query.municipality], known)
    query = asked.check()
    media_type = negotiated((JSON,))
    found = _found(shelf, query.municipality, None)
    page = page_of(query, len(found))
    g.rows, g.editions = len(found), []
    meta = {"row_count": page.rows, "page": page.number, "page_size": page.size}
    body = {"meta": meta, "rows": [dict(row(kept)) for kept in found[page.cut]]}
    tags = ",".join((media_type, request.query_string.decode("latin-1"), *(k.tag for k in found)))
    return paged(_tagged(json_response(body), tags), page)


def kept_one(shelf: Shelf | None, kept_id: str, municipality: str | None, problem: str) -> Kept:
    """Return what is kept under an id.

    Raises:
        ProblemError: 404 where nothing is, 400 where several municipalities have it.
    """
    found = _found(shelf, municipality, kept_id)
    if not found:
        raise ProblemError(problem, base=service().settings.base_path)
    if len(found) > 1:
        codes = tuple(kept.municipality for kept in found)
        raise invalid([InputFault("several-of-id", "municipality", None, codes)])
    return found[0]


def read_one(model: type[OneQuestion] = OneQuestion) -> OneQuestion:
    """Return the question of a route about one thing; it answers with JSON only."""
    query = read_question(model, request.args).check()
    negotiated((JSON,))
    return query


def kept_answer(kept: Kept, body: Mapping[str, Any], status: int = 200) -> Response:
    """Return one thing with its tag; 304 where the asker has it already."""
    noted(kept)
    if request.method in ("GET", "HEAD") and request.if_none_match.contains_weak(kept.tag):
        response = Response(status=304)
    else:
        response = json_response(body)
        response.status_code = status
    response.set_etag(kept.tag)
    response.headers["Cache-Control"] = CHECKED
    return response


def removed(shelf: Shelf, kept_id: str, problem: str) -> Response:
    """Take away what the request names, and answer that it is gone.

    Args:
        shelf: where it is.
        kept_id: its id.
        problem: kind of the problem when nothing is there.
    """
    found = kept_one(shelf, kept_id, read_one().municipality, problem)
    with told(problem):
        shelf.remove(found.municipality, found.id, condition())
    noted(found)
    return Response(status=204)


def cited(shelf: Shelf, kept_id: str, problem: str) -> Kept:
    """Put on record where what the request names is cited; return it as it is from then on.

    Args:
        shelf: where it is.
        kept_id: its id.
        problem: kind of the problem when nothing is there.
    """
    municipality = read_one().municipality
    sent = read_body(CitationBody)
    found = kept_one(shelf, kept_id, municipality, problem)
    reference = sent.check().reference
    with told(problem):
        return shelf.cite(found.municipality, found.id, reference, viewer().name, condition())


def noted(kept: Kept) -> None:
    """Tell log and audit trail what a request was about; of a write also whose it is."""
    g.rows, g.editions = 1, []
    if request.method not in ("GET", "HEAD"):
        g.written = {"municipality": kept.municipality, "revision": kept.revision}


def condition() -> Condition:
    """Return the condition that the headers of a write set."""
    absent = "If-None-Match" in request.headers and request.if_none_match.star_tag
    if "If-Match" not in request.headers:
        return Condition(absent)
    if request.if_match.star_tag:
        return Condition(absent, frozenset())
    return Condition(absent, frozenset(request.if_match.as_set()) or _NEVER)


@contextmanager
def told(problem: str) -> Iterator[None]:
    """Turn what a shelf refuses into problems.

    Args:
        problem: kind of the problem when nothing is there.
    """
    try:
        yield
    except ChangedError:
        raise ProblemError("changed") from None
    except CitedError as error:
        raise ProblemError("cited", reference=str(error)) from None
    except FullError:
        raise ProblemError("full", limit=MOST) from None
    except MissingError:
        raise ProblemError(problem, base=service().settings.base_path) from None


def check_id(sent: Sent[Any], name: str, kept_id: str) -> None:
    """Add a fault for an id that is none."""
    if re.fullmatch(KEPT_ID, kept_id) is None:
        sent.faults.append(InputFault("wrong-id", name, kept_id, place="path"))


def check_municipality(sent: Sent[Any], code: str, named: str | None) -> None:
    """Add a fault for a municipality that is not the asker's own, alike whether it exists or not.

    Args:
        sent: what was sent.
        code: the municipality in it.
        named: that of the address.
    """
    known = own_municipalities()
    if code not in known:
        sent.fault("unknown-value", "/municipality", code, allowed=known)
    if named is not None and named != code:
        sent.faults.append(InputFault("other-municipality", "municipality", named))


def _found(shelf: Shelf | None, municipality: str | None, kept_id: str | None) -> Sequence[Kept]:
    if shelf is None:  # the demonstration keeps nothing
        return []
    seen = viewer().municipalities
    if municipality is not None:
        seen = frozenset({municipality}) if viewer().sees(municipality) else frozenset()
    return shelf.all(seen, kept_id)


def _tagged(response: Response, text: str) -> Response:
    tag = hashlib.sha256(text.encode()).hexdigest()[:32]
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    response.set_etag(tag)
    response.headers["Cache-Control"] = CHECKED
    return response
