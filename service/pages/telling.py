"""The explanation in words beside figures: the same sentences as the API and the reports."""

from __future__ import annotations

from models.asking import Selection
from models.errors import SelectionError
from models.explanation import Paragraph, explanation
from models.fact_figures import Source
from models.fact_finding import gather
from service.api.scope import Share, Sight, earlier_shares
from service.pages.frame import Page


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
