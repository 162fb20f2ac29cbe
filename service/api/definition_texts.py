"""What figures, causes, parts and scores mean: unit, source, and how they differ from CBS.

The differences with CBS are those of the field guide: own registration counts what is allocated or
delivered on a day or in a period; CBS counts persons in half a year or a year, from deliveries of
municipalities to its monitors (Gemeentelijke Monitor Sociaal Domein; Beleidsinformatie Jeugd).
"""

from __future__ import annotations

from dataclasses import dataclass

from service.api import explanations

OWN = "De aanlevering van de gemeente zelf: iWmo- en iJw-berichten, of een tabel daaruit."
PATHS = "De doorgerekende toekomsten van de editie."


@dataclass(frozen=True)
class Definition:
    """One term.

    Attributes:
        code: as it stands in answers.
        kind: measure, figure, cause, part or score.
        label: its name.
        text: what it means.
        unit: what it is counted in.
        source: where it comes from.
        cbs: how it differs from what CBS publishes; None where CBS has nothing of the kind.
    """

    code: str
    kind: str
    label: str
    text: str
    unit: str
    source: str
    cbs: str | None = None


_MEASURES = (
    Definition(
        "clients",
        "measure",
        "cliënten",
        explanations.DEFINITIONS["clients"],
        "cliënten; over producten cliënt-productcombinaties",
        OWN,
        "CBS telt personen die in een half jaar of jaar zorg in natura kregen, afgerond op 5. Hier "
        "gaat het om een peildatum of om wie in de periode gezien is (kolom clients_basis van "
        "/products). Persoonsgebonden budgetten, algemene voorzieningen en hulp door wijkteams "
        "tellen bij CBS anders of niet mee, en CBS verwerkt latere aanleveringen.",
    ),
    Definition(
        "volume",
        "measure",
        "volume",
        explanations.DEFINITIONS["volume"],
        "de eenheid van het product, zoals uur, dagdeel, etmaal of stuk",
        OWN,
    ),
    Definition(
        "cost",
        "measure",
        "kosten",
        explanations.DEFINITIONS["cost"],
        "euro's van het jaar zelf (lopende prijzen)",
        OWN,
        "CBS publiceert lasten per Iv3-taakveld uit de gemeenterekening. Die bevatten ook "
        "uitvoering, inkoop, subsidies en wat niet per cliënt wordt gedeclareerd, en volgen het "
        "boekjaar; hier telt de maand waarin de zorg is gegeven.",
    ),
)
_FIGURES = (
    Definition(
        "p10",
        "figure",
        "ondergrens",
        "Met tien procent kans valt de uitkomst lager uit. Grenzen van delen tellen niet op.",
        "als de maat",
        PATHS,
    ),
    Definition(
        "p50",
        "figure",
        "midden",
        "Even vaak erboven als eronder. Telt niet op.",
        "als de maat",
        PATHS,
    ),
    Definition(
        "p90",
        "figure",
        "bovengrens",
        "Met tien procent kans valt de uitkomst hoger uit. Grenzen van delen tellen niet op.",
        "als de maat",
        PATHS,
    ),
    Definition(
        "mean",
        "figure",
        "verwacht cijfer",
        "Het gemiddelde van de doorgerekende toekomsten: het cijfer dat optelt.",
        "als de maat",
        PATHS,
    ),
    Definition(
        "actual",
        "figure",
        "werkelijk cijfer",
        "Het geregistreerde cijfer, zoals het op de peildatum van de editie bekend was.",
        "als de maat",
        OWN,
        "CBS stelt cijfers later bij (voorlopig, nader voorlopig, definitief); de eigen "
        "registratie ook, door late declaraties en correcties.",
    ),
)
_SCORES = (
    Definition(
        "wape",
        "score",
        "gemiddelde fout",
        "Som van de absolute fouten, gedeeld door de som van de cijfers.",
        "procent",
        "De toets op jaren uit het verleden, of een latere editie.",
    ),
    Definition(
        "bias",
        "score",
        "scheefheid",
        "Som van de fouten met hun teken, gedeeld door de som van de cijfers; positief is te hoog "
        "geraamd.",
        "procent",
        "De toets op jaren uit het verleden, of een latere editie.",
    ),
    Definition(
        "coverage_80",
        "score",
        "dekking van de band",
        "Deel van de uitkomsten dat tussen p10 en p90 viel; 0,8 is goed.",
        "deel van 1",
        "De toets op jaren uit het verleden, of een latere editie.",
    ),
)


def _of(kind: str, words: dict[str, tuple[str, str]], unit: str) -> tuple[Definition, ...]:
    return tuple(
        Definition(code, kind, label, text, unit, PATHS) for code, (label, text) in words.items()
    )


DEFINITIONS = (
    *_MEASURES,
    *_FIGURES,
    *_of("cause", explanations.CAUSES, "als de maat, als verschil met het basisjaar"),
    *_of("part", explanations.PARTS, "euro's"),
    *_SCORES,
)
