"""The words of the pages where something is read in and kept, in Dutch and in English."""

from __future__ import annotations

from collections.abc import Mapping

from service.texts import Text

KEPT_WORDS: Mapping[str, Text] = {
    "upload": Text("Begroting inlezen", "Read a budget"),
    "upload_told": Text(
        "Lees uw begroting in uit een werkmap (.xlsx) of CSV: één regel per product, taakveld of "
        "programma, of het totaal. Regels zonder raming mogen erbij; dan sluit het totaal aan op "
        "uw grootboek.",
        "Read your budget from a workbook (.xlsx) or CSV: one line per product, task field or "
        "programme, or the total. Lines that are not forecast may be in it; then the total ties "
        "with your ledger.",
    ),
    "empty_table": Text("Lege tabel om in te vullen (Excel)", "Empty table to fill in (Excel)"),
    "file_ask": Text("Bestand met de begroting", "File with the budget"),
    "file_hint": Text("Excel (.xlsx) of CSV, hoogstens 5 MB", "Excel (.xlsx) or CSV, 5 MB at most"),
    "file_hint_csv": Text(
        "CSV, hoogstens 5 MB; werkmappen (.xlsx) kunnen hier niet worden gelezen",
        "CSV, 5 MB at most; workbooks (.xlsx) cannot be read here",
    ),
    "programmes_ask": Text(
        "Verdeling van programma's over taakvelden (niet verplicht)",
        "Division of programmes over task fields (optional)",
    ),
    "name_ask": Text("Naam", "Name"),
    "name_hint": Text("zoals Programmabegroting 2026-2029", "such as Programme budget 2026-2029"),
    "version_ask": Text("Versie", "Version"),
    "version_hint": Text("zoals primitief of 1e wijziging", "such as original or 1st amendment"),
    "decided_ask": Text("Datum van het besluit (niet verplicht)", "Day of the decision (optional)"),
    "decided_hint": Text("jaar-maand-dag, zoals 2025-11-06", "year-month-day, such as 2025-11-06"),
    "control_ask": Text(
        "Controletotaal in euro's (niet verplicht)", "Control total in euros (optional)"
    ),
    "control_hint": Text(
        "de som die u kent; van een jaar met een totaalregel telt die",
        "the sum as you know it; of a year with a total line that one counts",
    ),
    "replace_ask": Text(
        "Vervang wat onder deze naam bewaard is", "Replace what is kept under this name"
    ),
    "read_in": Text("Lees in en bewaar", "Read and keep"),
    "demo_keeps": Text(
        "Dit is de demonstratie: hier kan niets worden bewaard.",
        "This is the demonstration: nothing can be kept here.",
    ),
    "table_faults": Text("De tabel kan zo niet worden ingelezen", "The table cannot be read"),
    "table_faults_told": Text(
        "Niets is bewaard. Dit zijn alle fouten; verbeter ze en kies het bestand opnieuw.",
        "Nothing was kept. These are all faults; mend them and choose the file again.",
    ),
    "sheet": Text("Blad", "Sheet"),
    "row": Text("Rij", "Row"),
    "column": Text("Kolom", "Column"),
    "value": Text("Wat er staat", "What is there"),
    "rule": Text("Wat er mis is", "What is wrong"),
    "unit_asked": Text("Staan de bedragen in duizenden?", "Are the amounts in thousands?"),
    "unit_asked_told": Text(
        "Van deze regels is ongeveer duizend keer zoveel verwacht als er staat. Er is nog niets "
        "bewaard. Kies wat er in het bestand staat.",
        "Of these lines about a thousand times as much is expected as stands there. Nothing was "
        "kept yet. Choose what the file holds.",
    ),
    "as_thousands": Text("Duizenden: maal 1.000 en bewaar", "Thousands: times 1,000 and keep"),
    "as_euros": Text("Euro's: bewaar zoals het er staat", "Euros: keep as it stands"),
    "other_file": Text("Ander bestand kiezen", "Choose another file"),
    "in_euros": Text("in euro's", "in euros"),
    "stands": Text("Staat er", "Stands there"),
    "kept_budget": Text("Begroting gelezen en bewaard", "Budget read and kept"),
    "kept_by": Text("bewaard door", "kept by"),
    "on": Text("op", "on"),
    "decided_on": Text("besloten op", "decided on"),
    "cited_in": Text("aangehaald in", "cited in"),
    "what_was_read": Text("Wat er gelezen is", "What was read"),
    "count": Text("Regels", "Lines"),
    "sum": Text("Totaal", "Total"),
    "carried": Text("Waarvan zonder raming", "Of which not forecast"),
    "carried_sum": Text("Bedrag zonder raming", "Amount not forecast"),
    "ties": Text("Aansluiting", "Ties"),
    "ties_yes": Text("regels tellen op tot het totaal", "lines add up to the total"),
    "ties_no": Text("totaal min regels: {rest}", "total minus lines: {rest}"),
    "ties_none": Text("geen totaalregel", "no total line"),
    "carried_told": Text(
        "Regels zonder raming tellen mee alsof precies het begrote bedrag wordt uitgegeven.",
        "Lines that are not forecast count as if exactly the budgeted amount is spent.",
    ),
    "on_to_certainty": Text("Hoe zeker is deze begroting", "How sure this budget is"),
    "on_to_differences": Text("Waarom wijkt zij af", "Why it differs"),
    "on_to_overview": Text("Naast de raming in het overzicht", "Beside the forecast"),
    "basis": Text("Basis", "Basis"),
    "gross": Text("bruto", "gross"),
    "net": Text("netto", "net"),
    "not_forecast": Text("geen raming", "not forecast"),
    "keep_scenario": Text("Bewaar dit scenario", "Keep this scenario"),
    "keep_reason": Text("Waarom dit scenario er is", "Why this scenario is there"),
    "keep": Text("Bewaar", "Keep"),
    "kept_scenarios": Text("Bewaarde scenario's", "Kept scenarios"),
    "kept_none": Text("Er is nog geen scenario bewaard.", "No scenario is kept yet."),
    "author": Text("Gemaakt door", "Made by"),
    "made_on": Text("Gemaakt op", "Made on"),
    "levers": Text("Maatregelen", "Measures"),
    "fixed": Text(
        "Dit scenario is aangehaald en verandert niet meer.",
        "This scenario was cited and no longer changes.",
    ),
    "edition_gone": Text(
        "De editie van dit scenario is hier niet meer; het effect is niet te tonen.",
        "The edition of this scenario is no longer here; its effect cannot be shown.",
    ),
    "other_edition": Text(
        "Dit scenario hoort bij een andere editie dan die van deze pagina: {edition}.",
        "This scenario is of another edition than the one of this page: {edition}.",
    ),
    "cite": Text("Leg vast waar het is aangehaald", "Put on record where it is cited"),
    "cite_ask": Text("Document of besluit", "Document or decision"),
    "cite_hint": Text(
        "Daarna verandert het scenario niet meer.", "After that the scenario no longer changes."
    ),
    "changed_by": Text("gewijzigd door", "changed by"),
    "further": Text("Verder met dit scenario", "On with this scenario"),
    "carry": Text("Zet over", "Carry over"),
    "carry_told": Text(
        "Reken dit scenario voortaan door op de geldende editie ({edition}).",
        "From now on compute this scenario on the edition in force ({edition}).",
    ),
    "size": Text("Omvang", "Size"),
    "until": Text("Tot en met", "Until"),
    "products": Text("Producten", "Products"),
    "all_of_it": Text("alle", "all"),
    "beside_budget": Text("Begroting naast de raming", "Budget beside the forecast"),
    "beside_told": Text(
        "De regels van '{name}' ({version}) die over deze keuze gaan.",
        "The lines of '{name}' ({version}) that are about this selection.",
    ),
    "beside_part": Text(
        "Deze regels gaan over een deel van wat hierboven geraamd is; de raming hier is van "
        "dezelfde regels.",
        "These lines are of part of what is forecast above; the forecast here is of the same "
        "lines.",
    ),
    "no_lines": Text(
        "Geen regel van '{name}' gaat over deze keuze.",
        "No line of '{name}' is about this selection.",
    ),
    "no_budget": Text("Er is nog geen begroting bewaard.", "No budget is kept yet."),
    "risk_line": Text(
        "Risico in {year}: {chance} kans op overschrijding, met dan gemiddeld {effect} tekort. "
        "Kans maal effect is {risk}.",
        "Risk in {year}: {chance} chance of overspend, with a lack of {effect} on average then. "
        "Chance times effect is {risk}.",
    ),
    "no_risk_line": Text(
        "In geen van de doorgerekende toekomsten wordt de begroting van {year} overschreden.",
        "In none of the computed futures the budget of {year} is exceeded.",
    ),
    "differences": Text(
        "Waarom wijkt dit af van mijn Excel, van de rekening, van CBS?",
        "Why does this differ from my Excel, from the account, from CBS?",
    ),
    "differences_told": Text(
        "Van de begroting van {year} naar de raming van {year}, over wat in {account} gedeclareerd "
        "is. De delen tellen op tot het verschil.",
        "From the budget of {year} to the forecast of {year}, over what was declared in {account}. "
        "The parts add up to the difference.",
    ),
    "difference_of": Text("Van begroting naar raming", "From budget to forecast"),
    "side_by_side": Text(
        "Rekening, begroting en raming naast elkaar", "Account, budget and forecast side by side"
    ),
    "part": Text("Deel", "Part"),
    "amount": Text("Bedrag", "Amount"),
    "account": Text("Gedeclareerd", "Declared"),
    "all_together": Text("samen", "together"),
    "own_excel": Text("Mijn Excel", "My Excel"),
    "own_excel_told": Text(
        "Kijk eerst of uw Excel in prijzen van {account} of van {year} is, of zij bruto is, en of "
        "zij rekent met wat van {account} nog gedeclareerd wordt. De downloads hierboven hebben "
        "dezelfde regels als uw begroting; leg ze ernaast.",
        "First see whether your Excel is in prices of {account} or of {year}, whether it is gross, "
        "and whether it counts what of {account} is still to be declared. The downloads above have "
        "the same lines as your budget; lay them beside it.",
    ),
    "rounding_told": Text(
        "De regels van de begroting zijn afgerond; dat scheelt samen hoogstens € {most}.",
        "The lines of the budget are rounded; together that is EUR {most} at most.",
    ),
    "the_account": Text("De rekening", "The account"),
    "the_account_told": Text(
        "De raming telt zorg in de maand waarin zij gegeven is; de jaarrekening volgt het "
        "boekjaar. Wat van {account} pas later is gedeclareerd, stond in de rekening als "
        "schatting. De rekening bevat ook lasten die niet per cliënt worden gedeclareerd.",
        "The forecast counts care in the month in which it was given; the annual account follows "
        "the book year. What of {account} was declared later stood in the account as an estimate. "
        "The account also holds costs that are not declared per client.",
    ),
    "the_cbs": Text("CBS", "CBS"),
}
