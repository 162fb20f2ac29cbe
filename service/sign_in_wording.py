"""The texts of what goes wrong with signing in on the pages."""

from __future__ import annotations

from service.texts import Problem, Text

PROBLEMS: dict[str, Problem] = {
    "sign-in-failed": Problem(
        400,
        Text("Aanmelden is niet gelukt", "Signing in did not work"),
        Text(
            "De aanmelding is afgebroken, te lang geleden begonnen, of hoort bij een ander venster "
            "of een andere browser. Ga terug naar het overzicht om het opnieuw te proberen. Helpt "
            "dat niet, noem de beheerder dan dit nummer: {request_id}.",
            "Signing in was broken off, was begun too long ago, or belongs to another window or "
            "browser. Go back to the overview to try again. If that does not help, tell the "
            "administrator this number: {request_id}.",
        ),
    ),
    "signed-out": Problem(
        401,
        Text("U bent niet meer aangemeld", "You are not signed in any more"),
        Text(
            "Uw sessie is voorbij. Open een pagina van deze dienst om u opnieuw aan te melden.",
            "Your session has ended. Open a page of this service to sign in again.",
        ),
    ),
    "forged": Problem(
        403,
        Text("Dit formulier is verlopen", "This form has expired"),
        Text(
            "Het formulier hoort niet bij uw huidige sessie, of is vanaf een andere website "
            "verstuurd. Er is niets gewijzigd. Open de pagina opnieuw en probeer het nog eens.",
            "The form does not belong to your present session, or was sent from another web site. "
            "Nothing was changed. Open the page anew and try again.",
        ),
    ),
}
