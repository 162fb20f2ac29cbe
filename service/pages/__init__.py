"""The pages for people: server-rendered, in Dutch with an English switch, without any script."""

from service.pages import (
    about,
    assets,
    budget,
    budget_kept,
    budget_upload,
    explore,
    overview,
    reliability,
    reporting,
    scenario,
    scenario_kept,
    sign_in,
)
from service.pages.frame import BLUEPRINT, not_found

__all__ = [
    "BLUEPRINT",
    "about",
    "assets",
    "budget",
    "budget_kept",
    "budget_upload",
    "explore",
    "not_found",
    "overview",
    "reliability",
    "reporting",
    "scenario",
    "scenario_kept",
    "sign_in",
]
