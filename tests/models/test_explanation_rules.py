"""What holds of every explanation: well formed, short, never untrue."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.explanation import Language, explanation
from models.facts import Compared, Facts, Figure
from tests.models.explained import CHANGES, any_facts, facts, said, split

pytestmark = pytest.mark.unit
CODES = (
    "None",
    "nan",
    "inf",
    "clients",
    "cost",
    "demography",
    "interaction",
    "EUR",
    "  ",
    "()",
    " .",
)
WRONG = {
    "nl": (
        *("kosten stijgt", "kosten is", "kosten was", "aantal zijn", "aantal waren", "volume zijn"),
        *(
            "1 cliënten",
            "1 combinaties",
            "1 etmalen",
            "zijn 1 cliënt ",
            "is 2 cliënten",
            " 1 maanden",
        ),
        *(
            "alle 1 ",
            "de de ",
            "het het ",
            "ongeveer minder",
            "ongeveer ruim",
            "gemiddeld gemiddeld",
        ),
        *(" use ", " price ", "policy"),
    ),
    "en": ("1 clients", "about less", "the the ", "a ordinary", "de kosten"),
}


def wrongly(text: str, words: tuple[str, ...]) -> list[str]:
    """Return the words that occur in a text, not as the end of a longer number or word."""
    return [word for word in words if re.search(rf"(?<![\w.,]){re.escape(word)}", text)]


@given(found=any_facts())
def test_every_sentence_is_well_formed_in_both_languages(found: Facts) -> None:
    languages: tuple[Language, ...] = ("nl", "en")
    for language, part in ((lang, p) for lang in languages for p in explanation(found, lang)):
        assert part.sentences
        for sentence in part.sentences:
            assert sentence[0].isupper(), sentence
            assert sentence.endswith("."), sentence
            assert not re.search(r"\.\.|,,| ,|;\.|:\.|\s\s|\(\)", sentence), sentence
            assert not wrongly(sentence, WRONG[language]), sentence
            assert not [code for code in CODES[:4] if language == "nl" and code in sentence.split()]
            assert len(re.findall(r"\(", sentence)) == len(re.findall(r"\)", sentence)), sentence


@given(found=any_facts())
def test_paragraphs_are_short_and_come_in_one_order(found: Facts) -> None:
    parts = explanation(found)
    order = ("what", "why", "certainty", "changes", "unknown", "budget")
    assert [part.key for part in parts] == [key for key in order if key in {p.key for p in parts}]
    for part in parts:
        assert 1 <= len(part.sentences) <= (6 if part.key == "unknown" else 4), part
    words = [len(sentence.split()) for part in parts for sentence in part.sentences]
    assert sum(words) / len(words) <= 25, parts


@given(found=any_facts())
def test_the_same_figures_give_the_same_words(found: Facts) -> None:
    assert explanation(found) == explanation(found)


@given(sizes=CHANGES.filter(lambda sizes: abs(sum(sizes.values())) > 1e6))
def test_causes_named_are_the_largest_and_go_the_way_they_are_said_to(
    sizes: dict[str, float],
) -> None:
    then = abs(sum(sizes.values())) * 2 + 1
    found = facts(compared=Compared(2023, Figure(then, known=True)), causes=split(**sizes))
    told = said(found, "why")
    ways = {
        "use": ("meer gebruik", "minder gebruik"),
        "price": ("hogere prijzen", "lagere prijzen"),
    }
    for code, (more, less) in ways.items():
        size = sizes.get(code, 0.0)
        assert more not in told or size > 0
        assert less not in told or size < 0
    assert ("De stijging" in told) == (sum(sizes.values()) > 0)


@given(now=st.floats(1, 1e9), then=st.floats(1, 1e9))
def test_more_is_never_said_of_less(now: float, then: float) -> None:
    figure = Figure(now, now, now)
    found = facts(figure=figure, last=figure, compared=Compared(2024, Figure(then, known=True)))
    told = said(found, "what")
    assert now > then or " meer dan in" not in told
    assert now < then or " minder dan in" not in told


@pytest.mark.parametrize(("key", "language"), list(product(("what", "why"), ("nl", "en"))))
def test_numbers_stand_in_the_form_of_the_language(key: str, language: Language) -> None:
    told = said(facts(causes=split(price=1_234_567, use=-624_567)), key, language)
    assert ("€ 1,23 miljoen" in told) == (key == "why" and language == "nl")
    assert ("€1.23 million" in told) == (key == "why" and language == "en")
