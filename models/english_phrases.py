"""English words for what an explanation is about: selections, differences, causes."""

from __future__ import annotations

from collections.abc import Sequence

from models.catalogue import COMBINATIONS_UNIT
from models.english import amount, is_single, listed, percent
from models.facts import Cause, Facts, HeldPart, NoCauses
from models.voice import Change

__all__ = [
    "CAUSES",
    "MOST_NAMES",
    "NO_CAUSES",
    "bare",
    "causes_of",
    "difference",
    "for_selection",
    "held_of",
    "nothing_of",
    "subject_of",
    "thing",
]

MOST_NAMES = 3
CAUSES = {  # more, less, and neither
    "demography": ("changes in the population", "changes in the population", "the population"),
    "use": ("more use per inhabitant", "less use per inhabitant", "use per inhabitant"),
    "volume": ("more care per client", "less care per client", "care per client"),
    "price": ("higher prices", "lower prices", "prices"),
    "policy": ("measured effects of policy", "measured effects of policy", "policy"),
    "interaction": (
        "causes working together",
        "causes working together",
        "causes working together",
    ),
}
HELD = {
    "none": "left out on purpose",
    "ended": "no recent figures",
    "gap": "delivery seems incomplete",
}
NO_CAUSES: dict[NoCauses, str] = {
    "early": "Causes are worked out for years after the last year with data only.",
    "known": "This figure is known already; causes are worked out for a forecast only.",
    "measure": "Causes are worked out for cost and clients only.",
    "edition": "This edition does not split the change into causes.",
    "protected": "Causes cannot be told of figures that are protected.",
    "small": "The change is too small to name causes.",
    "nothing": "There is no change to explain.",
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
    more = "more" if change.up else "less" if is_single(change.size, facts.measure) else "fewer"
    return f"{thing(facts, change.size)}{part} {more}"


def subject_of(facts: Facts) -> str:
    """Return what a sentence is about, with a capital."""
    if facts.measure == "clients":
        return f"The number of {_clients(facts)} {for_selection(facts)}"
    return f"{'Cost' if facts.measure == 'cost' else 'The volume'} of {_selection(facts)}"


def _clients(facts: Facts) -> str:
    combined = facts.unit.startswith(COMBINATIONS_UNIT)
    return "combinations of client and product" if combined else "clients"


def nothing_of(facts: Facts) -> str:
    """Return the word for none of it."""
    nothing = {"cost": "no cost", "volume": "no volume"}
    return nothing.get(facts.measure, f"no {_clients(facts)}")


def for_selection(facts: Facts) -> str:
    """Join the selection to what is counted."""
    return f"for {_selection(facts)}"


def _selection(facts: Facts) -> str:
    subject = facts.subject
    if subject.law is not None:
        told = f"the {subject.law}"
    elif not subject.products:
        told = "all products together"
    elif len(subject.products) > MOST_NAMES:
        told = f"{len(subject.products)} chosen products together"
    else:
        told = listed(subject.products)
    return told + _place(facts)


def _place(facts: Facts) -> str:
    subject = facts.subject
    count = len(subject.districts) + subject.unplaced
    if count > MOST_NAMES:
        return f" in {count} chosen areas"
    without = ["without a known area"] if subject.unplaced else []
    if count:
        named = [f"in {listed(subject.districts)}"] if subject.districts else []
        return " " + " and ".join(named + without)
    if subject.municipalities > 1:
        return f" in {subject.municipalities} municipalities"
    return "" if subject.place is None else f" in {subject.place}"


def causes_of(facts: Facts, named: Sequence[Cause]) -> str:
    """Name causes with what each adds."""
    return listed([f"{CAUSES[c.code][c.mean < 0]} ({thing(facts, abs(c.mean))})" for c in named])


def held_of(part: HeldPart) -> str:
    """Name what has no forecast, with the reason."""
    why = f" ({HELD[part.why]})" if part.why in HELD else ""
    named = part.label + why
    if why and part.label.endswith(")"):
        named = f"{part.label[:-1]}; {why[2:]}"
    return f"part of {named}" if part.partly else named
