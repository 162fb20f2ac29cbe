"""About: what figures mean, where they come from, and the model behind the edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.api.definition_texts import DEFINITIONS
from service.api.model_cards import card_of
from service.pages.frame import Page, page
from service.pages.question import PageQuestion


@page("about", PageQuestion)
def about(one: Page) -> Mapping[str, Any]:
    """Return what the page about the forecast shows."""
    card = None if one.share is None else card_of(one.seen)
    return {"definitions": DEFINITIONS, "card": card}
