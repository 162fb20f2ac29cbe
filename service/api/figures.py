"""Answers that hold figures: one form for all of them, in every format."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from flask import Response, g
from pydantic import BaseModel

from service.api import explanations
from service.api.caching import tagged
from service.api.figure_rows import Columns, price_base
from service.api.json_rows import ROWS_AT_ONCE, envelope
from service.api.media import JSON, JSON_NAME
from service.api.paging import page_of
from service.api.query import Paged
from service.api.resources import list_meta, paged
from service.api.scope import Share
from service.formats import FORMATS, About


@dataclass(frozen=True)
class Figures:
    """Rows and what belongs to them.

    Attributes:
        name: of the file, behind the name of the house.
        measure: what is counted; None where rows tell.
        definition: what that means.
        row: model of a row, which explains the columns.
        columns: the rows.
        notes: what a reader must know beside them.
        meta: further members of the JSON answer's ``meta``.
        facts: the same for formats with a place for it.
    """

    name: str
    measure: str | None
    definition: str
    row: type[BaseModel]
    columns: Columns
    notes: Sequence[str]
    meta: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


def figures_answer(
    query: Paged, shares: Sequence[Share], form: str, make: Callable[[], Figures]
) -> Response:
    """Return figures in the form asked for, in pages where asked.

    Args:
        query: the question.
        shares: what the rows are made of.
        form: json, or a name of ``FORMATS``.
        make: returns all rows; called only when the asker does not have them yet.
    """

    def answer() -> Response:
        found = make()
        count = len(next(iter(found.columns.values())))
        g.rows = count
        page = page_of(query, count)
        cut = {name: values[page.cut] for name, values in found.columns.items()}
        meta = {**list_meta(shares, page, found.notes), **_meta(found, shares), **found.meta}
        response = _written(form, found, cut, meta)
        response.headers["Content-Language"] = "nl"
        return paged(response, page)

    return tagged(shares, query, form, answer)


def _meta(found: Figures, shares: Sequence[Share]) -> dict[str, Any]:
    units = set(found.columns["unit"].tolist())
    days = sorted(share.edition.manifest["as_of"] for share in shares)
    synthetic = any(share.edition.manifest["synthetic"] for share in shares)
    return {
        "disclaimer": explanations.DISCLAIMER,
        "synthetic_label": explanations.SYNTHETIC if synthetic else None,
        "measure": found.measure,
        "definition": found.definition,
        "unit": units.pop() if len(units) == 1 else None,
        "price_base": None if found.measure is None else price_base(found.measure),
        "data_as_of": days[0] if days else None,
    }


def _written(form: str, found: Figures, cut: Columns, meta: dict[str, Any]) -> Response:
    if form == JSON_NAME:
        return _in_pieces(envelope(cut, meta), cut, JSON)
    writer = FORMATS[form]
    if writer.chunks is not None:
        response = _in_pieces(writer.chunks(cut), cut, writer.media_type)
    else:
        stream = io.BytesIO()
        writer.write(cut, stream, _about(found, meta))
        response = Response(stream.getvalue(), content_type=writer.media_type)
    name = f"zorgraming-{found.name}{writer.extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _in_pieces(pieces: Iterator[bytes], columns: Columns, media_type: str) -> Response:
    """Return text: at once where it is small, else as it is made, so that it takes no room."""
    if len(next(iter(columns.values()), ())) <= ROWS_AT_ONCE:
        return Response(b"".join(pieces), content_type=media_type)
    first = next(pieces)  # what goes wrong here is still answered as a problem
    return Response(chain([first], pieces), content_type=media_type)


def _about(found: Figures, meta: dict[str, Any]) -> About:
    """Return what travels along in forms that have a place for it."""
    editions = [brief["edition"] for brief in meta["editions"]]
    facts = {
        "editie": ", ".join(editions),
        "as_of": meta["data_as_of"],
        "maat": f"{meta['measure'] or found.name}: {meta['definition']}",
        **found.facts,
        "raming": meta["disclaimer"],
        "synthetisch": meta["synthetic_label"],
        "opmerkingen": " ".join(meta["notes"]),
    }
    known = {name: info.description or "" for name, info in found.row.model_fields.items()}
    definitions = {name: known.get(name, explanations.BOUND) for name in found.columns}
    return About({name: text for name, text in facts.items() if text}, definitions)
