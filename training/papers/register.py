"""The entry of an edition in the Dutch algorithm register, publication standard 1.0.

One entry per municipality: the standard has one organisation per registration. The rules are in
``register_rules.json``, with their source.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from models.dutch import listed
from models.labels import dutch_date, dutch_number
from models.model_card import LIMITS
from training.papers.facts import Facts
from training.papers.words import BASELINES, REGISTER_STATUS

Entry = dict[str, Any]
RULES = Path(__file__).with_name("register_rules.json")
MISSING = "[nog invullen]"
THEMES = ["Zorg en gezondheid", "Overheidsfinanciën"]
GOAL = (
    "Het doel is een onderbouwde begroting: hoeveel mensen maken de komende jaren gebruik van Wmo "
    "en jeugdhulp, en wat kost dat. De raming ondersteunt de meerjarenbegroting en de bespreking "
    "ervan in college en raad. Inwoners merken er niet direct iets van: de raming gaat over "
    "aantallen per product en wijk, en nooit over een persoon of een aanvraag."
)
PROPORTIONALITY = (
    "Zonder raming schat de gemeente het budget op gevoel of op het laatste jaar. Het alternatief, "
    "een eenvoudige doorrekening van het laatste jaar, staat altijd naast de raming en is de "
    "maatstaf: een raming die duidelijk slechter was, komt niet door de toets. Er worden alleen "
    "aantallen per gebied gebruikt, geen gegevens van personen en geen kenmerken als "
    "afkomst, schuld of detentie. Wijken worden niet gerangschikt. Het nadeel is dat cijfers "
    "zekerder kunnen lijken dan ze zijn; daarom staat bij elk cijfer een bandbreedte."
)
INTERVENTION = (
    "Een mens beslist. Een raming wordt pas gebruikt als iemand haar met naam en besluit heeft "
    "goedgekeurd; wat niet door de toets komt, kan niet worden goedgekeurd. De raming leidt nooit "
    "vanzelf tot een besluit of een verdeling van geld. Opnieuw trainen verandert niets aan wat "
    "goedgekeurd is."
)
IMPACT_TESTS = (
    "Er worden geen gegevens van personen verwerkt, alleen aantallen per gebied. Een begintekst "
    "voor DPIA en IAMA is bij deze editie gemaakt; de gemeente beslist of zij nodig zijn."
)


def entries(facts: Facts) -> dict[str, Entry]:
    """Return the entry of each municipality of an edition, by its code.

    What only a person can say and nobody said stands there as ``[nog invullen]`` where the
    standard requires it, and is left out where it does not.
    """
    return {place["code"]: _entry(facts, place["code"]) for place in facts.places}


def _entry(facts: Facts, municipality: str) -> Entry:
    told = facts.organisation.of(municipality)
    by_people = {name: value for name, value in told.items() if value not in ("", [])}
    found = {**_required(), "category": THEMES, **_from_run(facts), **by_people}
    if "impacttoetsen_grouping" not in by_people:
        found.setdefault("impacttoetsen", IMPACT_TESTS)
    order = _rules()["properties"]
    return {name: found[name] for name in order if found.get(name) not in (None, "", [])}


def _required() -> Entry:
    return dict.fromkeys(("organization", "contact_email", "publication_category"), MISSING)


def _from_run(facts: Facts) -> Entry:
    standing = facts.standing
    ended = {"expired": standing.valid_until, "recalled": _day(standing.recall)}.get(
        standing.status
    )
    return {
        "name": "Raming van gebruik en kosten van Wmo en jeugdhulp",
        "description_short": _short(facts),
        "status": REGISTER_STATUS[standing.status],
        "begin_date": None if standing.since is None else f"{standing.since:%Y-%m}",
        "end_date": None if ended is None else str(ended)[:7],
        "goal": GOAL,
        "proportionality": PROPORTIONALITY,
        "human_intervention": _intervention(facts),
        "risks": _risks(facts),
        "lawful_basis": "; ".join(facts.told("legal_basis")) or None,
        "source_data": _shortened(_source_data(facts), 2500),
        "methods_and_models": _shortened(_methods(facts), 5000),
        "lang": "nld",
        "standard_version": "1.0",
        "source_id": facts.edition.edition_id,
        "tags": "Wmo, jeugdhulp, Jeugdwet, raming, prognose, begroting, sociaal domein",
    }


def _day(event: Mapping[str, Any] | None) -> str | None:
    return None if event is None else str(event["at"])


def _short(facts: Facts) -> str:
    measures = listed(facts.measure_names)
    return (
        f"Dit algoritme schat per product en wijk hoeveel Wmo en jeugdhulp de gemeente nodig heeft "
        f"tot en met {facts.manifest['until'][:4]} ({measures}). De gemeente gebruikt de schatting "
        "bij de begroting. Het gaat over aantallen, niet over personen."
    )


def _intervention(facts: Facts) -> str:
    signed = facts.standing.approval
    if signed is None:
        return f"{INTERVENTION} Deze editie is nog niet goedgekeurd."
    return f"{INTERVENTION} Deze editie is goedgekeurd op grond van: {signed['reference']}."


def _risks(facts: Facts) -> str:
    verdict = f"Toets vóór publicatie: {facts.verdict}. " if facts.verdict else ""
    held = facts.manifest.get("outcomes", {}).get("held", 0)
    return (
        f"Grenzen van de raming: {' '.join(LIMITS)} Hoe daarmee wordt omgegaan: bij elk cijfer "
        "staat een bandbreedte; elke editie is vooraf getoetst op het verleden, naast een "
        f"eenvoudige methode, en wordt achteraf getoetst aan de uitkomsten. {verdict}Kleine "
        "aantallen worden verborgen. Wat niet verantwoord te ramen is, wordt niet geraamd, met de "
        f"reden erbij (nu {dutch_number(held)} reeksen). Een goedkeuring verloopt, en een editie "
        "waarvan de gegevens niet bleken te kloppen wordt ingetrokken."
    )


def _source_data(facts: Facts) -> str:
    files = [
        f"{one['file']} ({one.get('source') or 'bron niet opgegeven'}"
        + (f", uitgave {one['vintage']}" if one.get("vintage") else "")
        + ")"
        for one in facts.manifest.get("inputs", [])
    ]
    until = dutch_date(_iso(facts.manifest["data_until"]))
    return (
        "Aantallen per product, gebied en periode; geen persoonsgegevens. Gegevens tot en met "
        f"{until}. Bestanden: {'; '.join(files)}."
    )


def _methods(facts: Facts) -> str:
    members = facts.methods()
    told = listed(members) if members else "niet in de editie vastgelegd"
    baselines = {BASELINES.get(str(r["baseline"]), str(r["baseline"])) for r in facts.scores()}
    beside = (
        f" Ernaast staat een eenvoudige methode: {listed(sorted(baselines))}." if baselines else ""
    )
    return (
        "Invoer: tellingen van gebruik per product, gebied en periode, en waar aanwezig bevolking, "
        "tarieven, beleid en declaraties. Werking: per reeks ramen verschillende methoden, en "
        f"hun midden telt; gebruikt zijn: {told}. De uitkomsten per wijk, product en gemeente "
        "worden kloppend gemaakt. De onzekerheid volgt uit hoe ver eerdere ramingen ernaast zaten "
        f"en is doorgerekend in {facts.manifest['draws']} samenhangende toekomsten. Uitvoer: per "
        "product, wijk en periode een verwachting met p10, p50 en p90."
        f"{beside} Het model is niet zelflerend: opnieuw trainen gebeurt door "
        "een mens, en geldt pas na goedkeuring. Versie van de code: "
        f"{facts.card['version'] or 'onbekend'}, kenmerk {facts.card['code'] or 'onbekend'}."
    )


def _iso(text: str) -> date:
    return date.fromisoformat(text)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


@cache
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = json.loads(RULES.read_text(encoding="utf-8"))
    return rules


def faults(entry: Mapping[str, Any]) -> list[str]:
    """Return in Dutch what an entry still lacks or breaks of the standard's rules, by field."""
    rules = _rules()
    found = jsonschema.Draft202012Validator(rules).iter_errors(entry)
    told = [_told(error, entry, rules["properties"]) for error in found]
    return sorted(dict.fromkeys(told))


def _told(error: Any, entry: Mapping[str, Any], fields: Mapping[str, Any]) -> str:  # noqa: ANN401
    name = str(error.absolute_path[0]) if error.absolute_path else ""
    if not name:
        return f"{error.message}"
    title = f"{fields.get(name, {}).get('title', name)} ({name})"
    if entry.get(name) == MISSING:
        return f"{title}: nog invullen"
    reason = _REASONS.get(str(error.validator), "is niet zoals de standaard het vraagt")
    return f"{title}: {reason.format(value=error.validator_value, found=error.instance)}"


_REASONS = {
    "maxLength": "is langer dan {value} tekens",
    "maxItems": "heeft meer dan {value} waarden",
    "const": "blijft leeg zolang het algoritme niet buiten gebruik is",
    "enum": "moet een van deze waarden zijn: {value}",
    "pattern": "heeft niet de vorm die de standaard vraagt",
    "required": "is niet volledig; nodig is: {value}",
    "not": "moet op één regel staan en mag niet '[nog invullen]' bevatten",
}


def as_json(entry: Mapping[str, Any]) -> str:
    """Return an entry as JSON, in the order of the standard."""
    return json.dumps(entry, ensure_ascii=False, indent=2) + "\n"


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return entries as CSV: a column per field of the standard, lists as JSON."""
    stream = io.StringIO()
    names = list(_rules()["properties"])
    writer = csv.DictWriter(stream, names, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row.get(name)) for name in names})
    return stream.getvalue()


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
