"""Lists of JSON rows: ``/v1/products``, ``/v1/districts`` and ``/v1/editions`` share this form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, g

from service.api.caching import tagged
from service.api.media import JSON, negotiated
from service.api.paging import Page, page_of
from service.api.query import Paged
from service.api.scope import Share
from service.served import Served

Row = Mapping[str, Any]


def json_response(body: object) -> Response:
    """Return a JSON answer; what is unknown is null, never NaN."""
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text + "\n", content_type=JSON)


def brief(served: Served, municipalities: Sequence[str]) -> dict[str, Any]:
    """Return an edition as every answer names it.

    Args:
        served: the edition.
        municipalities: those the asker sees.
    """
    manifest = served.edition.manifest
    until = served.valid_until
    return {
        "edition": served.edition.edition_id,
        "municipalities": list(municipalities),
        "as_of": manifest["as_of"],
        "data_until": manifest["data_until"],
        "until": manifest["until"],
        "status": served.status,
        "published_at": served.published_at,
        "valid_until": None if until is None else until.isoformat(),
        "synthetic": manifest["synthetic"],
    }


def list_meta(shares: Sequence[Share], page: Page, notes: Sequence[str] = ()) -> dict[str, Any]:
    """Return what belongs to a list as a whole."""
    return {
        "editions": [brief(share.served, share.municipalities) for share in shares],
        "row_count": page.rows,
        "page": page.number,
        "page_size": page.size,
        "notes": list(notes),
    }


def list_answer(
    query: Paged, shares: Sequence[Share], make: Callable[[], Sequence[Row]]
) -> Response:
    """Return a list of rows as JSON, in pages where asked.

    Args:
        query: the question.
        shares: what the rows are made of.
        make: returns all rows; called only when the asker does not have them yet.
    """
    media_type = negotiated((JSON,))

    def answer() -> Response:
        rows = make()
        page = page_of(query, len(rows))
        g.rows = len(rows)
        body = {"meta": list_meta(shares, page), "rows": list(rows[page.cut])}
        return paged(json_response(body), page)

    return tagged(shares, query, media_type, answer)


def paged(response: Response, page: Page) -> Response:
    """Give a response the links between pages."""
    links = page.links()
    if links is not None:
        response.headers["Link"] = links
    return response
