"""Dutch words for what an explanation is about: selections, differences, causes."""

from __future__ import annotations

from collections.abc import Sequence

from models.catalogue import COMBINATIONS_UNIT
from models.dutch import amount, listed, lowered, percent
from models.facts import Cause, Facts, HeldPart, NoCauses
from models.voice import Change

__all__ = [
    "CAUSES",
    "MOST_NAMES",
    "NO_CAUSES",
    "bare",
    "causes_of",
    "difference",
    "held_of",
    "nothing_of",
    "subject_of",
    "thing",
    "together",
    "with_products",
]

MOST_NAMES = 3
CAUSES = {  # more, less, and neither
    "demography": (
        "veranderingen in de bevolking",
        "veranderingen in de bevolking",
        "de bevolking",
    ),
    "use": ("meer gebruik per inwoner", "minder gebruik per inwoner", "het gebruik per inwoner"),
    "volume": ("meer zorg per cliënt", "minder zorg per cliënt", "de zorg per cliënt"),
    "price": ("hogere prijzen", "lagere prijzen", "de prijzen"),
    "policy": ("gemeten effecten van beleid", "gemeten effecten van beleid", "het beleid"),
    "interaction": (
        "de samenhang tussen oorzaken",
        "de samenhang tussen oorzaken",
        "de samenhang tussen oorzaken",
    ),
}
HELD = {
    "none": "bewust niet geraamd",
    "ended": "geen recente cijfers",
    "gap": "aanlevering lijkt onvolledig",
}
NO_CAUSES: dict[NoCauses, str] = {
    "early": "Oorzaken worden alleen berekend voor jaren na het laatste jaar met gegevens.",
    "known": "Dit cijfer is al bekend; oorzaken worden alleen bij een raming berekend.",
    "measure": "Oorzaken worden alleen bij kosten en cliënten berekend.",
    "edition": "Deze editie splitst de verandering niet uit naar oorzaken.",
    "protected": "Oorzaken zijn niet te geven bij cijfers die zijn beschermd.",
    "small": "De verandering is te klein om oorzaken te noemen.",
    "nothing": "Er is geen verandering om uit te leggen.",
}


def bare(facts: Facts, value: float) -> str:
    """Return a figure; of clients without the word, for the subject of the sentence has it."""
    return amount(value, facts.measure, facts.unit, bare=facts.measure == "clients")


def thing(facts: Facts, value: float) -> str:
    """Return a figure with what is counted."""
    return amount(value, facts.measure, facts.unit)


def difference(facts: Facts, change: Change) -> str:
    """Return how much more or less, also in percent."""
    part = "" if change.percent is None else f" ({percent(change.percent)})"
    return f"{thing(facts, change.size)}{part} {'meer' if change.up else 'minder'}"


def subject_of(facts: Facts) -> str:
    """Return what a sentence is about, with a capital."""
    if facts.measure == "cost":
        return f"De kosten {_of(facts)}"
    if facts.measure == "volume":
        return f"Het volume {_of(facts)}"
    return f"Het aantal {_clients(facts)} {with_products(facts)}"


def _clients(facts: Facts) -> str:
    combined = facts.unit.startswith(COMBINATIONS_UNIT)
    return "combinaties van cliënt en product" if combined else "cliënten"


def together(facts: Facts) -> str:
    """Return the word that says that years are summed."""
    return "" if facts.measure == "clients" else " samen"


def nothing_of(facts: Facts) -> str:
    """Return the word for none of it."""
    nothing = {"cost": "geen kosten", "volume": "geen volume"}
    return nothing.get(facts.measure, f"geen {_clients(facts)}")


def _of(facts: Facts) -> str:
    return f"van {_products(facts)}{_place(facts)}"


def with_products(facts: Facts) -> str:
    """Join products to clients, or to nothing at all."""
    if facts.measure != "clients":
        return f"voor {_products(facts)}{_place(facts)}"
    link = "voor" if facts.unit.startswith(COMBINATIONS_UNIT) else "met"
    law = facts.subject.law if link == "met" else None
    return f"{link} {'een voorziening uit ' if law else ''}{_products(facts)}{_place(facts)}"


def _products(facts: Facts) -> str:
    subject = facts.subject
    if subject.law is not None:
        return f"de {subject.law}"
    if not subject.products:
        return "alle producten samen"
    if len(subject.products) > MOST_NAMES:
        return f"{len(subject.products)} gekozen producten samen"
    return listed([lowered(label) for label in subject.products])


def _place(facts: Facts) -> str:
    subject = facts.subject
    count = len(subject.districts) + subject.unplaced
    if count > MOST_NAMES:
        return f" in {count} gekozen gebieden"
    without = ["zonder bekend gebied"] if subject.unplaced else []
    if count:
        named = [f"in {listed(subject.districts)}"] if subject.districts else []
        return " " + " en ".join(named + without)
    if subject.municipalities > 1:
        return f" in {subject.municipalities} gemeenten"
    return "" if subject.place is None else f" in {subject.place}"


def causes_of(facts: Facts, named: Sequence[Cause]) -> str:
    """Name causes with what each adds."""
    return listed([f"{CAUSES[c.code][c.mean < 0]} ({thing(facts, abs(c.mean))})" for c in named])


def held_of(part: HeldPart) -> str:
    """Name what has no forecast, with the reason."""
    label = lowered(part.label)
    why = f" ({HELD[part.why]})" if part.why in HELD else ""
    named = f"{label[:-1]}; {why[2:]}" if why and label.endswith(")") else label + why
    return f"een deel van {named}" if part.partly else named
