"""``/v1/scenarios``: scenarios of the asker's municipalities, kept and computed on paths."""

from __future__ import annotations

from typing import Any, Literal

from apiflask import APIBlueprint
from flask import Response, g, request
from pydantic import BaseModel, Field

from models.scenario_templates import TEMPLATES, Template
from service.access.roles import Role
from service.access.rules import access_rule
from service.api.bodies import check_writable, read_body
from service.api.caching import tagged
from service.api.editions import NoQuestion
from service.api.endpoint import Description, endpoint
from service.api.kept import (
    CitationBody,
    KeptQuestion,
    OneQuestion,
    check_id,
    check_municipality,
    cited,
    condition,
    kept_answer,
    kept_list,
    kept_one,
    read_one,
    removed,
    told,
)
from service.api.media import JSON, MEDIA_TYPES, negotiated
from service.api.query import read_question
from service.api.resources import json_response
from service.api.scenario_body import (
    Kind,
    ScenarioAnswer,
    ScenarioBody,
    ScenariosAnswer,
    answer_of,
    check_scenario,
    content_of,
)
from service.api.scenario_effect import EffectAnswer, EffectQuestion, effect_answer
from service.api.scenario_fit import FitAnswer, FitQuestion, fit_answer
from service.context import service, viewer
from service.state.kept import Kept
from service.state.shelves import ScenarioShelf

BLUEPRINT = APIBlueprint("scenarios", __name__, tag={"name": "scenario's"})
UNKNOWN = "unknown-scenario"
ONE = "/scenarios/<scenario:scenario_id>"


class TemplateLeverRow(BaseModel):
    """What a starting point would turn; the size is yours to choose."""

    kind: Kind = Field(description="Soort hefboom.")
    question: str = Field(description="Wat u moet bepalen: de bron geeft geen omvang.")
    law: str | None = Field(description="Wmo 2015 of Jeugdwet, als het over één wet gaat.")
    category: str | None = Field(description="iWmo- of iJw-categorie, als het er één is.")
    start: str | None = Field(description="Eerste maand, als de bron die noemt.")
    yearly: bool = Field(description="Of het elk jaar verder opbouwt.")


class TemplateRow(BaseModel):
    """A starting point for a scenario."""

    id: str = Field(description="Kenmerk.")
    name: str = Field(description="Naam.")
    group: Literal["development", "policy"] = Field(
        description="development: maatschappelijke ontwikkeling; policy: bekend beleid."
    )
    explanation: str = Field(description="Waar het over gaat, en wat niet bekend is.")
    source: str = Field(description="Waar het staat.")
    levers: list[TemplateLeverRow] = Field(description="Wat het zou veranderen.")


class TemplatesAnswer(BaseModel):
    """Starting points."""

    rows: list[TemplateRow]


def _shelf() -> ScenarioShelf | None:
    engine = service().engine
    return None if engine is None else ScenarioShelf(engine, service().clock)


def found_scenario(scenario_id: str, municipality: str | None) -> Kept:
    """Return a scenario of the asker.

    Raises:
        ProblemError: 404 where there is none, 400 where several municipalities have it.
    """
    return kept_one(_shelf(), scenario_id, municipality, UNKNOWN)


def _writable() -> ScenarioShelf:
    check_writable()
    shelf = _shelf()
    assert shelf is not None  # noqa: S101 - just checked
    return shelf


@endpoint(BLUEPRINT, "/scenarios", ScenariosAnswer, Description(question=KeptQuestion))
@access_rule(Role.CONTROLLER)
def scenarios() -> Response:
    """Scenario's.

    De scenario's die uw gemeente heeft bewaard, met reden, auteur en hefbomen.
    """
    return kept_list(read_question(KeptQuestion, request.args), _shelf(), answer_of)


@endpoint(BLUEPRINT, "/scenarios/templates", TemplatesAnswer, Description(question=NoQuestion))
@access_rule(Role.CONTROLLER)
def scenario_templates() -> Response:
    """Uitgangspunten voor scenario's.

    De vijf maatschappelijke ontwikkelingen uit de CPB-bijlage, en bekend beleid, met bron. Geen
    van de bronnen geeft een omvang voor één gemeente: die kiest u zelf.
    """
    query = read_question(NoQuestion, request.args).check()
    media_type = negotiated((JSON,))
    g.rows = len(TEMPLATES)
    body = {"rows": [_template(template) for template in TEMPLATES]}
    return tagged([], query, media_type, lambda: json_response(body))


def _template(template: Template) -> dict[str, Any]:
    names = ("id", "name", "group", "explanation", "source")
    levers = [
        {**vars(lever), "start": None if lever.start is None else lever.start.isoformat()[:7]}
        for lever in template.levers
    ]
    return {name: getattr(template, name) for name in names} | {"levers": levers}


@endpoint(BLUEPRINT, ONE, ScenarioAnswer, Description(question=OneQuestion, problems=(404,)))
@access_rule(Role.CONTROLLER)
def scenario(scenario_id: str) -> Response:
    """Eén scenario.

    Het scenario met reden, auteur, moment, editie en hefbomen.
    """
    found = kept_one(_shelf(), scenario_id, read_one().municipality, UNKNOWN)
    return kept_answer(found, answer_of(found))


@endpoint(
    BLUEPRINT,
    ONE,
    ScenarioAnswer,
    Description(question=OneQuestion, body=ScenarioBody, creates=True, writes=True),
    method="PUT",
)
@access_rule(Role.CONTROLLER)
def put_scenario(scenario_id: str) -> Response:
    """Scenario bewaren.

    Vervangt het hele scenario; twee keer hetzelfde sturen verandert niets. Alle fouten komen in één
    antwoord. Een scenario blijft bij zijn editie, tenzij u er een andere bij zet. Een aangehaald
    scenario verandert niet meer.
    """
    query = read_one()
    shelf = _writable()
    sent = read_body(ScenarioBody)
    check_id(sent, "scenario_id", scenario_id)
    edition = ""
    if sent.body is not None:
        check_municipality(sent, sent.body.municipality, query.municipality)
        mine = [] if sent.faults else shelf.all({sent.body.municipality}, scenario_id)
        edition = check_scenario(sent, mine)
    body = sent.check()
    with told(UNKNOWN):
        kept, is_new = shelf.put(
            body.municipality, scenario_id, content_of(body, edition), viewer().name, condition()
        )
    return kept_answer(kept, answer_of(kept), 201 if is_new else 200)


@endpoint(
    BLUEPRINT,
    ONE,
    None,
    Description(question=OneQuestion, problems=(404,), writes=True),
    method="DELETE",
)
@access_rule(Role.CONTROLLER)
def delete_scenario(scenario_id: str) -> Response:
    """Scenario verwijderen.

    Kan zolang het niet is aangehaald.
    """
    return removed(_writable(), scenario_id, UNKNOWN)


@endpoint(
    BLUEPRINT,
    f"{ONE}/citation",
    ScenarioAnswer,
    Description(question=OneQuestion, body=CitationBody, problems=(404,), writes=True),
    method="PUT",
)
@access_rule(Role.CONTROLLER)
def cite_scenario(scenario_id: str) -> Response:
    """Scenario aanhalen.

    Legt vast in welk document of besluit het scenario staat. Daarna verandert het niet meer.
    """
    kept = cited(_writable(), scenario_id, UNKNOWN)
    return kept_answer(kept, answer_of(kept))


@endpoint(
    BLUEPRINT,
    f"{ONE}/effect",
    EffectAnswer,
    Description(question=EffectQuestion, media_types=MEDIA_TYPES, problems=(404,)),
)
@access_rule(Role.CONTROLLER)
def scenario_effect(scenario_id: str) -> Response:
    """Effect van een scenario.

    Raming naast aangepast, en het verschil met een eigen bandbreedte, voor elke keuze uit
    producten, gebieden en perioden. Alleen perioden die nog niet helemaal bekend zijn.
    """
    asked = read_question(EffectQuestion, request.args)
    return effect_answer(
        asked, lambda municipality: kept_one(_shelf(), scenario_id, municipality, UNKNOWN)
    )


@endpoint(
    BLUEPRINT,
    f"{ONE}/fit",
    FitAnswer,
    Description(question=FitQuestion, media_types=MEDIA_TYPES, problems=(404,)),
)
@access_rule(Role.CONTROLLER)
def scenario_fit(scenario_id: str) -> Response:
    """Wat past bij een budget.

    Hoe ver één hefboom moet gaan om met een gekozen zekerheid binnen een budget te blijven, en hoe
    zeker dat budget genoeg is zonder en met het scenario.
    """
    asked = read_question(FitQuestion, request.args)
    return fit_answer(
        asked, lambda municipality: kept_one(_shelf(), scenario_id, municipality, UNKNOWN)
    )
