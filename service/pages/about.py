"""About: what figures mean, where they come from, and the model behind the edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.api.definition_texts import DEFINITIONS
from service.api.model_cards import card_of
from service.pages.frame import Page, page
from service.pages.question import PageQuestion
from service.pages.telling import said


@page("about", PageQuestion)
def about(one: Page) -> Mapping[str, Any]:
    """Return what the page about the forecast shows."""
    card = None if one.share is None else card_of(one.seen)
    told = [] if card is None else card["assumptions"] or []
    return {
        "definitions": DEFINITIONS,
        "card": card,
        "assumptions": [said(str(sentence), one.language) for sentence in told],
    }
