"""``GET /v1/explanations``: what figures say, why, how sure, and what is not known, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from apiflask import APIBlueprint
from flask import Response, g, request

from models.asking import Selection
from models.catalogue import MEASURES
from models.errors import SelectionError
from models.explanation import Paragraph, explanation
from models.fact_figures import Source
from models.fact_finding import gather
from models.facts import Facts
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import explanations
from service.api.asks import Ask, asks_of, check_filters, explained
from service.api.caching import tagged
from service.api.endpoint import Description, endpoint
from service.api.explained_answer import ExplanationAnswer, ExplanationQuestion
from service.api.figure_rows import price_base
from service.api.filters import Filtered
from service.api.forecast_notes import draft_notes, sight_notes
from service.api.forecast_plan import PREFERRED
from service.api.media import JSON, negotiated
from service.api.paging import page_of
from service.api.query import Asked, read_question
from service.api.remembering import remembered
from service.api.resources import json_response, list_meta, paged
from service.api.scope import Share, Sight, earlier_shares, narrowed, visible_shares, with_sight
from service.problems import InputFault, invalid

BLUEPRINT = APIBlueprint("explanations", __name__, tag={"name": "ramingen"})
TEXT = "text/plain"
FORMS = {"json": JSON, "text": TEXT}
TITLE = {"nl": "{place}, editie {edition} (peildatum {as_of})",
         "en": "{place}, edition {edition} (as of {as_of})"}  # fmt: skip


@endpoint(
    BLUEPRINT,
    "/explanations",
    ExplanationAnswer,
    Description(question=ExplanationQuestion, media_types=(JSON, TEXT)),
)
@access_rule(Role.READER)
@remembered
def explanations_of() -> Response:
    """Uitleg in gewone taal.

    Wat de cijfers van een keuze zeggen, waarom ze veranderen, hoe zeker dat is, wat er sinds een
    eerdere editie veranderde en wat we niet weten. Per gemeente; over producten en gebieden is
    opgeteld. Een sleutel met de rol reader krijgt uitleg van beschermde cijfers: zonder oorzaken.
    """
    asked = read_question(ExplanationQuestion, request.args)
    media_type = FORMS[asked.query.format] if asked.query.format else negotiated((JSON, TEXT))
    seen = with_sight(visible_shares(asked))
    earlier = _earlier(asked, seen)
    plan = _plan(asked, seen)
    query = asked.check()
    shares = [*(ask.share for ask in plan.asks), *earlier]
    return tagged(shares, query, media_type, lambda: _answer(query, plan, earlier, media_type))


@dataclass(frozen=True)
class _Plan:
    """How a question is answered.

    Attributes:
        measure: what is explained.
        years: successive.
        asks: one per municipality.
    """

    measure: str
    years: tuple[int, ...]
    asks: tuple[Ask, ...]


@dataclass(frozen=True)
class _Told:
    """One explanation: of what, from which figures, in which words."""

    ask: Ask
    before: Share | None
    facts: Facts
    paragraphs: tuple[Paragraph, ...]


def _earlier(asked: Asked[ExplanationQuestion], seen: Sequence[Share]) -> list[Share]:
    """Return the editions to compare with, as far as they may be seen."""
    found = with_sight(earlier_shares(asked, seen, asked.query.against))
    return [one for one in found if one.sight is Sight.EXACT or one.served.protected is not None]


def _plan(asked: Asked[ExplanationQuestion], seen: list[Share]) -> _Plan:
    filters = cast(Asked[Filtered], asked)  # of which only the codes are read
    mine = check_filters(filters, seen)
    measure = _measure(asked, mine)
    years = _years(asked, mine)
    asked.check()
    apart = [
        one for share in mine for code in share.municipalities for one in narrowed([share], [code])
    ]
    asks = asks_of(filters.query, apart, Selection(measure, by=()))
    order = sorted(asks, key=lambda ask: ask.share.municipalities)
    return _Plan(measure, years, tuple(order))


def _measure(asked: Asked[ExplanationQuestion], shares: Sequence[Share]) -> str:
    there = {measure for share in shares for measure in share.measures()}
    wanted = asked.query.measure
    if wanted is not None and shares and wanted not in there:
        known = tuple(measure for measure in MEASURES if measure in there)
        asked.faults.append(InputFault("unknown-value", "measure", wanted, known))
    return wanted or next((name for name in PREFERRED if name in there), PREFERRED[0])


def _years(asked: Asked[ExplanationQuestion], shares: Sequence[Share]) -> tuple[int, ...]:
    """Return the asked years from the first to the last; by default the first after the data."""
    if asked.query.year:
        return tuple(range(min(asked.query.year), max(asked.query.year) + 1))
    ends = [date.fromisoformat(share.edition.manifest["data_until"]).year for share in shares]
    return (max(ends) + 1,) if ends else ()


def _answer(
    query: ExplanationQuestion, plan: _Plan, earlier: Sequence[Share], media_type: str
) -> Response:
    told = [_told(query, plan, ask, earlier) for ask in plan.asks]
    g.rows = len(told)
    page = page_of(query, len(told))
    shares = [ask.share for ask in plan.asks]
    notes = draft_notes(plan.asks) + sight_notes(plan.asks)
    if media_type == TEXT:
        response = Response(
            _text(query, told[page.cut], notes), content_type=f"{TEXT}; charset=utf-8"
        )
    else:
        rows = [_row(query, one) for one in told[page.cut]]
        meta = {**list_meta(shares, page, notes), **_meta(plan, told)}
        response = json_response({"meta": meta, "rows": rows})
    response.headers["Content-Language"] = query.language
    return paged(response, page)


def _told(query: ExplanationQuestion, plan: _Plan, ask: Ask, earlier: Sequence[Share]) -> _Told:
    before = next(iter(narrowed(earlier, ask.share.municipalities)), None)
    try:
        facts = gather(
            _source(ask.share),
            ask.selection,
            plan.years,
            None if before is None else _source(before),
            compare=True,
        )
    except SelectionError as error:
        raise invalid([explained(fault, (), ask) for fault in error.faults]) from None
    return _Told(ask, before, facts, explanation(facts, query.language))


def _source(share: Share) -> Source:
    protected = share.sight is not Sight.EXACT
    return Source(share.edition, share.answer, protected, share.is_whole)


def _row(query: ExplanationQuestion, told: _Told) -> dict[str, Any]:
    share, facts = told.ask.share, told.facts
    manifest, figure = share.edition.manifest, told.facts.figure
    compared = told.before if facts.earlier is not None else None
    return {
        "municipality": share.municipalities[0],
        "products": list(told.ask.selection.products),
        "districts": list(told.ask.selection.districts),
        "years": list(facts.years),
        "measure": facts.measure,
        "unit": facts.unit or None,
        "language": query.language,
        "paragraphs": [
            {"key": part.key, "heading": part.heading, "text": part.text}
            for part in told.paragraphs
        ],
        "estimate": figure is None or not figure.known,
        "sight": share.sight.value,
        "edition": share.edition.edition_id,
        "status": share.served.status,
        "as_of": manifest["as_of"],
        "data_until": manifest["data_until"],
        "published_at": share.served.published_at,
        "other_edition": None if compared is None else compared.edition.edition_id,
        "other_as_of": None if compared is None else compared.edition.manifest["as_of"],
    }


def _meta(plan: _Plan, told: Sequence[_Told]) -> Mapping[str, Any]:
    manifests = [ask.share.edition.manifest for ask in plan.asks]
    units = {one.facts.unit for one in told if one.facts.unit}
    return {
        "disclaimer": explanations.DISCLAIMER,
        "synthetic_label": explanations.SYNTHETIC
        if any(m["synthetic"] for m in manifests)
        else None,
        "measure": plan.measure,
        "definition": explanations.DEFINITIONS[plan.measure],
        "unit": units.pop() if len(units) == 1 else None,
        "price_base": price_base(plan.measure),
        "data_as_of": min((m["as_of"] for m in manifests), default=None),
    }


def _text(query: ExplanationQuestion, told: Sequence[_Told], notes: Sequence[str]) -> str:
    """Return explanations as plain text, each under what it is of and from."""
    return "\n".join(line for one in told for line in _lines(query, one, notes))


def _lines(query: ExplanationQuestion, told: _Told, notes: Sequence[str]) -> Iterator[str]:
    share = told.ask.share
    manifest = share.edition.manifest
    yield TITLE[query.language].format(
        place=told.facts.subject.place or share.municipalities[0],
        edition=share.edition.edition_id,
        as_of=manifest["as_of"],
    )
    for part in told.paragraphs:
        yield from ("", part.heading, part.text)
    yield ""
    if manifest["synthetic"]:
        yield explanations.SYNTHETIC
    yield from notes
    yield explanations.DISCLAIMER
    yield ""
