"""The pages for people: server-rendered, in Dutch with an English switch, without any script."""

from service.pages import about, assets, budget, explore, overview, reliability, scenario
from service.pages.frame import BLUEPRINT

__all__ = [
    "BLUEPRINT",
    "about",
    "assets",
    "budget",
    "explore",
    "overview",
    "reliability",
    "scenario",
]
