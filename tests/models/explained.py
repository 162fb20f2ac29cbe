"""Facts to explain, made by tests; and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from models.drivers import CAUSES
from models.explanation import Language, explanation
from models.facts import (
    Assumed,
    BudgetFacts,
    Cause,
    Compared,
    Earlier,
    Facts,
    Figure,
    HeldPart,
    Score,
    Subject,
    Unknown,
)

DAY = date(2023, 12, 31)
GUIDANCE = Subject(products=("Individuele begeleiding",))
PLAIN = Unknown(until=DAY)


def split(**sizes: float) -> tuple[Cause, ...]:
    """Return causes of these sizes, each certain of its direction; the others are zero."""
    return tuple(
        Cause(code, size, size * 0.9, size * 1.1)
        for code in CAUSES
        for size in [sizes.get(code, 0.0)]
    )


def facts(measure: str = "cost", **given_: Any) -> Facts:  # noqa: ANN401 - any part of the facts
    """Return facts of guidance in 2025, grown from 11.7 to 12.3 million euros since 2023."""
    figure = Figure(12_310_000.0, 11_600_000.0, 13_020_000.0)
    usual = Facts(
        subject=GUIDANCE,
        measure=measure,
        unit="EUR" if measure == "cost" else "clients",
        years=(2025,),
        figure=figure,
        last=figure,
        unknown=PLAIN,
        compared=Compared(2023, Figure(11_700_000.0, known=True)),
        causes=split(price=500_000, demography=200_000, use=-90_000),
    )
    return replace(usual, **given_)


def clients(now: float, then: float | None = None, **given_: Any) -> Facts:  # noqa: ANN401
    """Return facts of clients now and in 2023."""
    figure = Figure(now, now * 0.8, now * 1.2)
    before = None if then is None else Compared(2023, Figure(then, known=True))
    causes = None if then is None else split(use=now - then)
    parts = {"figure": figure, "last": figure, "compared": before, "causes": causes}
    return facts("clients", **{**parts, **given_})


def said(found: Facts, key: str, language: Language = "nl") -> str:
    """Return the text of one paragraph."""
    return next(part.text for part in explanation(found, language) if part.key == key)


SIZES = st.one_of(st.just(0.0), st.floats(0.01, 1e10), st.integers(0, 2000).map(float))
FIGURES = st.builds(
    lambda mean, down, up, known: Figure(mean, mean * down, mean * up, known),
    SIZES, st.floats(0.2, 1.0), st.floats(1.0, 3.0), st.booleans(),
)  # fmt: skip
CHANGES = st.dictionaries(st.sampled_from(CAUSES), st.floats(-1e9, 1e9), max_size=6)
WORDS = st.sampled_from(["Begeleiding", "Wmo-vervoer", "PGB", "Hulp (nieuw)", "Jeugd-ggz"])


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    """Draw facts of any kind, hidden ones and empty ones included."""
    measure, unit = draw(
        st.sampled_from(
            [("cost", "EUR"), ("clients", "clients"), ("volume", "uur"), ("volume", "etmaal"),
             ("clients", "client-product combinations, bases mixed")]
        )
    )  # fmt: skip
    years = tuple(range(2025, 2025 + draw(st.integers(1, 4))))
    figure = draw(st.one_of(st.none(), st.just(Figure(None)), FIGURES))
    last = draw(FIGURES) if figure is not None and figure.mean is not None else figure
    causes = draw(st.one_of(st.none(), CHANGES))
    holes = {"figure": figure, "last": last if len(years) > 1 else figure, "years": years}
    holes["first"] = draw(FIGURES) if len(years) > 1 and figure is not None else None
    holes["compared"] = draw(
        st.one_of(
            st.none(),
            st.builds(Compared, st.integers(2020, 2024), FIGURES, st.booleans(), st.booleans()),
        )
    )
    holes["causes"] = None if causes is None else tuple(
        Cause(code, size, size - 1.0, size + draw(st.floats(0, 5))) for code, size in causes.items()
    )  # fmt: skip
    holes["score"] = draw(
        st.one_of(
            st.none(),
            st.builds(
                Score,
                st.sampled_from(["total", "wider", "product", "district", "series"]),
                st.integers(20, 99),
                st.floats(0, 300),
                st.one_of(st.none(), st.floats(0, 300)),
                st.one_of(st.none(), st.integers(0, 20)),
                st.booleans(),
            ),
        )
    )
    holes["earlier"] = draw(
        st.one_of(
            st.none(),
            st.builds(Earlier, st.just(DAY), FIGURES, st.none() | st.just(2023),
                      st.floats(-1e9, 1e9), st.booleans()),
        )
    )  # fmt: skip
    holes["asked_earlier"] = draw(st.booleans())
    holes["no_causes"] = draw(st.sampled_from(["known", "early", "measure", "edition", "nothing"]))
    holes["subject"] = Subject(
        tuple(draw(st.lists(WORDS, max_size=5))),
        districts=tuple(draw(st.lists(st.sampled_from(["Noord", "Wijk 04 Zuid"]), max_size=5))),
        unplaced=draw(st.booleans()),
        place=draw(st.none() | st.just("Voorbeeldstad")),
    )
    holes["unknown"] = draw(
        st.builds(
            Unknown,
            st.just(DAY),
            st.lists(
                st.builds(HeldPart, WORDS, st.sampled_from(["none", "ended", "gap", "other"]),
                          st.booleans()),
                max_size=5,
            ).map(tuple),
            st.just(2023),
            st.none() | SIZES,
            st.integers(0, 12),
            st.lists(st.builds(Assumed, st.sampled_from(["VNG", "OVA"]), st.just(2024),
                               st.just(2026), st.floats(-3, 9)), max_size=3).map(tuple),
            st.sampled_from([(), ("prices",), ("projection",), ("prices", "projection")]),
        )
    )  # fmt: skip
    holes["protected"] = draw(st.booleans())
    holes["budget"] = draw(
        st.one_of(
            st.none(),
            st.builds(BudgetFacts, SIZES, SIZES, st.floats(0, 1), st.sampled_from([0.5, 0.8, 0.95]),
                      SIZES, SIZES, SIZES),
        )
    )  # fmt: skip
    return replace(facts(measure, unit=unit), **holes)
