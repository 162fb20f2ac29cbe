"""What figures mean, in the Dutch of the people who read them."""

from __future__ import annotations

from models.catalogue import COMBINATIONS_UNIT

DISCLAIMER = (
    "Dit is een raming van geregistreerd gebruik bij ongewijzigd beleid, geen besluit. Naar "
    "verwachting ligt de uitkomst in acht van de tien gevallen tussen p10 en p90; p50 is het "
    "midden en mean is het cijfer dat optelt. Wachtlijsten en tekort aan aanbod tellen niet mee."
)
SYNTHETIC = "Synthetisch voorbeeld: verzonnen cijfers van een verzonnen gemeente."
DRAFT = "Concept: deze editie is niet goedgekeurd."

DEFINITIONS = {
    "clients": (
        "Aantal cliënten met de voorziening, zoals geregistreerd. Over gebieden telt het op. Over "
        "producten zijn het cliënt-productcombinaties: wie twee producten heeft, telt twee keer. "
        "Over de tijd is het een gemiddelde: het jaarcijfer is het gemiddelde van de maanden."
    ),
    "volume": (
        "Hoeveelheid geleverde zorg in de eenheid van de kolom unit. Telt op over gebieden en "
        "tijd, en alleen over producten met dezelfde eenheid."
    ),
    "cost": (
        "Bruto kosten in euro's van de zorg in de periode; een eigen bijdrage is er niet van "
        "afgetrokken. Telt op over gebieden, producten en tijd."
    ),
}

PRICE_BASES = (
    "Prijspeil van geldbedragen: nominal = euro's van het jaar zelf, dus met prijsstijging erin; "
    "null als de cijfers geen geld zijn."
)
BOUND = "Onder- of bovengrens van een band die met level is gevraagd."
ALL_LABELS = {"product": "alle producten", "district": "alle gebieden"}
CHOSEN_LABELS = {
    "product": "gekozen producten samen",
    "district": "gekozen gebieden samen",
}


# How reasons begin, as training writes them (`training.fit`, `models.demand`, `models.breaks`).
_REASONS = {
    "forecast = none": "wordt niet geraamd",
    "no figures any more at the end of the data": "geen cijfers meer aan het eind van de gegevens",
    "supply gap suspected": "vermoedelijk een gat in de aanlevering",
}


def held_note(product: str, places: str, reason: str | None) -> str:
    """Explain that series of a product have no forecast and so count in the past only."""
    because = f" ({reason_in_dutch(reason)})" if reason else ""
    return f"Niet geraamd, telt alleen in het verleden mee: {product}, {places}{because}."


def reason_in_dutch(reason: str) -> str:
    """Translate the reason of an outcome, which an edition states in English.

    What a delivery itself gave as reason stands behind the colon and stays as it is.
    """
    for english, dutch in _REASONS.items():
        if reason.startswith(english):
            return dutch + reason.removeprefix(english)
    return reason


def more_held_note(count: int) -> str:
    """Say how many further products or reasons without a forecast there are."""
    return f"En nog {count} producten of redenen zonder raming; kies er een om ze te zien."


def lacking_note(measure: str, municipalities: str) -> str:
    """Say which municipalities have no figures of a measure."""
    return f"Geen cijfers van {measure} voor {municipalities}; vraag een andere measure."


def unit_notes(units: set[str]) -> list[str]:
    """Explain units that invite a wrong reading."""
    notes = []
    if any(unit.startswith(COMBINATIONS_UNIT) for unit in units):
        notes.append("Cliënten zijn over producten opgeteld: het zijn cliënt-productcombinaties.")
    if any("bases mixed" in unit for unit in units):
        notes.append(
            "De producten tellen cliënten verschillend (op een peildatum of in de loop van de "
            "periode); de som mengt die twee."
        )
    return notes
