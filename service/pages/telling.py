"""What pages say in words: the explanation beside figures, and what an edition says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from models.asking import Selection
from models.dutch_sentences import in_dutch
from models.errors import SelectionError
from models.explanation import Paragraph, explanation
from models.fact_figures import Source
from models.fact_finding import gather
from service.api.scope import Share, Sight, earlier_shares
from service.pages.frame import Page
from service.texts import Language


@dataclass(frozen=True)
class Said:
    """A sentence of an edition and its language."""

    text: str
    language: Language


def said(sentence: str, language: Language) -> Said:
    """Return a sentence of an edition as a page shows it; English where no other words are known.

    Args:
        sentence: as it stands in the edition, in English.
        language: of the page.
    """
    dutch = in_dutch(sentence) if language == "nl" else None
    return Said(sentence, "en") if dutch is None else Said(dutch, "nl")


def paragraphs(
    one: Page, measure: str, products: tuple[str, ...], years: tuple[int, ...]
) -> tuple[Paragraph, ...]:
    """Return what there is to say about a selection of the page; nothing where that is nothing.

    Args:
        one: the page; its district counts.
        measure: clients, volume or cost.
        products: codes; empty = all.
        years: successive.
    """
    district = one.asked.query.district
    wish = Selection(
        measure,
        municipalities=one.seen.municipalities,
        products=products,
        districts=(district,) if district else (),
    )
    before = earlier_shares(one.asked, [one.seen], None) if one.is_exact else []
    try:
        earlier = source(before[0]) if before else None
        facts = gather(source(one.seen), wish, years, earlier, compare=one.is_exact)
    except SelectionError:  # what has no honest answer is said beside the figures already
        return ()
    return explanation(facts, one.language)


def source(share: Share) -> Source:
    """Return an edition as an explanation is made from it: as far as the asker sees it."""
    return Source(share.edition, share.answer, share.sight is not Sight.EXACT, share.is_whole)
