"""The texts of errors, in Dutch and in English.

A text is a template; its fields are filled in by ``service.problems``. ``docs/api.md`` lists every
problem and every code of a fault; a test holds the two together.
"""

from __future__ import annotations

from service import page_wording, sign_in_wording, write_wording
from service.texts import Problem, Text

_PLAIN: dict[str, Problem] = {
    "invalid-input": Problem(
        400,
        Text("De vraag klopt niet", "The question is not right"),
        Text(
            "{first}{more}",
            "{first}{more}",
        ),
    ),
    "bad-request": Problem(
        400,
        Text("Onleesbaar verzoek", "Unreadable request"),
        Text(
            "Dit verzoek is geen geldig HTTP-verzoek.",
            "This request is not a valid HTTP request.",
        ),
    ),
    "sign-in": Problem(
        401,
        Text("Sleutel nodig", "A key is needed"),
        Text(
            "Stuur een geldige API-sleutel mee: 'Authorization: Bearer <sleutel>', of Basic met de "
            "sleutel-id als gebruikersnaam en de sleutel als wachtwoord. Een sleutel krijgt u van "
            "de beheerder van deze dienst.",
            "Send a valid API key: 'Authorization: Bearer <key>', or Basic with the key id as user "
            "name and the key as password. The administrator of this service hands out keys.",
        ),
    ),
    "refused-key": Problem(
        401,
        Text("Sleutel niet geldig", "The key is not valid"),
        Text(
            "De meegestuurde sleutel is onbekend, verlopen of ingetrokken. Vraag de beheerder van "
            "deze dienst om een nieuwe.",
            "The key that was sent is unknown, expired or revoked. Ask the administrator of this "
            "service for a new one.",
        ),
    ),
    "refused-token": Problem(
        401,
        Text("Toegangstoken niet geldig", "The access token is not valid"),
        Text(
            "Het meegestuurde toegangstoken is verlopen, nog niet geldig, of niet voor deze dienst "
            "gemaakt. Meld u opnieuw aan; helpt dat niet, vraag dan de beheerder.",
            "The access token that was sent has expired, is not valid yet, or was not made for "
            "this service. Sign in again; if that does not help, ask the administrator.",
        ),
    ),
    "no-rights": Problem(
        403,
        Text("Uw account heeft hier geen rechten", "Your account has no rights here"),
        Text(
            "U bent aangemeld, maar {reason}. Vraag de beheerder van de aanmelddienst om de juiste "
            "groep of rol.",
            "You are signed in, but {reason}. Ask the administrator of the sign-in service for the "
            "right group or role.",
        ),
    ),
    "forbidden": Problem(
        403,
        Text("Niet toegestaan met deze sleutel", "Not allowed with this key"),
        Text(
            "Hiervoor is de rol {needed} nodig; deze sleutel heeft de rol {role}.",
            "This takes the role {needed}; this key has the role {role}.",
        ),
    ),
    "unprotected": Problem(
        403,
        Text("Kleine aantallen zijn niet beschermd", "Small numbers are not protected"),
        Text(
            "Editie {edition} is goedgekeurd zonder bescherming van kleine aantallen. Met de rol "
            "reader ziet u er geen cijfers van. Laat haar opnieuw goedkeuren.",
            "Edition {edition} was approved without protection of small numbers. The role reader "
            "sees no figures of it. Have it approved again.",
        ),
    ),
    "not-found": Problem(
        404,
        Text("Niet gevonden", "Not found"),
        Text(
            "Op dit adres staat niets. Alle adressen staan in {base}/openapi.json; een adres "
            "eindigt nooit op een schuine streep.",
            "There is nothing at this address. All addresses are in {base}/openapi.json; an "
            "address never ends in a slash.",
        ),
    ),
    "unknown-edition": Problem(
        404,
        Text("Editie niet gevonden", "Edition not found"),
        Text(
            "Deze editie is er niet. De edities staan op {base}/editions.",
            "There is no such edition. The editions are listed at {base}/editions.",
        ),
    ),
    "method": Problem(
        405,
        Text("Methode niet toegestaan", "Method not allowed"),
        Text("Hier kan alleen: {allowed}.", "Only these are possible here: {allowed}."),
    ),
    "not-acceptable": Problem(
        406,
        Text("Geen antwoord in dit formaat", "No answer in this format"),
        Text(
            "De kop Accept vraagt om iets anders dan: {allowed}.",
            "The Accept header asks for something else than: {allowed}.",
        ),
    ),
    "too-long": Problem(
        414,
        Text("De vraag is te lang", "The question is too long"),
        Text(
            "Het adres met de vraag mag hoogstens {limit} tekens lang zijn. Vraag meer rijen "
            "tegelijk op en kies daaruit, of deel de vraag op.",
            "The address with the question may have {limit} characters at most. Ask for more rows "
            "and choose from them, or split the question.",
        ),
    ),
    "headers-too-large": Problem(
        431,
        Text("De koppen van het verzoek zijn te groot", "The request headers are too large"),
        Text("Stuur minder of kortere koppen.", "Send fewer or shorter headers."),
    ),
    "too-many-requests": Problem(
        429,
        Text("Te veel vragen", "Too many requests"),
        Text(
            "Er mogen hoogstens {limit} per minuut komen van {whose}. Probeer het over {seconds} "
            "seconden opnieuw.",
            "At most {limit} a minute may come from {whose}. Try again in {seconds} seconds.",
        ),
    ),
    "failed": Problem(
        500,
        Text("Er ging iets mis", "Something went wrong"),
        Text(
            "Het ligt niet aan de vraag. Meld de beheerder dit nummer: {request_id}.",
            "It is not the question's fault. Report this number to the administrator: "
            "{request_id}.",
        ),
    ),
    "not-ready": Problem(
        503,
        Text("Nog niet klaar om te antwoorden", "Not ready to answer"),
        Text(
            "Oorzaak: {reason}. Probeer het over enkele seconden opnieuw.",
            "Cause: {reason}. Try again in a few seconds.",
        ),
    ),
}
PROBLEMS = _PLAIN | page_wording.PROBLEMS | write_wording.PROBLEMS | sign_in_wording.PROBLEMS

MORE_FAULTS = Text(
    " Dit is de eerste van {count} fouten; errors noemt ze allemaal.",
    " This is the first of {count} faults; errors lists them all.",
)
TOO_BUSY = Text("het is nu te druk", "it is too busy now")
NO_EDITION = Text("er is geen geldende editie geladen", "no edition in force is loaded")
LIMITED = {
    "key": Text("deze sleutel", "this key"),
    "address": Text("dit adres zonder sleutel", "this address without a key"),
    "refused": Text("dit adres met een ongeldige sleutel", "this address with an invalid key"),
    "health": Text("dit adres", "this address"),
}
NO_AUDIT = Text("inzage kan nu niet worden vastgelegd", "access cannot be put on record now")
NO_ISSUER = Text("de aanmelddienst is niet bereikbaar", "the sign-in service cannot be reached")
NO_ROLE = Text("uw account heeft geen rol in deze dienst", "your account has no role here")
NO_MUNICIPALITY = Text(
    "uw account hoort bij geen gemeente in deze dienst",
    "your account belongs to no municipality here",
)
NO_DATABASE = Text("de database is niet bereikbaar", "the database cannot be reached")

FAULTS: dict[str, Text] = {
    "unknown-parameter": Text(
        "De parameter {parameter} bestaat niet. Wel: {allowed}.",
        "There is no parameter {parameter}. There are: {allowed}.",
    ),
    "unknown-value": Text(
        "{parameter} kent de waarde {value} niet. Wel: {allowed}.",
        "{parameter} has no value {value}. It has: {allowed}.",
    ),
    "given-twice": Text(
        "{parameter} mag maar één keer voorkomen.",
        "{parameter} may occur only once.",
    ),
    "empty": Text(
        "{parameter} heeft een lege waarde. Laat de parameter weg als u niet wilt kiezen.",
        "{parameter} has an empty value. Leave the parameter out in order not to choose.",
    ),
    "no-date": Text(
        "{parameter} is een jaar, een maand of een dag: 2026, 2026-01 of 2026-01-31. "
        "{value} is dat niet.",
        "{parameter} is a year, a month or a day: 2026, 2026-01 or 2026-01-31. {value} is not.",
    ),
    "no-number": Text(
        "{parameter} is een geheel getal van {lowest} tot en met {highest}. {value} is dat niet.",
        "{parameter} is a whole number from {lowest} to {highest}. {value} is not.",
    ),
    "too-long": Text(
        "{parameter} is te lang.",
        "{parameter} is too long.",
    ),
    "wrong-order": Text(
        "from ligt na to ({value}).",
        "from is later than to ({value}).",
    ),
    "needs-period": Text(
        "frequency heeft alleen betekenis als groupBy ook period bevat.",
        "frequency only has a meaning when groupBy holds period too.",
    ),
    "finer-than-base": Text(
        "frequency={value} is fijner dan waarin deze producten zijn aangeleverd ({explanation}). "
        "Kies {allowed}, of kies andere producten.",
        "frequency={value} is finer than these products were delivered ({explanation}). "
        "Choose {allowed}, or choose other products.",
    ),
    "unlike-units": Text(
        "measure=volume: volumes in verschillende eenheden tellen niet op: {explanation}. Zet "
        "product in groupBy, kies producten met één eenheid, of vraag cost of clients.",
        "measure=volume: volumes in unlike units do not add up: {explanation}. Put product into "
        "groupBy, choose products of one unit, or ask for cost or clients.",
    ),
    "several-editions": Text(
        "Deze gemeenten komen uit verschillende edities ({explanation}) en hebben geen "
        "gezamenlijke bandbreedte. Zet municipality in groupBy, of kies één editie met edition.",
        "These municipalities come from several editions ({explanation}) and have no joint band. "
        "Put municipality into groupBy, or choose one edition with edition.",
    ),
    "shared-districts": Text(
        "Meerdere gemeenten gebruiken dezelfde code voor een gebied. Zet municipality in groupBy.",
        "Several municipalities use the same code for a district. Put municipality into groupBy.",
    ),
    "no-causes": Text(
        "Deze editie heeft geen uitsplitsing naar oorzaken ({value}): zij is gemaakt voordat die "
        "er was, of niets erin wordt geraamd. Kies met edition een nieuwere, of train opnieuw.",
        "This edition has no split by cause ({value}): it was made before there was one, or "
        "nothing in it is forecast. Choose a newer one with edition, or train again.",
    ),
    "declared-together": Text(
        "{parameter}={value}: declaraties zijn alleen per gemeente bekend, en van dit jaar staan "
        "nog maanden open. Tel gebieden op (laat district weg), of kies een eerder jaar met year.",
        "{parameter}={value}: declarations are known per municipality only, and months of this "
        "year are still open. Add districts up (leave district out), or choose an earlier year "
        "with year.",
    ),
    "edition-and-day": Text(
        "edition en asOf gaan niet samen: kies één editie, of de editie die op een dag gold.",
        "edition and asOf do not go together: choose one edition, or the one of a day.",
    ),
    "protected-years": Text(
        "Waar kleine aantallen beschermd zijn, zijn er alleen cijfers per jaar: laat frequency weg "
        "of kies year, en houd period in groupBy.",
        "Where small numbers are protected there are figures by year only: leave frequency out or "
        "choose year, and keep period in groupBy.",
    ),
    "protected-bands": Text(
        "Waar kleine aantallen beschermd zijn, zijn er geen extra banden ({value}).",
        "Where small numbers are protected there are no further bands ({value}).",
    ),
    "protected-sum": Text(
        "Waar kleine aantallen beschermd zijn, is er alleen een som van één product, van alle "
        "producten van een wet of van alle producten, in één gebied of in de hele gemeente. Kies "
        "zo'n som, of zet {parameter} in groupBy.",
        "Where small numbers are protected there are only sums of one product, of all products of "
        "a law or of all products, in one district or in the whole municipality. Choose such a "
        "sum, or put {parameter} into groupBy.",
    ),
    "protected-municipalities": Text(
        "Waar kleine aantallen beschermd zijn, is er geen som over gemeenten. Zet municipality in "
        "groupBy, of kies één gemeente.",
        "Where small numbers are protected there is no sum over municipalities. Put municipality "
        "into groupBy, or choose one municipality.",
    ),
    "no-answer": Text(
        "Op deze vraag is geen eerlijk antwoord: {explanation}.",
        "This question has no honest answer: {explanation}.",
    ),
}
FAULTS |= page_wording.FAULTS | write_wording.FAULTS
