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
}
