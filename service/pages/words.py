"""The words of the pages, in Dutch and in English."""

from __future__ import annotations

from collections.abc import Mapping

from service.pages.kept_words import KEPT_WORDS
from service.texts import Language, Text

_PLAIN: Mapping[str, Text] = {
    "overview": Text("Overzicht", "Overview"),
    "explore": Text("Verkennen", "Explore"),
    "budget": Text("Begroting", "Budget"),
    "scenario": Text("Scenario", "Scenario"),
    "reliability": Text("Betrouwbaarheid", "Reliability"),
    "about": Text("Over", "About"),
    "skip": Text("Naar de inhoud", "Skip to content"),
    "menu": Text("Hoofdmenu", "Main menu"),
    "other_language": Text("English", "Nederlands"),
    "estimate": Text("Dit is een raming, geen besluit.", "This is an estimate, not a decision."),
    "edition": Text("Editie", "Edition"),
    "as_of": Text("peildatum", "as of"),
    "data_until": Text("gegevens tot en met", "data until"),
    "approved": Text("goedgekeurd", "approved"),
    "draft": Text("concept, niet goedgekeurd", "draft, not approved"),
    "synthetic": Text(
        "Synthetisch voorbeeld: verzonnen cijfers van een verzonnen gemeente.",
        "Synthetic example: made-up figures of a made-up municipality.",
    ),
    "show": Text("Toon", "Show"),
    "municipality": Text("Gemeente", "Municipality"),
    "subject": Text("Wat", "Subject"),
    "everything": Text("Alle zorg", "All care"),
    "whole": Text("hele gemeente", "whole municipality"),
    "district": Text("Gebied", "District"),
    "measure": Text("Maat", "Measure"),
    "clients": Text("Cliënten", "Clients"),
    "volume": Text("Volume", "Volume"),
    "cost": Text("Kosten", "Cost"),
    "frequency": Text("Per", "Per"),
    "month": Text("maand", "month"),
    "quarter": Text("kwartaal", "quarter"),
    "year": Text("jaar", "year"),
    "years": Text("Jaren", "Years"),
    "period": Text("Periode", "Period"),
    "expected": Text("Verwacht", "Expected"),
    "low": Text("Ondergrens (P10)", "Lower bound (P10)"),
    "high": Text("Bovengrens (P90)", "Upper bound (P90)"),
    "growth": Text("Verschil met jaar ervoor", "Change from the year before"),
    "kind": Text("Soort", "Kind"),
    "actual": Text("werkelijk", "actual"),
    "forecast": Text("raming", "forecast"),
    "hidden": Text("te klein om te tonen", "too small to show"),
    "unit": Text("Eenheid", "Unit"),
    "thousands": Text("\u00d7 € 1.000", "\u00d7 EUR 1,000"),
    "download": Text("Download", "Download"),
    "why": Text("Waarom het verandert", "Why it changes"),
    "cause": Text("Oorzaak", "Cause"),
    "base_year": Text("basisjaar", "base year"),
    "total": Text("totaal", "total"),
    "no_causes": Text(
        "Voor deze keuze is er geen uitsplitsing naar oorzaken.",
        "There is no split by cause for this selection.",
    ),
    "band_told": Text(
        "In acht van de tien gevallen ligt de uitkomst tussen ondergrens en bovengrens. De grenzen "
        "van delen tellen niet op; de verwachting wel.",
        "In eight cases out of ten the outcome lies between the bounds. Bounds of parts do not add "
        "up; the expected figure does.",
    ),
    "table": Text("Cijfers bij deze grafiek", "Figures of this chart"),
    "table_of": Text("Tabel", "Table"),
    "notes": Text("Let op", "Please note"),
    "nothing": Text(
        "Voor deze keuze zijn er geen cijfers.", "There are no figures for this selection."
    ),
    "faults": Text("Deze keuze kan niet", "This selection is not possible"),
    "problem": Text("Dat lukte niet", "That did not work"),
    "back": Text("Naar het overzicht", "To the overview"),
    "coverage": Text("Hoe vaak de band klopte", "How often the band held"),
    "error": Text("Hoe groot de fouten waren", "How large the errors were"),
    "level": Text("Niveau", "Level"),
    "wape": Text("Gemiddelde fout", "Mean error"),
    "baseline": Text("Eenvoudige methode", "Simple method"),
    "bias": Text("Scheefheid", "Bias"),
    "inside": Text("Binnen de band van 80 %", "Inside the 80 % band"),
    "observations": Text("Aantal", "Number"),
    "worse": Text("eenvoudige methode was beter", "the simple method was better"),
    "realised": Text("Wat eerdere edities raamden, en wat het werd", "Earlier editions, realised"),
    "held": Text("Wat niet geraamd is", "What is not forecast"),
    "held_none": Text("Alles met cijfers is geraamd.", "Everything with figures is forecast."),
    "reason": Text("Reden", "Reason"),
    "series": Text("Reeksen", "Series"),
    "product": Text("Product", "Product"),
    "track": Text("Ligt de raming op koers?", "Is the forecast on track?"),
    "track_why": Text("Waarom niet meer", "Why not any more"),
    "track_other": Text("Wat ook opvalt", "What else stands out"),
    "quality": Text("Kwaliteit van de aanlevering", "Quality of the delivery"),
    "file": Text("Bestand", "File"),
    "read": Text("Gelezen", "Read"),
    "accepted": Text("Overgenomen", "Accepted"),
    "rejected": Text("Geweigerd", "Rejected"),
    "warnings": Text("Waarschuwingen", "Warnings"),
    "definitions": Text("Begrippen", "Definitions"),
    "term": Text("Begrip", "Term"),
    "meaning": Text("Betekenis", "Meaning"),
    "source": Text("Bron", "Source"),
    "cbs": Text("Verschil met CBS", "Difference with CBS"),
    "model_card": Text("Modelkaart", "Model card"),
    "inputs": Text("Bronnen van deze editie", "Sources of this edition"),
    "vintage": Text("Stand van", "Vintage"),
    "assumptions": Text("Aannamen", "Assumptions"),
    "limits": Text("Wat de raming niet kan", "What the forecast cannot do"),
    "owner": Text("Eigenaar", "Owner"),
    "valid_until": Text("Goedkeuring geldt tot", "Approval holds until"),
    "gate": Text("Toets vóór publicatie", "Release gate"),
    "passed": Text("voldoet", "passed"),
    "failed": Text("voldoet niet", "failed"),
    "api": Text("Handleiding van de API", "Manual of the API"),
    "map": Text("Kaart van de gebieden", "Map of the districts"),
    "map_told": Text(
        "Hoe donkerder, hoe hoger het verwachte cijfer in {year}. De tabel zegt hetzelfde.",
        "The darker, the higher the expected figure in {year}. The table below says the same.",
    ),
    "no_map": Text("Deze editie heeft geen kaart.", "This edition has no map."),
    "certainty": Text("Zekerheid", "Certainty"),
    "budgeted": Text("Begroot", "Budgeted"),
    "chance": Text("Kans op overschrijding", "Chance of overspend"),
    "covers": Text("Bedrag dat genoeg is", "Amount that is enough"),
    "cushion": Text("Buffer die daarvoor nodig is", "Cushion needed for that"),
    "effect": Text("Gemiddeld tekort als het misgaat", "Mean lack when it goes wrong"),
    "risk": Text("Risico (kans \u00d7 effect)", "Risk (chance \u00d7 effect)"),
    "type_budget": Text(
        "Typ uw begroting per jaar, in duizenden euro's (118.500 = € 118,5 miljoen). Laat leeg wat "
        "u niet weet.",
        "Type your budget per year, in thousands of euros (118500 = EUR 118.5 million). Leave "
        "empty what you do not know.",
    ),
    "all_years": Text("alle jaren samen", "all years together"),
    "together_told": Text(
        "Samen is een buffer van {together} genoeg; elk jaar apart zou {apart} "
        "kosten. Niet elk jaar valt tegelijk tegen.",
        "Together a cushion of {together} is enough; each year apart would take "
        "{apart}. Not every year turns out high at once.",
    ),
    "odd_unit": Text(
        "Het bedrag van {year} is {ratio} keer wat verwacht wordt. Klopt de eenheid (duizenden "
        "euro's)?",
        "The amount of {year} is {ratio} times what is expected. Is the unit right (thousands of "
        "euros)?",
    ),
    "stored_budget": Text("Bewaarde begroting", "Stored budget"),
    "none_chosen": Text("geen", "none"),
    "scope": Text("Regel", "Line"),
    "measure_try": Text("Maatregel of ontwikkeling", "Measure or development"),
    "lever_kind": Text("Wat verandert er", "What changes"),
    "percent": Text("Met hoeveel procent", "By how many percent"),
    "percent_hint": Text("bijvoorbeeld -5 of 2,5", "for example -5 or 2.5"),
    "from_month": Text("Vanaf (jaar-maand)", "From (year-month)"),
    "ramp": Text("Ingroei in maanden", "Months to grow in"),
    "reason_ask": Text("Reden", "Reason"),
    "goal": Text("Past dit bij een budget van (\u00d7 € 1.000)", "To fit a budget of (EUR 1,000)"),
    "try": Text("Reken door", "Compute"),
    "base": Text("Raming", "Forecast"),
    "difference": Text("Verschil", "Difference"),
    "adjusted": Text("Met de maatregel", "With the measure"),
    "effect_of": Text("Effect per jaar", "Effect per year"),
    "goal_found": Text(
        "Om in {year} met {certainty} % zekerheid binnen {budget} te blijven, moet het "
        "{percent} % zijn. Dan is {covers} genoeg.",
        "To stay within {budget} in {year} with {certainty} % certainty, it must be "
        "{percent} %. Then {covers} is enough.",
    ),
    "goal_none": Text(
        "Ook de grootste verlaging past niet binnen dat budget: minstens {covers} is nodig.",
        "Even the largest cut does not fit that budget: at least {covers} is needed.",
    ),
    "templates": Text("Uitgangspunten", "Starting points"),
    "templates_told": Text(
        "Ontwikkelingen en bekend beleid, met bron. Geen bron geeft een omvang voor één gemeente: "
        "die kiest u zelf.",
        "Developments and known policy, with sources. No source gives a size for one "
        "municipality: you choose it.",
    ),
    "underpinning": Text("Onderbouwing", "Underpinning"),
    "council": Text("Blad voor de raad", "Page for the council"),
    "not_told": Text("Vul het formulier in om te rekenen.", "Fill in the form to compute."),
    "changed": Text(
        "Wat er veranderd is sinds de vorige editie", "What changed since the edition before"
    ),
    "told": Text("In woorden", "In words"),
    "sign_out": Text("Afmelden", "Sign out"),
    "signed_in": Text("Aangemeld als", "Signed in as"),
    "protected": Text(
        "Kleine aantallen zijn verborgen en de rest is afgerond.",
        "Small numbers are hidden and the rest is rounded.",
    ),
}
WORDS: Mapping[str, Text] = {**_PLAIN, **KEPT_WORDS}


def words(language: Language) -> dict[str, str]:
    """Return every word in a language; what has fields keeps them."""
    return {name: text.nl if language == "nl" else text.en for name, text in WORDS.items()}
