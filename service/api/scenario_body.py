"""A scenario as it is sent and given back, and every check of what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from models.asking import Selection
from models.errors import ParameterFault, SelectionError
from models.levers import MOST_LEVERS, MOST_RAMP, Lever, LeverFault, check_levers
from models.scenario import Bench
from service.api.bodies import Body, Line, Month, Number, Prose, Sent, SentCode, whole
from service.api.kept import KeptMeta, KeptRow, editions_of, row_of, share_of
from service.api.scope import Share
from service.problems import InputFault
from service.state.kept import Kept

MOST_CODES = 1_000  # of one lever
Kind = Literal["price", "population", "use", "volume_per_client", "tariff", "ceiling"]
Ramp = Annotated[int, Field(ge=0, le=MOST_RAMP), BeforeValidator(whole)]
Codes = Annotated[list[SentCode], Field(max_length=MOST_CODES)]


class LeverBody(Body):
    """One lever: exactly one of percent, factor and level."""

    kind: Kind = Field(
        description="price: prijs; population: inwoners; use: gebruik per inwoner; "
        "volume_per_client: volume per cliënt; tariff: tarief; ceiling: plafond per kalenderjaar."
    )
    reason: Prose = Field(description="Waarom, in woorden.")
    start: Month = Field(description="Eerste maand waarin het werkt (2027-01).")
    end: Month | None = Field(None, description="Laatste maand; null: tot het eind.")
    percent: Number | None = Field(
        None, description="Verandering in procenten; -10: een tiende eraf."
    )
    factor: Number | None = Field(None, description="Waarmee vermenigvuldigd wordt.")
    level: Number | None = Field(
        None,
        description="Bij tariff: euro per eenheid. Bij ceiling: hoogste kosten (euro) of cliënten "
        "(gemiddeld) per jaar van de gekozen producten en gebieden samen.",
    )
    ramp_months: Ramp = Field(
        0, description="In hoeveel maanden het gelijkmatig opbouwt; 0: meteen."
    )
    yearly: bool = Field(
        False,
        description="true: de verandering komt er elk jaar opnieuw bij, te beginnen na start.",
    )
    products: Codes = Field([], description="Producten (codes); leeg: alle.")
    districts: Codes = Field([], description="Gebieden (codes); leeg: alle.")
    measure: Literal["cost", "clients"] = Field(
        "cost", description="Bij ceiling: waarvan het plafond is."
    )


class ScenarioBody(Body):
    """A scenario of one municipality."""

    municipality: SentCode = Field(description="Gemeente (code).")
    name: Line = Field(description="Naam.")
    reason: Prose = Field(description="Waarom dit scenario er is, in woorden.")
    edition: SentCode | None = Field(
        None,
        description="De editie waarop het wordt doorgerekend. Zonder: die van het bewaarde "
        "scenario, en bij een nieuw scenario de geldende.",
    )
    levers: list[LeverBody] = Field(
        min_length=1, max_length=MOST_LEVERS, description="De hefbomen, in volgorde."
    )


class LeverRow(BaseModel):
    """One lever."""

    kind: Kind = Field(description="Soort.")
    reason: str = Field(description="Waarom.")
    start: str = Field(description="Eerste maand.")
    end: str | None = Field(description="Laatste maand, of null.")
    percent: float | None = Field(description="Verandering in procenten, of null.")
    factor: float | None = Field(description="Waarmee vermenigvuldigd wordt, of null.")
    level: float | None = Field(description="Tarief of plafond, of null.")
    ramp_months: int = Field(description="Opbouw in maanden.")
    yearly: bool = Field(description="Of de verandering er elk jaar opnieuw bij komt.")
    products: list[str] = Field(description="Producten; leeg: alle.")
    districts: list[str] = Field(description="Gebieden; leeg: alle.")
    measure: Literal["cost", "clients"] = Field(description="Waarvan een plafond is.")


class ScenarioAnswer(KeptRow):
    """A scenario."""

    reason: str = Field(description="Waarom dit scenario er is.")
    edition: str = Field(description="De editie waarop het is doorgerekend.")
    levers: list[LeverRow] = Field(description="De hefbomen.")


class ScenariosAnswer(BaseModel):
    """Scenarios and what belongs to them."""

    meta: KeptMeta
    rows: list[ScenarioAnswer]


def content_of(body: ScenarioBody, edition: str) -> dict[str, Any]:
    """Return a scenario as it is kept."""
    levers = [
        lever.model_dump()
        | {"start": _month(lever.start), "end": None if lever.end is None else _month(lever.end)}
        for lever in body.levers
    ]
    return {"name": body.name, "reason": body.reason, "edition": edition, "levers": levers}


def answer_of(kept: Kept) -> dict[str, Any]:
    """Return a scenario as it is given back."""
    return row_of(kept) | {name: kept.content[name] for name in ("reason", "edition", "levers")}


def levers_of(content: Mapping[str, Any]) -> list[Lever]:
    """Return the levers of a kept scenario as the method knows them."""
    return [_lever(lever) for lever in content["levers"]]


def check_scenario(sent: Sent[ScenarioBody], there: Sequence[Kept]) -> str:
    """Add every fault of a scenario; return the edition that it is of.

    Args:
        sent: what was sent, its municipality checked.
        there: what is kept under its id by that municipality.
    """
    body = sent.body
    if body is None or sent.faults:
        return ""
    wanted = body.edition or next((str(kept.content["edition"]) for kept in there), None)
    share = share_of(body.municipality, wanted)
    if share is None:
        known = editions_of(body.municipality)
        sent.fault("unknown-value", "/edition", wanted, allowed=known)
        return ""
    edition = share.edition.edition_id
    levers = levers_of(content_of(body, edition))
    sent.faults += lever_faults(share, body.municipality, levers)
    return edition


def lever_faults(share: Share, municipality: str, levers: Sequence[Lever]) -> list[InputFault]:
    """Return what is wrong with levers in an edition, of which one municipality is seen."""
    faults = [
        InputFault("unknown-value", f"/levers/{at}/{name}s", code, share.codes(name), place="body")
        for at, lever in enumerate(levers)
        for name, wanted in (("product", lever.products), ("district", lever.districts))
        for code in wanted
        if code not in share.codes(name)
    ]
    try:
        check_levers(share.edition, levers)
        if not faults and "cost" in share.edition.tracks:
            asked = Selection("cost", (municipality,), by=())
            Bench.of(share.edition, asked, levers)
    except SelectionError as error:
        faults += [
            fault_of(f) for f in error.faults if not f.parameter.endswith(("ts", "districts"))
        ]
    return faults


def fault_of(fault: ParameterFault) -> InputFault:
    """Say what the method says of a lever in the words of the service."""
    code = fault.code if isinstance(fault, LeverFault) else "no-answer"
    place = f"{fault.parameter}_months" if fault.parameter.endswith("/ramp") else fault.parameter
    values = {"explanation": fault.rule, "highest": str(MOST_LEVERS), "lowest": "0"}
    return InputFault(code, place, fault.value, fault.allowed, values, place="body")


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _lever(lever: Mapping[str, Any]) -> Lever:
    end = lever["end"]
    return Lever(
        kind=lever["kind"],
        reason=lever["reason"],
        start=date.fromisoformat(f"{lever['start']}-01"),
        end=None if end is None else date.fromisoformat(f"{end}-01"),
        percent=lever["percent"],
        factor=lever["factor"],
        level=lever["level"],
        ramp=lever["ramp_months"],
        yearly=lever["yearly"],
        products=tuple(lever["products"]),
        districts=tuple(lever["districts"]),
        measure=lever["measure"],
    )
