"""``GET /v1/editions``: the published forecasts, each frozen and citable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, g, request
from pydantic import BaseModel, Field

from models.alarm_words import in_dutch
from models.watching import KINDS
from service.access.roles import Role
from service.access.rules import access_rule
from service.api import row_parts as shared
from service.api.caching import tagged
from service.api.endpoint import Description, endpoint
from service.api.media import JSON, negotiated
from service.api.query import SEVERAL, Code, Paged, Question, read_question
from service.api.resources import brief, json_response, list_answer
from service.api.row_parts import EditionBrief, ListMeta
from service.api.scope import Share, check_codes, known_codes, narrowed, whole_share
from service.context import served_editions, service
from service.problems import ProblemError

BLUEPRINT = APIBlueprint("editions", __name__, tag={"name": "edities"})
# What is said about an edition as a whole is not said to who sees a part of it.
WHOLE = ("assumptions", "gate", "inputs", "outcomes", "owner", "scores")


class EditionsQuestion(Paged):
    """Filters of editions."""

    municipality: tuple[Code, ...] = Field(
        (), json_schema_extra=SEVERAL, description="Gemeenten (codes)."
    )


class NoQuestion(Question):
    """No parameters at all."""


class EditionRow(EditionBrief):
    """One edition."""

    delivery: str = Field(description="Naam van de aanlevering.")
    current_for: list[str] = Field(
        description="Gemeenten die u ziet en waarvoor deze editie geldt; leeg als er een nieuwere "
        "is."
    )
    measures: list[Literal["clients", "volume", "cost"]] = Field(
        description="Waarvan cijfers zijn."
    )
    frequencies: list[Literal["month", "quarter", "year"]] = Field(
        description="Hoe vaak de producten zijn aangeleverd."
    )
    draws: int = Field(description="Aantal doorgerekende toekomsten.")
    reference: str | None = Field(description="Besluit tot goedkeuring; null bij concept.")
    track: Literal["on_track", "off_track"] | None = Field(
        description="Wat latere cijfers ervan zeggen: off_track = de raming klopt niet meer; null "
        "als zij nog niet getoetst is."
    )
    scored_until: date | None = Field(
        description="Laatste dag van de cijfers waaraan getoetst is; null zonder."
    )


class AlarmRow(BaseModel):
    """One thing that is wrong with an edition, or has changed since."""

    kind: Literal[*KINDS] = Field(description="Soort: van de raming, of van de aanlevering.")  # type: ignore[valid-type]
    marks: bool = Field(description="Of de raming hierdoor niet meer klopt.")
    measure: shared.Measure | None = Field(description="Waarvan; null als het over alles gaat.")
    municipality: str | None = Field(description="Gemeente (code); null voor alle.")
    product: str | None = Field(description="Product (code); null voor alle samen.")
    value: float = Field(description="Het gemeten cijfer.")
    limit: float = Field(description="De grens die het passeerde.")
    text: str = Field(description="Hetzelfde in een zin.")


class EditionAnswer(EditionRow):
    """One edition with what it rests on; null where the asker sees only a part of it."""

    sha256: str = Field(description="Kenmerk van de inhoud.")
    owner: str | None = Field(description="Wie erover gaat.")
    assumptions: list[Any] | None = Field(description="Aannamen.")
    inputs: list[dict[str, Any]] | None = Field(description="Aangeleverde bestanden.")
    outcomes: dict[str, Any] | None = Field(description="Aantal reeksen per uitkomst.")
    scores: Any = Field(description="Gemeten fouten, naast die van een eenvoudige methode.")
    gate: Any = Field(description="Oordeel van de toets vóór publicatie.")
    alarms: list[AlarmRow] | None = Field(
        description="Wat latere cijfers aan het licht brachten; leeg als er niets is, of nog niet "
        "getoetst."
    )


class EditionsAnswer(BaseModel):
    """Editions and what belongs to them."""

    meta: ListMeta
    rows: list[EditionRow]


@endpoint(BLUEPRINT, "/editions", EditionsAnswer, Description(question=EditionsQuestion))
@access_rule(Role.READER)
def editions() -> Response:
    """Edities.

    De gepubliceerde ramingen, de nieuwste eerst. Elke editie ligt vast; met het kenmerk blijft een
    cijfer vindbaar.
    """
    asked = read_question(EditionsQuestion, request.args)
    shares = editions_seen()
    wanted = asked.query.municipality
    check_codes(asked, "municipality", wanted, known_codes(shares, "municipality"))
    shares = sorted(narrowed(shares, wanted), key=_newest_first)
    return list_answer(asked.check(), shares, lambda: [_row(share) for share in shares])


@endpoint(
    BLUEPRINT,
    "/editions/<edition_id>",
    EditionAnswer,
    Description(question=NoQuestion, problems=(404,)),
)
@access_rule(Role.READER)
def edition(edition_id: str) -> Response:
    """Eén editie.

    Een gepubliceerde raming met waar zij op rust: bestanden, aannamen, gemeten fouten.
    """
    query = read_question(NoQuestion, request.args).check()
    found = found_edition(editions_seen(), edition_id)
    media_type = negotiated((JSON,))
    g.rows = 1
    return tagged([found], query, media_type, lambda: json_response(_details(found)))


def editions_seen() -> list[Share]:
    """Return every edition of which the asker sees anything, in force or not."""
    return [share for share in map(whole_share, served_editions()) if share.municipalities]


def found_edition(shares: Sequence[Share], edition_id: str) -> Share:
    """Return the edition with an id.

    Raises:
        ProblemError: 404 without one.
    """
    for share in shares:
        if share.edition.edition_id == edition_id:
            return share
    raise ProblemError("unknown-edition", base=service().settings.base_path)


def _newest_first(share: Share) -> tuple[int, str]:
    as_of = date.fromisoformat(share.edition.manifest["as_of"])
    return -as_of.toordinal(), share.edition.edition_id


def _row(share: Share) -> dict[str, Any]:
    manifest, served = share.edition.manifest, share.served
    seen = set(share.municipalities)
    return {
        **brief(served, share.municipalities),
        "delivery": manifest["delivery"],
        "current_for": [code for code in served.current_for if code in seen],
        "measures": list(share.measures()),
        "frequencies": list(manifest["axes"]),
        "draws": manifest["draws"],
        "reference": None if served.approval is None else served.approval.get("reference"),
        "track": None if served.standing is None else served.standing.verdict,
        "scored_until": None if served.standing is None else served.standing.until,
    }


def _details(share: Share) -> dict[str, Any]:
    manifest = share.edition.manifest
    about = {name: manifest.get(name) if share.is_whole else None for name in WHOLE}
    if share.is_whole:
        about["owner"] = share.served.owner
    alarms = _alarms(share) if share.is_whole else None
    return {**_row(share), "sha256": manifest["sha256"], **about, "alarms": alarms}


def _alarms(share: Share) -> list[dict[str, Any]]:
    found = () if share.served.standing is None else share.served.standing.alarms
    names = names_in(share)
    return [
        {
            "kind": alarm.kind,
            "marks": alarm.marks,
            "measure": alarm.measure or None,
            "municipality": alarm.municipality or None,
            "product": alarm.product or None,
            "value": alarm.value,
            "limit": alarm.limit,
            "text": in_dutch(alarm, names),
        }
        for alarm in found
    ]


def names_in(share: Share) -> dict[str, str]:
    """Return what the products and districts of an edition are called, by code."""
    edition = share.edition
    rows = [("product", row) for row in edition.products]
    rows += [("district", row) for row in edition.districts]
    return {str(row[kind]): str(row["label"]) for kind, row in rows if row["label"]}
