"""The texts of errors on the pages: what is typed into their forms."""

from __future__ import annotations

from service.texts import Problem, Text

PROBLEMS: dict[str, Problem] = {
    "no-page": Problem(
        404,
        Text("Deze pagina is er niet", "There is no such page"),
        Text(
            "Controleer het adres, of begin bij het overzicht.",
            "Check the address, or begin at the overview.",
        ),
    ),
}

FAULTS: dict[str, Text] = {
    "no-amount-typed": Text(
        "{value} is geen bedrag. Typ duizenden euro's, zoals 118.500 of 118500.",
        "{value} is not an amount. Type thousands of euros, such as 118500.",
    ),
    "no-percent": Text(
        "{value} is geen percentage. Typ een getal, zoals -5 of 2,5.",
        "{value} is not a percentage. Type a number, such as -5 or 2.5.",
    ),
    "no-reason": Text(
        "Geef een reden: waarom zou dit veranderen?",
        "Give a reason: why would this change?",
    ),
    "no-name": Text(
        "Geef een naam, met minstens één letter of cijfer en hoogstens 200 tekens.",
        "Give a name, with at least one letter or digit and at most 200 characters.",
    ),
    "no-version": Text(
        "Zeg welke versie het is, zoals primitief of 1e wijziging (hoogstens 100 tekens).",
        "Say which version it is, such as original or 1st amendment (at most 100 characters).",
    ),
    "no-file": Text(
        "Kies een bestand met de begroting: een werkmap (.xlsx) of CSV.",
        "Choose a file with the budget: a workbook (.xlsx) or CSV.",
    ),
    "no-total": Text(
        "{value} is geen bedrag. Typ het controletotaal in euro's, zoals 118.500.000.",
        "{value} is not an amount. Type the control total in euros, such as 118500000.",
    ),
    "nothing-to-keep": Text(
        "Er is nog geen maatregel om te bewaren: vul eerst het formulier in.",
        "There is no measure to keep yet: fill in the form first.",
    ),
    "kept-already": Text(
        "Onder deze naam ({value}) is al iets anders bewaard. Kies een andere naam, of zet een "
        "kruisje bij vervangen.",
        "Something else is kept under this name ({value}). Choose another name, or tick replace.",
    ),
    "cited-already": Text(
        "{value} is aangehaald in '{explanation}' en verandert niet meer. Kies een andere naam.",
        "{value} was cited in '{explanation}' and no longer changes. Choose another name.",
    ),
}
