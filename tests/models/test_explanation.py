"""What is said of figures: exact sentences for figures that were made up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from models.explanation import LARGE, SMALL, explanation
from models.facts import (
    Assumed,
    BudgetFacts,
    Cause,
    Compared,
    Earlier,
    Figure,
    HeldPart,
    Score,
    Subject,
    Unknown,
)
from tests.models.explained import DAY, PLAIN, clients, facts, said, split

pytestmark = pytest.mark.unit


def test_growth_is_told_in_euros_and_percent() -> None:
    assert said(facts(), "what") == (
        "De kosten van individuele begeleiding zijn in 2025 naar verwachting € 12,3 miljoen. "
        "Dat is € 610.000 (5,2 procent) meer dan in 2023, gemiddeld 2,6 procent per jaar. "
        "In 2023 was het € 11,7 miljoen."
    )
    assert said(facts(), "why") == (
        "De stijging komt vooral door hogere prijzen (€ 500.000) en veranderingen in de bevolking "
        "(€ 200.000). "
        "Een deel daarvan valt weg door minder gebruik per inwoner (€ 90.000)."
    )


def test_decline_is_told_with_what_works_against_it() -> None:
    figure = Figure(9_000_000.0, 8_000_000.0, 10_000_000.0)
    fallen = facts(
        figure=figure,
        last=figure,
        years=(2024,),
        compared=Compared(2023, Figure(10_000_000.0, known=True)),
        causes=split(use=-1_400_000, price=450_000, interaction=-50_000),
    )
    assert said(fallen, "what") == (
        "De kosten van individuele begeleiding zijn in 2024 naar verwachting € 9 miljoen. "
        "Dat is € 1 miljoen (10 procent) minder dan in 2023. "
        "In 2023 was het € 10 miljoen."
    )
    assert said(fallen, "why") == (
        "De daling komt vooral door minder gebruik per inwoner (€ 1,4 miljoen). "
        "Een deel daarvan valt weg door hogere prijzen (€ 450.000). "
        "De andere oorzaken samen zorgen voor € 50.000 minder."
    )


def test_a_negative_interaction_is_a_cause_like_the_others() -> None:
    found = facts(causes=split(price=900_000, interaction=-290_000))
    assert said(found, "why") == (
        "De stijging komt vooral door hogere prijzen (€ 900.000). "
        "Een deel daarvan valt weg door de samenhang tussen oorzaken (€ 290.000)."
    )


def test_unchanged_is_said_without_a_direction() -> None:
    figure = Figure(11_710_000.0, 11_000_000.0, 12_000_000.0)
    still = facts(
        figure=figure, last=figure, causes=split(price=400_000, use=-390_000), years=(2024,)
    )
    assert said(still, "what") == (
        "De kosten van individuele begeleiding zijn in 2024 naar verwachting € 11,7 miljoen. "
        "Dat is vrijwel gelijk aan dat van 2023."
    )
    assert said(still, "why") == (
        "Het cijfer blijft vrijwel gelijk: het gaat omhoog door hogere prijzen (€ 400.000) en "
        "omlaag door minder gebruik per inwoner (€ 390.000)."
    )


def test_a_cause_that_may_go_either_way_is_named() -> None:
    either = (Cause("use", 610_000.0, -200_000.0, 1_300_000.0),)
    assert said(facts(causes=either), "why").endswith(
        "Bij het gebruik per inwoner kan het ook andersom uitvallen."
    )


def test_nothing_at_all_is_said_as_such() -> None:
    none = Figure(0.0, 0.0, 0.0)
    assert said(facts(figure=none, last=none, compared=None, causes=None), "what") == (
        "Er zijn in 2025 naar verwachting geen kosten voor individuele begeleiding."
    )
    assert said(clients(0, 0), "what") == (
        "Er zijn in 2025 naar verwachting geen cliënten met individuele begeleiding. "
        "Dat is precies gelijk aan dat van 2023."
    )
    assert said(clients(0, 0), "why") == "Er is geen verandering om uit te leggen."


def test_what_begins_from_nothing_is_told() -> None:
    assert said(clients(12, 0), "what").endswith("In 2023 waren er nog geen cliënten.")


def test_one_client_takes_the_singular() -> None:
    assert said(clients(2, 1), "what") == (
        "Het aantal cliënten met individuele begeleiding is in 2025 naar verwachting gemiddeld 2. "
        "Dat is 1 cliënt (100 procent) meer dan in 2023, gemiddeld 41 procent per jaar. "
        "In 2023 was het aantal gemiddeld 1."
    )
    assert said(clients(2, 1), "why") == (
        "De stijging komt vooral door meer gebruik per inwoner (1 cliënt)."
    )


def test_a_change_of_less_than_half_a_client_has_no_causes() -> None:
    assert said(clients(20.3, 20), "why") == "De verandering is te klein om oorzaken te noemen."


def test_a_million_clients_are_told_in_full() -> None:
    assert said(clients(1_000_000, 900_000), "what").startswith(
        "Het aantal cliënten met individuele begeleiding is in 2025 naar verwachting gemiddeld "
        "1 miljoen. Dat zijn 100.000 cliënten (11 procent) meer dan in 2023"
    )


def test_several_years_are_summed_with_their_course() -> None:
    whole = Figure(52_000_000.0, 48_000_000.0, 56_000_000.0)
    first, last = Figure(12_310_000.0), Figure(13_700_000.0)
    found = facts(years=(2025, 2026, 2027, 2028), figure=whole, first=first, last=last)
    assert said(found, "what") == (
        "De kosten van individuele begeleiding zijn van 2025 tot en met 2028 samen naar "
        "verwachting € 52 miljoen. "
        "Dat loopt op van € 12,3 miljoen in 2025 naar € 13,7 miljoen in 2028. "
        "In 2028 is dat € 2 miljoen (17 procent) meer dan in 2023, gemiddeld 3,2 procent per jaar. "
        "In 2023 was het € 11,7 miljoen."
    )


def test_a_known_figure_has_neither_causes_nor_margin() -> None:
    known = Figure(474_000_000.0, 474_000_000.0, 474_000_000.0, known=True)
    then = Compared(2020, Figure(490_000_000.0, known=True))
    found = facts(
        years=(2021,), figure=known, last=known, compared=then, causes=None, no_causes="known"
    )
    assert said(found, "what") == (
        "De kosten van individuele begeleiding waren in 2021 € 474 miljoen. "
        "Dat is € 16 miljoen (3,3 procent) minder dan in 2020. "
        "In 2020 was het € 490 miljoen."
    )
    assert "al bekend" in said(found, "why")
    assert said(found, "certainty") == "Dit cijfer is bekend en heeft dus geen marge."
    assert "beleid" not in said(found, "unknown")


def test_the_margin_is_named_and_judged_by_past_years() -> None:
    score = Score("product", 12, 3.63, simple_error=9.7, inside=10)
    assert said(facts(score=score), "certainty") == (
        "In acht van de tien gevallen komt het uit tussen € 11,6 miljoen en € 13 miljoen: een "
        "gewone marge, 12 procent van het cijfer. "
        "Bij 12 eerdere jaarcijfers van dit product zat de raming er gemiddeld 3,6 procent naast; "
        "10 vielen binnen de marge. "
        "Een eenvoudige methode (het laatst bekende jaar herhalen) zat er 9,7 procent naast."
    )


def test_it_is_said_when_the_simple_method_was_better_and_the_margin_too_narrow() -> None:
    score = Score("series", 15, 30.2, simple_error=18.0, inside=5, too_narrow=True)
    told = said(facts(score=score), "certainty")
    assert (
        "Een eenvoudige methode (het laatst bekende jaar herhalen) was beter: die zat er 18" in told
    )
    assert "5 vielen binnen de marge. Dat is minder dan 8 op de 10: houd een ruimere" in told


@pytest.mark.parametrize(
    ("width", "word"),
    [(SMALL - 1, "kleine"), (SMALL + 1, "gewone"), (LARGE - 1, "gewone"), (LARGE + 1, "grote")],
)
def test_a_margin_is_small_ordinary_or_large_by_stated_limits(width: float, word: str) -> None:
    figure = Figure(1e6, 1e6 * (1 - width / 200), 1e6 * (1 + width / 200))
    assert f"een {word} marge" in said(facts(figure=figure, last=figure), "certainty")


@pytest.mark.parametrize(
    ("inside", "told"),
    [(0, "geen enkel viel"), (1, "1 viel"), (2, "2 vielen"), (9, "alle 9 vielen")],
)
def test_how_many_fell_inside_takes_the_right_number(inside: int, told: str) -> None:
    score = Score("total", 9, 5.0, inside=inside)
    assert f"; {told} binnen de marge." in said(facts(score=score), "certainty")


def test_few_past_years_say_nothing_about_the_margin() -> None:
    told = said(facts(score=Score("product", 1, 5.0, inside=1)), "certainty")
    assert (
        "Bij 1 eerder jaarcijfer van dit product zat de raming er gemiddeld 5 procent naast."
        in told
    )


def test_without_an_earlier_edition_that_is_said_where_it_was_looked_for() -> None:
    found = facts(asked_earlier=True)
    assert said(found, "changes") == (
        "Er is geen eerdere editie met een cijfer om mee te vergelijken."
    )
    assert "changes" not in {part.key for part in explanation(facts())}


def test_a_difference_with_an_earlier_edition_is_told_apart() -> None:
    before = Figure(11_900_000.0, 11_000_000.0, 12_500_000.0)
    earlier = Earlier(date(2022, 12, 31), before, anchor_year=2023, anchor=300_000.0)
    assert said(facts(earlier=earlier, asked_earlier=True), "changes") == (
        "De editie van 31 december 2022 verwachtte € 11,9 miljoen; nu is dat € 410.000 "
        "(3,4 procent) meer. "
        "Het nieuwe cijfer ligt binnen de marge van toen. "
        "Het cijfer van 2023 ligt nu € 300.000 hoger dan toen. "
        "De verwachte ontwikkeling na 2023 valt € 110.000 hoger uit dan toen."
    )


def test_editions_that_count_other_series_are_not_told_apart() -> None:
    earlier = Earlier(DAY, Figure(9e6), anchor_year=2023, anchor=1e6, same_series=False)
    told = said(facts(earlier=earlier, asked_earlier=True), "changes")
    assert told.endswith("tellen niet dezelfde reeksen; dat verklaart een deel van het verschil.")
    assert "2023 ligt" not in told


def test_what_is_not_known_is_listed() -> None:
    unknown = Unknown(
        until=DAY,
        held=(
            HeldPart("Hulp door het wijkteam", "none"),
            HeldPart("Daghulp (code tot 2021)", "ended"),
            HeldPart("Wmo-vervoer", "gap", partly=True),
            HeldPart("Verblijf", "other"),
        ),
        held_year=2023,
        held_amount=1_590_000.0,
        open_months=6,
        assumed=(Assumed("VNG", 2025, 2027, 3.93),),
    )
    assert said(facts(unknown=unknown), "unknown") == (
        "Er is geen raming voor hulp door het wijkteam (bewust niet geraamd), daghulp (code tot "
        "2021; geen recente cijfers), een deel van Wmo-vervoer (aanlevering lijkt onvolledig) en "
        "1 ander product. "
        "In 2023 ging het daarbij om € 1,59 miljoen. "
        "De cijfers over de laatste 6 maanden zijn nog niet compleet en deels geschat. "
        "Voor 2025 tot en met 2027 is een prijsstijging van 3,9 procent per jaar aangenomen "
        "(index VNG). "
        "Wachtlijsten tellen niet mee, en beleid van na 31 december 2023 ook niet."
    )


def test_several_assumed_indices_are_named_together() -> None:
    assumed = (Assumed("OVA", 2025, 2025, 3.0), Assumed("VNG", 2025, 2027, 3.9))
    told = said(facts(unknown=replace(PLAIN, assumed=assumed, open_months=1)), "unknown")
    assert "De cijfers over de laatste maand zijn nog niet compleet en deels geschat." in told
    assert "Voor 2025 tot en met 2027 zijn de prijsindexen OVA en VNG aangenomen." in told


def test_a_budget_is_told_with_chance_amount_and_risk_line() -> None:
    budget = BudgetFacts(12e6, 12_310_000.0, 0.74, 0.8, 12_800_000.0, 800_000.0, 390_000.0)
    assert said(facts(budget=budget), "budget") == (
        "Begroot is € 12 miljoen; de raming is € 310.000 hoger. "
        "De kans dat de begroting te laag is, is ongeveer 3 op de 4. "
        "Met 80 procent zekerheid is € 12,8 miljoen genoeg: € 800.000 meer dan begroot. "
        "Voor de risicoparagraaf is kans maal effect € 390.000."
    )


def test_an_ample_budget_has_no_risk_line() -> None:
    budget = BudgetFacts(15e6, 12_310_000.0, 0.0, 0.8, 12_800_000.0, 0.0, 0.0)
    assert said(facts(budget=budget), "budget") == (
        "Begroot is € 15 miljoen; de raming is € 2,69 miljoen lager. "
        "In geen van de doorgerekende toekomsten is de begroting te laag. "
        "Met 80 procent zekerheid is € 12,8 miljoen genoeg, en dat past in de begroting."
    )


def test_a_hidden_number_gives_nothing_away() -> None:
    hidden = Figure(None)
    found = clients(
        0, figure=hidden, last=hidden, no_causes="protected", protected=True,
        compared=Compared(2023, Figure(40.0, known=True)),
    )  # fmt: skip
    told = {part.key: part.text for part in explanation(found)}
    assert told["what"] == (
        "Dit aantal is te klein om te noemen; zo zijn mensen niet te herkennen."
    )
    assert told["why"] == "Oorzaken zijn niet te geven bij cijfers die zijn beschermd."
    assert told["certainty"] == (
        "Een marge is hier niet te geven. "
        "De cijfers zijn afgerond om kleine aantallen te beschermen."
    )
    assert not re.search(r"\b40\b", " ".join(told.values()))


def test_a_hidden_year_before_is_not_compared_with() -> None:
    found = clients(
        25, compared=Compared(2023, Figure(None)), causes=None, no_causes="protected",
        protected=True,
    )  # fmt: skip
    assert said(found, "what") == (
        "Het aantal cliënten met individuele begeleiding is in 2025 naar verwachting gemiddeld 25. "
        "Vergelijken met 2023 kan niet: dat aantal is te klein om te noemen."
    )


def test_a_hidden_number_of_an_earlier_edition_is_not_compared_with() -> None:
    earlier = Earlier(DAY, Figure(None))
    assert said(facts(earlier=earlier, asked_earlier=True), "changes") == (
        "Vergelijken met de editie van 31 december 2023 kan niet: het aantal is te klein."
    )


def test_a_year_without_a_figure_is_said_to_have_none() -> None:
    found = facts(figure=None, last=None)
    assert [part.key for part in explanation(found)] == ["what", "unknown"]
    assert said(found, "what") == "Deze editie heeft geen cijfer voor 2025."


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (Subject(), "alle producten samen"),
        (Subject(law="Jeugdwet", place="Voorbeeldstad"), "de Jeugdwet in Voorbeeldstad"),
        (Subject(products=("Wmo-vervoer", "Opvang")), "Wmo-vervoer en opvang"),
        (Subject(("A",) * 5, municipalities=2), "5 gekozen producten samen in 2 gemeenten"),
        (Subject(districts=("Centrum", "Noord")), "alle producten samen in Centrum en Noord"),
        (Subject(districts=("Noord",), unplaced=True),
         "alle producten samen in Noord en zonder bekend gebied"),
        (Subject(unplaced=True), "alle producten samen zonder bekend gebied"),
        (Subject(districts=("a", "b", "c", "d")), "alle producten samen in 4 gekozen gebieden"),
    ],
)  # fmt: skip
def test_a_selection_is_named(subject: Subject, told: str) -> None:
    assert said(facts(subject=subject), "what").startswith(f"De kosten van {told} zijn in 2025 ")


def test_combinations_and_volume_are_named_for_what_they_are() -> None:
    both = clients(3_000, 2_500, unit="client-product combinations", subject=Subject())
    assert said(both, "what").startswith(
        "Het aantal combinaties van cliënt en product voor alle producten samen is in 2025 naar "
        "verwachting gemiddeld 3.000. Dat zijn 500 combinaties (20 procent) meer dan in 2023"
    )
    figure = Figure(1_240.0, 1_000.0, 1_500.0)
    volume = facts("volume", unit="dagdeel", figure=figure, last=figure, compared=None,
                   causes=None, no_causes="measure")  # fmt: skip
    assert said(volume, "what") == (
        "Het volume van individuele begeleiding is in 2025 naar verwachting ruim 1.200 dagdelen."
    )


def test_english_says_the_same_in_as_many_paragraphs() -> None:
    score = Score("product", 12, 3.63, simple_error=9.7, inside=10)
    found = facts(score=score)
    assert [part.key for part in explanation(found, "en")] == [p.key for p in explanation(found)]
    assert said(found, "what", "en") == (
        "Cost of Individuele begeleiding is expected to be €12.3 million in 2025. "
        "That is €610,000 (5.2 percent) more than in 2023, 2.6 percent a year on average. "
        "In 2023 it was €11.7 million."
    )
