"""What figures mean, in the Dutch of the people who read them."""

from __future__ import annotations

from collections.abc import Mapping

from models import labels, model_card
from models.catalogue import COMBINATIONS_UNIT
from models.dutch_sentences import reason_in_dutch

DISCLAIMER = model_card.PURPOSE
DEFINITIONS = model_card.DEFINITIONS
SYNTHETIC = "Synthetisch voorbeeld: verzonnen cijfers van een verzonnen gemeente."
DRAFT = "Concept: deze editie is niet goedgekeurd."

PROTECTED = (
    "Kleine aantallen zijn beschermd: cijfers onder de 10 cliënten, en wat ze zou verraden, zijn "
    "verborgen (hidden). De rest is afgerond: cliënten op 5, volume op 10, kosten op € 1.000. Een "
    "som kan daardoor iets afwijken van haar delen."
)

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


def held_note(product: str, places: str, reason: str | None) -> str:
    """Explain that series of a product have no forecast and so count in the past only."""
    because = f" ({reason_in_dutch(reason)})" if reason else ""
    return f"Niet geraamd, telt alleen in het verleden mee: {product}, {places}{because}."


def more_held_note(count: int) -> str:
    """Say how many further products or reasons without a forecast there are."""
    return f"En nog {count} producten of redenen zonder raming; kies er een om ze te zien."


def shared_note(municipalities: str) -> str:
    """Say whose figures are another's, who shares them as a whole only."""
    return f"Van {municipalities} ziet u wat die gemeente deelt: jaarcijfers van de hele gemeente."


SCORES = (
    "wape: de som van de absolute fouten in procenten van de som van de cijfers; lager is beter. "
    "bias: dezelfde som met teken; positief is te hoog geraamd. coverage_80: het deel van de "
    "cijfers dat in de band van 80 procent viel; 0,8 is goed, en coverage_low en coverage_high "
    "zeggen hoe zeker dat deel is. Ernaast staat steeds een eenvoudige methode (baseline)."
)
NO_OTHER_EDITION = "Er is geen eerdere editie om mee te vergelijken."


def off_track(edition: str, until: str, why: str) -> str:
    """Say that an edition went off track, until when was looked, and why."""
    return f"De raming {edition} klopt niet meer met de cijfers tot en met {until}. {why}"


def counted_note(series: str, *, earlier: bool) -> str:
    """Say which series one of two compared editions counts alone."""
    which = "de eerdere editie" if earlier else "deze editie"
    return f"Alleen in {which} geteld, dus deel van het verschil: {series}."


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


CAUSES = {
    "base": (
        labels.CAUSES["base"],
        "Het cijfer van het basisjaar, het laatste jaar dat bij het maken van de raming om was.",
    ),
    "demography": (
        labels.CAUSES["demography"],
        "Wat er verandert doordat er meer, minder, oudere of jongere inwoners zijn, bij hetzelfde "
        "gebruik per inwoner van een leeftijd.",
    ),
    "use": (
        labels.CAUSES["use"],
        "Wat er verandert doordat inwoners van dezelfde leeftijd vaker of minder vaak zorg "
        "gebruiken, anders dan door beleid waarvan het effect is gemeten.",
    ),
    "volume": (
        labels.CAUSES["volume"],
        "Wat er verandert doordat een cliënt meer of minder zorg krijgt.",
    ),
    "price": (
        labels.CAUSES["price"],
        "Wat er verandert doordat een eenheid zorg duurder of goedkoper wordt: tarief en index.",
    ),
    "policy": (
        labels.CAUSES["policy"],
        "Het gemeten effect van gedateerde beleidsmaatregelen die in de gegevens staan, en niets "
        "anders: wat later besloten wordt of niet gemeten kon worden, zit er niet in.",
    ),
    "interaction": (
        labels.CAUSES["interaction"],
        "Wat de oorzaken samen doen en geen van hen alleen, zoals duurdere zorg voor meer "
        "cliënten; bij kleine aantallen ook het toeval.",
    ),
    "total": (labels.CAUSES["total"], "Het cijfer van het latere jaar."),
}
CAUSES_ADD_UP = (
    "Per oorzaak is berekend wat er ten opzichte van het basisjaar verandert als alleen die "
    "oorzaak verandert. Opgeteld geven de gemiddelden (mean) van basisjaar en alle oorzaken het "
    "totaal, voor elke keuze uit producten en gebieden; p10, p50 en p90 tellen niet op."
)


REVISIONS = {
    "level": (
        "nieuwe gegevens",
        "Wat sinds de eerdere editie bekend werd over het basisjaar: het cijfer van nu min de "
        "raming van toen.",
    ),
    **{
        code: (
            CAUSES[code][0],
            f"Wat {CAUSES[code][0]} vanaf het basisjaar nu anders doet dan in de eerdere editie.",
        )
        for code in ("demography", "use", "volume", "price", "policy", "interaction")
    },
    "total": ("totaal", "De nieuwe raming min de eerdere."),
}

UNPRICED = (
    "Er zijn geen tarieven of prijzen aangeleverd: wat prijzen deden, zit in volume per cliënt, of "
    "in gebruik waar cliënten niet bekend zijn."
)


def unsplit_note(product: str, places: str, reason: str | None) -> str:
    """Explain that series have no forecast and so no split by cause."""
    because = f" ({reason_in_dutch(reason)})" if reason else ""
    return f"Niet geraamd en dus niet in de oorzaken: {product}, {places}{because}."


def no_split_note(municipalities: str) -> str:
    """Say which municipalities have an edition without a split by cause."""
    return f"Geen oorzaken voor {municipalities}: hun editie heeft geen uitsplitsing hiervan."


PARTS = {
    "declared": (
        "gedeclareerd",
        "Wat geboekt is: de kosten van maanden die vaststaan, en wat tot de peildatum is "
        "gedeclareerd over maanden die nog openstaan.",
    ),
    "still_to_come": (
        "nog te verwachten over verstreken maanden",
        "Wat over verstreken maanden nog gedeclareerd of geboekt wordt: de verwachte kosten van "
        "die maanden min wat al gedeclareerd is.",
    ),
    "remaining": (
        "raming van de resterende maanden",
        "De kosten van de maanden na de laatste dag met gegevens.",
    ),
    "total": ("totaal", "De kosten van het hele kalenderjaar."),
}
PARTS_ADD_UP = (
    "De drie delen zijn samen geraamd: een hoog uitgevallen voorjaar werkt door in het najaar. De "
    "gemiddelden (mean) tellen op tot het totaal, en over producten en gemeenten; p10, p50 en p90 "
    "tellen niet op. Een rij met een onbekend cijfer in een verstreken maand wordt weggelaten."
)
UNKNOWN_DECLARED = (
    "Wat over verstreken maanden al gedeclareerd is, staat niet in de editie; het zit in 'nog te "
    "verwachten over verstreken maanden'."
)


def terms(words: Mapping[str, tuple[str, str]]) -> list[dict[str, str]]:
    """Return codes with their label and definition, as an answer lists them."""
    return [
        {"code": code, "label": label, "definition": told} for code, (label, told) in words.items()
    ]


def told(words: Mapping[str, tuple[str, str]]) -> str:
    """Return labels and definitions as one text."""
    return " ".join(f"{label}: {definition}" for label, definition in words.values())
