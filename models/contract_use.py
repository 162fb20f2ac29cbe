"""The files of a delivery that say what was used, declared, allocated, of what and where."""

from __future__ import annotations

from dataclasses import replace

from models.contract_shape import Column, DataFile, Kind, Negative

LAWS = ("Wmo 2015", "Jeugdwet")
# iStandaarden 3.2, code lists WMO020 and JZ020.
WMO_CATEGORIES = tuple(f"{number:02d}" for number in range(1, 19))
YOUTH_CATEGORIES = tuple(str(number) for number in (*range(31, 39), *range(40, 56)))
PROVISIONAL = ("provisional", "voorlopig", "nader voorlopig")
STATUSES = ("definitive", "definitief", *PROVISIONAL)

MUNICIPALITY = Column(
    "municipality",
    Kind.CODE,
    "code of the municipality, the same spelling in every file",
    "Code van de gemeente, bijvoorbeeld de CBS-code. Schrijf de code in elk bestand hetzelfde.",
    "GM0518",
    required=True,
)
DISTRICT = Column(
    "district",
    Kind.CODE,
    "code of the district; the code of the municipality itself for what is known municipality-wide",
    "Code van de wijk. Is iets alleen voor de hele gemeente bekend, of is de wijk onbekend? "
    "Vul dan hier de code van de gemeente in.",
    "WK051801",
    required=True,
)
PRODUCT = Column(
    "product",
    Kind.CODE,
    "code of the product, the same spelling in every file",
    "Uw eigen code van het product of de voorziening. Schrijf de code in elk bestand hetzelfde.",
    "hbh",
    required=True,
)
PERIOD = Column(
    "period",
    Kind.PERIOD,
    "first day (YYYY-MM-DD) of a month, quarter or year; one frequency per product",
    "Eerste dag van de maand, het kwartaal of het jaar, als jjjj-mm-dd. "
    "Lever een product altijd met dezelfde frequentie.",
    "2023-01-01",
    required=True,
)
KNOWN_FROM = Column(
    "known_from",
    Kind.DATE,
    "the day (YYYY-MM-DD) from which this row was known; empty = see below each file",
    "Vanaf welke dag dit cijfer bekend was (jjjj-mm-dd). Alleen nodig als u ook eerdere "
    "standen van een cijfer levert.",
    "2023-02-15",
)
CLIENTS = Column(
    "clients",
    Kind.NUMBER,
    "number of clients, zero or more; empty = not known, 0 = none; fractions (averages) allowed",
    "Aantal cliënten. Leeg betekent onbekend, 0 betekent geen. Gebruik een decimale punt.",
    "125",
)
VOLUME = Column(
    "volume",
    Kind.NUMBER,
    "volume in the unit of the product, zero or more; empty = not known, 0 = none",
    "Hoeveelheid in de eenheid van het product. Leeg betekent onbekend, 0 betekent geen.",
    "1480.5",
)
COST = Column(
    "cost_eur",
    Kind.MONEY,
    "gross cost in euros with at most two decimals; below zero is accepted and flagged as a credit",
    "Bruto kosten in euro's, met een decimale punt en hooguit twee decimalen. "
    "Een negatief bedrag (credit) mag, en wordt gemeld.",
    "46250.75",
    negative=Negative.FLAGGED,
)
STATUS = Column(
    "status",
    Kind.CHOICE,
    "whether the figure can still change",
    "Of het cijfer nog kan wijzigen: voorlopig, nader voorlopig of definitief.",
    "definitief",
    allowed=STATUSES,
)

CARE_USE = DataFile(
    "care_use",
    "Registered use and cost per product, district and period. The only file that is required.",
    "Gebruik en kosten per product, wijk en periode. Dit is het enige verplichte bestand.",
    (MUNICIPALITY, DISTRICT, PRODUCT, PERIOD, CLIENTS, VOLUME, COST, STATUS, KNOWN_FROM),
    key=("municipality", "district", "product", "period", "known_from"),
    known="at the end of their period",
    one_of=("clients", "volume", "cost_eur"),
    required=True,
)

PRODUCTS = DataFile(
    "products",
    "What each product is. Without it the catalogue is derived from care_use.",
    "Wat elk product is. Zonder dit bestand nemen we alleen de codes uit care_use over.",
    (
        PRODUCT,
        Column(
            "label",
            Kind.TEXT,
            "name of the product; empty = its code",
            "Naam van het product.",
            "Hulp bij het huishouden",
        ),
        Column("law", Kind.CHOICE, "the law it rests on", "De wet.", "Wmo 2015", allowed=LAWS),
        Column(
            "category",
            Kind.CODE,
            "two-digit category of iWmo (01-18) or iJw (31-38, 40-55), fitting the law",
            "Productcategorie van iWmo (01-18) of iJw (31-55), twee cijfers, mét voorloopnul.",
            "01",
        ),
        Column("taakveld", Kind.CODE, "Iv3 task field", "Taakveld volgens Iv3.", "6.711"),
        Column(
            "variant",
            Kind.CHOICE,
            "how it is contracted",
            "Uitvoeringsvariant: inspanning, output of taak.",
            "inspanning",
            allowed=("inspanning", "output", "taak"),
        ),
        Column(
            "unit",
            Kind.TEXT,
            "unit of volume; volumes of unlike units are never added",
            "Eenheid van volume, bijvoorbeeld uur, etmaal of stuks.",
            "uur",
        ),
        Column(
            "clients_basis",
            Kind.CHOICE,
            "stock (on a day, or a month's average) or during (seen in the period); "
            "empty = not stated",
            "Hoe cliënten zijn geteld: stock (op een peildatum) of during (in de periode gezien).",
            "during",
            allowed=("stock", "during"),
        ),
        Column(
            "forecast",
            Kind.CHOICE,
            "who forecasts it: the model, a scenario, or nobody",
            "Hoe het product wordt geraamd: model, scenario (beleid bepaalt) of none (niet).",
            "model",
            allowed=("model", "scenario", "none"),
            default="model",
        ),
        Column(
            "reason",
            Kind.TEXT,
            "why forecast is scenario or none",
            "Waarom het product niet door het model wordt geraamd.",
            "",
        ),
        Column(
            "price_series",
            Kind.CODE,
            "series of prices that its tariffs follow; empty = the index for providers (VNG where "
            "published, else 90 % OVA and 10 % PPC)",
            "De reeks uit prices waarmee het tarief wordt geïndexeerd. Leeg betekent: de index "
            "voor aanbieders (90% OVA en 10% PPC).",
            "OVA",
        ),
        Column(
            "index_lag_years",
            Kind.CHOICE,
            "how many years the index comes late: with 1 the tariff of 2024 follows the index of "
            "2023; empty = 0",
            "Hoeveel jaar de indexering achterloopt: bij 1 volgt het tarief van 2024 de index van "
            "2023. Leeg betekent 0.",
            "0",
            allowed=("0", "1", "2"),
            default="0",
        ),
        KNOWN_FROM,
    ),
    key=("product", "known_from"),
    known="always",
)

DISTRICTS = DataFile(
    "districts",
    "What each district is. Without it the list is derived from the other files.",
    "Welke wijken er zijn. Zonder dit bestand nemen we de codes uit de andere bestanden over.",
    (
        MUNICIPALITY,
        replace(DISTRICT, rule="code of the district; every code used elsewhere is in this list"),
        Column(
            "label",
            Kind.TEXT,
            "name of the district; empty = its code",
            "Naam van de wijk.",
            "Wijk 01 Oostduinen",
        ),
        Column(
            "kind",
            Kind.CHOICE,
            "kind of district",
            "Soort gebied: buurt, wijk of stadsdeel.",
            "wijk",
            allowed=("buurt", "wijk", "stadsdeel"),
        ),
        Column(
            "parent",
            Kind.CODE,
            "code of the larger district it belongs to",
            "Code van het grotere gebied waar de wijk bij hoort.",
            "SD01",
        ),
        KNOWN_FROM,
    ),
    key=("municipality", "district", "known_from"),
    known="always",
)

DECLARATIONS = DataFile(
    "declarations",
    "How declarations of one month of service come in over the months after it.",
    "Hoe de declaraties over een maand zorg in de maanden erna binnenkomen.",
    (
        MUNICIPALITY,
        PRODUCT,
        replace(
            PERIOD,
            name="service_period",
            rule="first day of the month in which the care was given",
            explanation="Eerste dag van de maand waarin de zorg is geleverd.",
        ),
        replace(
            PERIOD,
            name="declared_period",
            rule="first day of the month of declaration, not before service_period",
            explanation="Eerste dag van de maand waarin is gedeclareerd.",
            example="2023-03-01",
        ),
        replace(
            COST, rule="declared in that month, not cumulative; a credit is flagged", required=True
        ),
        KNOWN_FROM,
    ),
    key=("municipality", "product", "service_period", "declared_period", "known_from"),
    known="at the end of their declared_period",
)

ALLOCATIONS = DataFile(
    "allocations",
    "What is allocated (toegewezen), for the running year.",
    "Wat is toegewezen, voor het lopende jaar.",
    (
        MUNICIPALITY,
        PRODUCT,
        PERIOD,
        replace(DISTRICT, required=False, rule="code of the district; empty = municipality-wide"),
        CLIENTS,
        VOLUME,
        replace(
            COST,
            name="cost_ceiling_eur",
            rule="what may be spent at most, in euros with at most two decimals, zero or more",
            explanation="Het bedrag dat ten hoogste mag worden besteed, in euro's.",
            negative=Negative.REFUSED,
        ),
        KNOWN_FROM,
    ),
    key=("municipality", "district", "product", "period", "known_from"),
    known="at the end of their period",
)
