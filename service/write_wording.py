"""The texts of errors of writing: bodies, conditions, budgets and scenarios."""

from __future__ import annotations

from service.texts import Problem, Text

PROBLEMS: dict[str, Problem] = {
    "cross-origin": Problem(
        403,
        Text("Schrijven kan niet vanaf een andere website", "No writing from another web site"),
        Text(
            "Een webpagina van een ander adres mag hier lezen, niet schrijven.",
            "A web page of another address may read here, not write.",
        ),
    ),
    "demo-read-only": Problem(
        403,
        Text("De demonstratie bewaart niets", "The demonstration keeps nothing"),
        Text(
            "In de demonstratie kan niets worden opgeslagen. Start de dienst zonder demo en maak "
            "een sleutel.",
            "Nothing can be stored in the demonstration. Start the service without demo and make "
            "a key.",
        ),
    ),
    "unknown-budget": Problem(
        404,
        Text("Begroting niet gevonden", "Budget not found"),
        Text(
            "Deze begroting is er niet. De begrotingen staan op {base}/budgets.",
            "There is no such budget. The budgets are listed at {base}/budgets.",
        ),
    ),
    "unknown-scenario": Problem(
        404,
        Text("Scenario niet gevonden", "Scenario not found"),
        Text(
            "Dit scenario is er niet. De scenario's staan op {base}/scenarios.",
            "There is no such scenario. The scenarios are listed at {base}/scenarios.",
        ),
    ),
    "cited": Problem(
        409,
        Text("Aangehaald en daarom vast", "Cited and therefore fixed"),
        Text(
            "Dit is aangehaald in '{reference}' en verandert niet meer. Bewaar de wijziging onder "
            "een ander kenmerk.",
            "This was cited in '{reference}' and no longer changes. Keep the change under another "
            "id.",
        ),
    ),
    "full": Problem(
        409,
        Text("De opslag is vol", "The storage is full"),
        Text(
            "Een gemeente kan er hier hoogstens {limit} bewaren. Verwijder er een die niet is "
            "aangehaald.",
            "A municipality can keep {limit} of these at most. Remove one that was not cited.",
        ),
    ),
    "changed": Problem(
        412,
        Text("Er staat iets anders", "Something else is there"),
        Text(
            "Wat er staat is niet wat If-Match of If-None-Match zegt. Haal het opnieuw op en kijk "
            "wat er veranderd is.",
            "What is there is not what If-Match or If-None-Match says. Read it again and see what "
            "has changed.",
        ),
    ),
    "too-large": Problem(
        413,
        Text("Te veel tegelijk", "Too much at once"),
        Text(
            "Wat u stuurt mag hoogstens {limit} bytes groot zijn.",
            "What you send may have {limit} bytes at most.",
        ),
    ),
    "not-json": Problem(
        415,
        Text("Alleen JSON", "JSON only"),
        Text(
            "Stuur JSON, met de kop 'Content-Type: application/json' en zonder compressie.",
            "Send JSON, with the header 'Content-Type: application/json' and not compressed.",
        ),
    ),
    "no-report-extra": Problem(
        501,
        Text("Dit rapport kan hier niet gemaakt worden", "This report cannot be made here"),
        Text(
            "Voor {needed} is het onderdeel 'report' nodig, en dat is hier niet geïnstalleerd. "
            "Vraag de beheerder om zorgraming[report]; een werkmap (xlsx) kan wel.",
            "{needed} needs the part 'report', which is not installed here. Ask the administrator "
            "for zorgraming[report]; a workbook (xlsx) can be made.",
        ),
    ),
}

FAULTS: dict[str, Text] = {
    "no-share": Text(
        "{parameter} is een getal van {lowest} tot en met {highest}. {value} is dat niet.",
        "{parameter} is a number from {lowest} to {highest}. {value} is not.",
    ),
    "unreadable": Text(
        "Dit is geen leesbare JSON: {explanation}.",
        "This is no readable JSON: {explanation}.",
    ),
    "missing": Text("{parameter} ontbreekt.", "{parameter} is missing."),
    "unknown-member": Text(
        "{parameter} bestaat niet. Wel: {allowed}.",
        "There is no {parameter}. There are: {allowed}.",
    ),
    "wrong-form": Text(
        "{parameter} heeft niet de juiste vorm: {explanation}.",
        "{parameter} does not have the right form: {explanation}.",
    ),
    "wrong-id": Text(
        "{parameter} bestaat uit 1 tot 64 kleine letters, cijfers en koppeltekens, en begint met "
        "een letter of cijfer. {value} doet dat niet.",
        "{parameter} has 1 to 64 lower-case letters, digits and dashes, and begins with a letter "
        "or digit. {value} does not.",
    ),
    "empty-text": Text(
        "{parameter} is leeg; zeg waarom of wat.", "{parameter} is empty; say why or what."
    ),
    "odd-text": Text(
        "{parameter} bevat tekens die niet te lezen zijn.",
        "{parameter} holds characters that cannot be read.",
    ),
    "no-day": Text(
        "{parameter} is een dag (2026-01-31) of, waar een maand wordt gevraagd, een maand "
        "(2026-01). {value} is dat niet.",
        "{parameter} is a day (2026-01-31) or, where a month is asked, a month (2026-01). {value} "
        "is not.",
    ),
    "no-amount": Text(
        "{parameter} is een bedrag in euro's van 0 tot en met {highest}, met hoogstens twee "
        "decimalen. {value} is dat niet.",
        "{parameter} is an amount in euros from 0 to {highest}, with two decimals at most. {value} "
        "is not.",
    ),
    "too-many": Text(
        "{parameter} mag er hoogstens {highest} hebben.",
        "{parameter} may have {highest} at most.",
    ),
    "one-of": Text(
        "{parameter} noemt precies één van: {allowed}.",
        "{parameter} names exactly one of: {allowed}.",
    ),
    "line-twice": Text(
        "{parameter} begroot hetzelfde als {explanation}: {value}.",
        "{parameter} budgets the same as {explanation}: {value}.",
    ),
    "line-within": Text(
        "{parameter}: product {value} zit al in taakveld {explanation} van hetzelfde jaar.",
        "{parameter}: product {value} is in task field {explanation} of the same year already.",
    ),
    "unknown-taakveld": Text(
        "{parameter}: {value} is geen taakveld voor Wmo of Jeugd in {explanation}.",
        "{parameter}: {value} is no task field of Wmo or youth care in {explanation}.",
    ),
    "in-thousands": Text(
        "{parameter}: {value} euro is ongeveer een duizendste van wat wordt verwacht "
        "({explanation}). Staan de bedragen in duizenden? Stuur ze in euro's, of zet "
        "amounts_confirmed op true.",
        "{parameter}: {value} euros is about a thousandth of what is expected ({explanation}). Are "
        "these thousands? Send euros, or set amounts_confirmed to true.",
    ),
    "several-of-id": Text(
        "Meerdere gemeenten hebben iets met dit kenmerk. Kies met municipality: {allowed}.",
        "Several municipalities have something with this id. Choose with municipality: {allowed}.",
    ),
    "other-municipality": Text(
        "{parameter} en de gemeente in het bericht zijn niet dezelfde.",
        "{parameter} and the municipality in the message are not the same.",
    ),
    "no-edition": Text(
        "De editie van dit scenario ({value}) wordt niet meer aangeboden. Kies met edition een "
        "andere: {allowed}.",
        "The edition of this scenario ({value}) is no longer served. Choose another with edition: "
        "{allowed}.",
    ),
    "lever-order": Text(
        "{parameter} ({value}) ligt vóór de eerste maand van de hefboom.",
        "{parameter} ({value}) lies before the first month of the lever.",
    ),
    "lever-size": Text(
        "{parameter} noemt precies één grootte: {allowed}.",
        "{parameter} names exactly one size: {allowed}.",
    ),
    "lever-below-zero": Text(
        "{parameter}={value} zou het onder nul brengen.",
        "{parameter}={value} would take it below zero.",
    ),
    "lever-too-large": Text(
        "{parameter} is te groot om nog tot op de cent te rekenen.",
        "{parameter} is too large to be kept to the cent.",
    ),
    "lever-ramp": Text(
        "{parameter} gaat niet samen met een plafond of met yearly.",
        "{parameter} does not go with a ceiling or with yearly.",
    ),
    "lever-yearly": Text(
        "{parameter} gaat niet samen met level.", "{parameter} does not go with level."
    ),
    "lever-outside": Text(
        "{parameter} ({value}) ligt buiten de raming.",
        "{parameter} ({value}) lies outside the forecast.",
    ),
    "lever-no-volume": Text(
        "{parameter}: van {allowed} is het volume niet bekend, dus een tarief in euro's kan niet. "
        "Geef een percentage.",
        "{parameter}: the volume of {allowed} is not known, so a tariff in euros cannot be used. "
        "Give a percentage.",
    ),
    "lever-no-measure": Text(
        "{parameter}: deze editie heeft geen {value}.",
        "{parameter}: this edition has no {value}.",
    ),
}
