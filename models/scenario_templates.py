"""Starting points for scenarios: developments that every estimate should say something about.

The five developments are those that the CPB study of growth in Wmo and youth care asks to address
(CPB annex, VNG letter of November 2022); the policies are on the calendar of the field. A starting
point says what it would turn and asks for the size: none of the sources gives one for a single
municipality, and a size that nobody chose must not stand in a budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["TEMPLATES", "Template", "TemplateLever"]

CPB = "CPB-bijlage bij de VNG-ledenbrief van november 2022: vijf ontwikkelingen"


@dataclass(frozen=True)
class TemplateLever:
    """One lever of a starting point; its size is always asked.

    Attributes:
        kind: of ``models.levers.KINDS``.
        question: Dutch, what the user must decide.
        law: Wmo 2015 or Jeugdwet where it concerns one law only.
        category: iWmo or iJw category where it concerns one only.
        start: first month where the source names one.
        yearly: whether it builds up year by year.
    """

    kind: str
    question: str
    law: str | None = None
    category: str | None = None
    start: date | None = None
    yearly: bool = False


@dataclass(frozen=True)
class Template:
    """A starting point.

    Attributes:
        id: in kebab-case.
        name: Dutch.
        group: ``development`` or ``policy``.
        explanation: Dutch, what it is about and what is not known.
        source: where it is described.
        levers: what it turns.
    """

    id: str
    name: str
    group: str
    explanation: str
    source: str
    levers: tuple[TemplateLever, ...]


TEMPLATES = (
    Template(
        "technologie-en-digitalisering",
        "Technologie en digitalisering",
        "development",
        "Hulpmiddelen en zorg op afstand kunnen het aantal uren per cliënt verlagen, of gebruik "
        "uitlokken dat er nu niet is. De bron geeft geen omvang.",
        CPB,
        (
            TemplateLever(
                "volume_per_client",
                "Hoeveel procent minder of meer volume per cliënt per jaar verwacht u?",
                yearly=True,
            ),
        ),
    ),
    Template(
        "arbeidsmarkt-en-personeelstekort",
        "Arbeidsmarkt en personeelstekort",
        "development",
        "Tekort aan personeel drukt het geleverde volume en verhoogt de prijs. De raming telt "
        "geregistreerd gebruik: wachtlijsten tellen niet mee. De bron geeft geen omvang.",
        CPB,
        (
            TemplateLever(
                "volume_per_client",
                "Hoeveel procent minder volume per cliënt kan er geleverd worden?",
            ),
            TemplateLever(
                "price",
                "Hoeveel procent stijgt de prijs per jaar boven de index van de raming?",
                yearly=True,
            ),
        ),
    ),
    Template(
        "welvarender-en-gezondere-generaties",
        "Welvarender en gezondere generaties",
        "development",
        "Nieuwe generaties ouderen zijn welvarender en gezonder; wat dat met het gebruik per "
        "inwoner doet, is onzeker. De bron geeft geen omvang.",
        CPB,
        (
            TemplateLever(
                "use",
                "Hoeveel procent verandert het gebruik per inwoner van een leeftijd per jaar?",
                law="Wmo 2015",
                yearly=True,
            ),
        ),
    ),
    Template(
        "zorg-buiten-instellingen",
        "Zorg buiten instellingen, wonen en zorg gescheiden",
        "development",
        "Mensen wonen langer thuis; ondersteuning thuis groeit en verblijf krimpt. De bron geeft "
        "geen omvang, en niet welk deel bij de gemeente terechtkomt.",
        CPB,
        (
            TemplateLever(
                "use",
                "Hoeveel procent groeit het gebruik van ondersteuning thuis per jaar? Kies de "
                "producten.",
                yearly=True,
            ),
            TemplateLever(
                "use",
                "Hoeveel procent verandert het gebruik van verblijf per jaar? Kies de producten.",
                yearly=True,
            ),
        ),
    ),
    Template(
        "tekort-aan-geschikte-woningen",
        "Tekort aan geschikte woningen en bouw",
        "development",
        "Zonder geschikte woning duurt ondersteuning langer, en komen bouwplannen later dan de "
        "bevolkingsprognose aanneemt. De bron geeft geen omvang.",
        CPB,
        (
            TemplateLever(
                "population", "Hoeveel procent minder of meer inwoners, en in welke wijken?"
            ),
            TemplateLever(
                "use", "Hoeveel procent langer of meer gebruik door gebrek aan woningen?"
            ),
        ),
    ),
    Template(
        "eigen-bijdrage-huishoudelijke-hulp",
        "Inkomensafhankelijke eigen bijdrage huishoudelijke hulp",
        "policy",
        "Het wetsvoorstel (36713) noemt januari 2027; eerdere data (2025 en 2026) schoven op. Het "
        "gaat om minder gebruik: de bijdrage zelf is inkomsten en staat niet in de raming, die "
        "bruto is. Bij de invoering van het abonnementstarief (2019-2020) groeide het aantal "
        "cliënten; wat het afschaffen doet, is niet gemeten.",
        "Beleidskalender: wetsvoorstel 36713 (datum niet bevestigd); Monitor abonnementstarief",
        (
            TemplateLever(
                "use",
                "Hoeveel procent minder cliënten met huishoudelijke hulp verwacht u, en in hoeveel "
                "maanden?",
                law="Wmo 2015",
                category="01",
                start=date(2027, 1, 1),
            ),
        ),
    ),
    Template(
        "hervormingsagenda-jeugd",
        "Besparingen van de Hervormingsagenda Jeugd",
        "policy",
        "De Hervormingsagenda (juni 2023) rekent met besparingen. Een taakstelling hoort nooit in "
        "de basisraming: zij staat ernaast. Hoeveel er in uw gemeente van terechtkomt, kiest u.",
        "Beleidskalender: Hervormingsagenda Jeugd, juni 2023; VNG-ledenbrief van november 2022 "
        "over besparingen zonder handvatten",
        (
            TemplateLever(
                "use",
                "Hoeveel procent minder jeugdigen met hulp, en vanaf wanneer?",
                law="Jeugdwet",
            ),
            TemplateLever(
                "volume_per_client",
                "Hoeveel procent kortere of lichtere hulp per jeugdige, en vanaf wanneer?",
                law="Jeugdwet",
            ),
        ),
    ),
)
