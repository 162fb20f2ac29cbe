"""The pages in a real browser: accessible, by keyboard, narrow, without scripts."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from docx import Document
from flask import Flask
from playwright.sync_api import Browser, HttpCredentials, Locator, Page, sync_playwright
from werkzeug.serving import make_server

from service.access.roles import Role
from service.app import create_app
from service.context import service_of
from service.pages.frame import MENU
from service.settings import read_settings
from tests.editions import build_edition
from tests.service.conftest import FIRST
from tests.service.test_watching import FAR_OFF, NOON, scored
from tests.split_editions import build_split_edition

pytestmark = [
    pytest.mark.contract,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
ADDRESSES = (
    *MENU.values(),
    "/explore?subject=law:Wmo+2015&frequency=year&measure=clients",
    "/budget?amount1=100&amount2=100&amount3=100&amount4=100",
    "/scenario?percent=-5&reason=proef&budget=100",
    "/scenario?percent=x",
    "/budget/upload",
    "/nergens",
)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on this machine and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def base(demo_app: Flask) -> Iterator[str]:
    """Serve the demonstration on this machine and return its address."""
    with served(demo_app) as address:
        yield address


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve a municipality that spends enough to tell thousands; give the address and a key."""
    folder = tmp_path_factory.mktemp("working")
    build_split_edition(folder / "editions", municipality=FIRST, level=4000.0)
    database = f"sqlite:///{folder}/state.sqlite"
    settings = read_settings(
        editions=folder / "editions", database_url=database, audit_dir=folder / "audit"
    )
    app = create_app(settings)
    keys = service_of(app).keys
    assert keys is not None
    key, _ = keys.create("test", Role.CONTROLLER, (FIRST,), 30)
    with served(app) as address:
        yield address, key


@pytest.fixture
def controller(browser: Browser, working: tuple[str, str]) -> Iterator[tuple[Page, str]]:
    """Return a page of a controller, and where the service is."""
    address, key = working
    known = HttpCredentials(username=key.split("_")[1], password=key)
    context = browser.new_context(http_credentials=known)
    yield context.new_page(), address
    context.close()


def fits(page: Page) -> bool:
    """Tell whether a page is accessible, and whole in 320 pixels."""
    page.set_viewport_size({"width": 320, "height": 640})
    narrow = page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1280, "height": 720})
    return bool(narrow) and Axe().run(page, options=RULES).violations_count == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's own browser."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield one
        one.close()


def opened(browser: Browser, address: str, **options: Any) -> Page:  # noqa: ANN401
    page = browser.new_context(**options).new_page()
    page.goto(address)
    return page


def of(base: str, path: str) -> str:
    return f"{base}{path}{'&' if '?' in path else '?'}municipality={FIRST}"


@pytest.mark.parametrize("path", [*ADDRESSES, "/v1/docs"])
def test_axe_finds_nothing(browser: Browser, base: str, path: str) -> None:
    page = opened(browser, of(base, path) if path != "/v1/docs" else f"{base}{path}")
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    page.context.close()


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_an_edition_off_track_says_so_on_an_accessible_page(
    browser: Browser, tmp_path: Path, lang: str
) -> None:
    folder = build_edition(tmp_path / "editions", only=("HH", "BG"))
    scored(folder, 2.0, alarms=FAR_OFF)
    app = create_app(read_settings(editions=folder.parent, demo=True), clock=lambda: NOON)
    with served(app) as address:
        page = opened(browser, f"{address}/reliability?lang={lang}")
        assert page.locator("#koers + .warning").is_visible()
        assert page.locator("section:has(#koers) li").count() == len(FAR_OFF)
        assert fits(page)
        page.context.close()


@pytest.mark.parametrize("path", ["/", "/explore"])
def test_axe_finds_nothing_in_forced_colours_and_in_english(
    browser: Browser, base: str, path: str
) -> None:
    page = opened(browser, of(base, f"{path}?lang=en"), forced_colors="active")
    assert Axe().run(page, options=RULES).violations_count == 0
    page.context.close()


@pytest.mark.parametrize("path", ADDRESSES)
def test_nothing_needs_sideways_scrolling_at_320_pixels(
    browser: Browser, base: str, path: str
) -> None:
    # A window of 1,280 pixels at 400 % zoom is 320 of them, each drawn with four by four.
    size = {"width": 320, "height": 640}
    page = opened(browser, of(base, path), viewport=size, device_scale_factor=4)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"], path
    page.context.close()


def test_the_first_key_leads_past_the_menu(browser: Browser, base: str) -> None:
    page = opened(browser, of(base, "/"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "inhoud"
    page.context.close()


def test_every_link_field_and_button_is_reached_by_keyboard_and_seen(
    browser: Browser, base: str
) -> None:
    page = opened(browser, of(base, "/scenario"))
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href],select,input:not([type=hidden]),button')].length"
    )
    seen = set()
    for _ in range(3 * wanted):
        page.keyboard.press("Tab")
        state = page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
            return [e.tagName + '|' + (e.id || e.getAttribute('href') || e.textContent),
                    s.outlineStyle !== 'none' || s.boxShadow !== 'none'] }"""
        )
        if state[0].startswith("BODY"):
            break
        seen.add(state[0])
        assert state[1], state[0]
    assert len([name for name in seen if not name.startswith(("DIV", "FIGURE"))]) >= wanted - 1
    page.context.close()


def test_without_scripts_a_choice_is_made_and_shown(browser: Browser, base: str) -> None:
    page = opened(browser, of(base, "/"), java_script_enabled=False)
    page.get_by_label("Wat", exact=True).select_option(label="Jeugdwet")
    page.get_by_role("button", name="Toon").click()
    assert "subject=law%3AJeugdwet" in page.url
    assert page.get_by_role("heading", level=1).inner_text().endswith("Jeugdwet")
    page.context.close()


def test_a_measure_is_tried_by_keyboard_alone(browser: Browser, base: str) -> None:
    page = opened(browser, of(base, "/scenario"))
    page.get_by_label("Met hoeveel procent").focus()
    page.keyboard.type("-5")
    page.get_by_label("Reden").focus()
    page.keyboard.type("proef")
    page.keyboard.press("Enter")
    page.wait_for_url("**/scenario?**percent=-5**")
    assert page.get_by_role("heading", name="Effect per jaar: proef").is_visible()
    page.context.close()


def test_every_picture_has_a_name_and_its_table(browser: Browser, base: str) -> None:
    page = opened(browser, of(base, "/"))
    pictures = page.locator("[role=img]")
    assert pictures.count() >= 2
    for at in range(pictures.count()):
        assert pictures.nth(at).get_attribute("aria-label")
    assert page.locator("table caption").count() >= pictures.count()
    page.context.close()


def test_from_opening_to_a_downloaded_underpinning_in_at_most_twelve_clicks(
    browser: Browser, base: str, tmp_path: Path
) -> None:
    page = opened(browser, of(base, "/"), accept_downloads=True)
    clicks = 0

    def click(place: Locator) -> None:
        nonlocal clicks
        clicks += 1
        place.click()

    click(page.get_by_role("link", name="Scenario"))
    clicks += 2  # opening a list and choosing from it
    page.get_by_label("Wat", exact=True).select_option(label="Wmo 2015")
    clicks += 2
    page.get_by_label("Zekerheid").select_option(label="80 %")
    for label, text in (("Met hoeveel procent", "-5"), ("Reden", "minder lange trajecten")):
        click(page.get_by_label(label))
        page.keyboard.type(text)
    click(page.get_by_role("button", name="Reken door"))
    with page.expect_download() as waiting:
        click(page.get_by_role("link", name="Word").first)
    assert clicks <= 12
    place = tmp_path / "onderbouwing.docx"
    waiting.value.save_as(place)
    said = "\n".join(part.text for part in Document(str(place)).paragraphs)
    assert "minder lange trajecten" in said
    assert "80" in said
    page.context.close()


def budget(page: Page, address: str, table: str) -> None:
    """Send a budget from its form, by keyboard."""
    page.goto(f"{address}/budget/upload")
    page.get_by_label("Bestand met de begroting").set_input_files(
        {"name": "begroting.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    page.get_by_label("Naam", exact=True).focus()
    page.keyboard.type("Programmabegroting 2024-2027")
    page.get_by_label("Versie", exact=True).focus()
    page.keyboard.type("primitief")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_budget_is_read_in_asked_about_kept_and_explained(
    controller: tuple[Page, str],
) -> None:
    page, address = controller
    budget(page, address, "jaar;bedrag_eur;product\n2024;veel;HH\n2025;5;NERGENS\n")
    assert page.get_by_text("dit is geen bedrag").is_visible()
    assert fits(page)
    budget(page, address, "jaar;bedrag_eur;product;taakveld\n2024;31500;HH;\n2024;30;;6.1\n")
    assert page.get_by_role("heading", name="Staan de bedragen in duizenden?").is_visible()
    assert fits(page)
    page.get_by_role("button", name="Duizenden").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/budget/kept?**")
    assert page.get_by_text("31.530.000,00").is_visible()
    assert fits(page)
    page.get_by_role("link", name="Waarom wijkt zij af").click()
    assert page.get_by_role("heading", name="Waarom wijkt dit af van mijn Excel").is_visible()
    assert fits(page)
    page.get_by_role("link", name="Overzicht").click()
    assert page.get_by_role("heading", name="Begroting naast de raming").is_visible()
    assert fits(page)


def test_a_measure_is_kept_cited_and_found_again(controller: tuple[Page, str]) -> None:
    page, address = controller
    page.goto(f"{address}/scenario?percent=-5&reason=proef")
    page.get_by_label("Naam", exact=True).fill("Minder lange trajecten")
    page.keyboard.press("Enter")
    page.wait_for_url("**/scenario/kept?**")
    assert page.get_by_role("heading", name="Scenario: Minder lange trajecten").is_visible()
    assert fits(page)
    page.get_by_label("Document of besluit").fill("RV 2025-12")
    page.keyboard.press("Enter")
    page.get_by_text("verandert niet meer").wait_for()
    assert fits(page)
    page.get_by_role("link", name="Bewaarde scenario's").click()
    page.get_by_role("link", name="Minder lange trajecten").click()
    assert page.get_by_text("RV 2025-12").is_visible()
