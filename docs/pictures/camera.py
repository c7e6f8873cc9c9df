"""Goes to each scene in each look and takes its picture."""

from __future__ import annotations

import base64
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from playwright.sync_api import Browser, Error, Page, sync_playwright

from docs.pictures import staging
from docs.pictures.scenes import SCENES, Scene
from docs.pictures.serving import served

IMAGES = Path(__file__).parents[1] / "images"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "phone": {"color_scheme": "light", "viewport": NARROW, "has_touch": True, "is_mobile": True},
}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"]
QUALITY, LONGEST = 50, 1200


def take_all(*, only: list[str], looks: list[str], png: Path | None) -> list[str]:
    """The pictures; the names of those whose way could not be gone."""
    passwords = staging.prepare()
    scenes = [scene for scene in SCENES if not only or scene.name in only]
    (png or IMAGES).mkdir(parents=True, exist_ok=True)
    missed: list[str] = []
    with served(), sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        for look in looks:
            missed += _take(browser, look, scenes, passwords, png)
        browser.close()
    return missed


def _take(
    browser: Browser, look: str, scenes: list[Scene], passwords: dict[str, str], png: Path | None
) -> Iterator[str]:
    pages: dict[str, Page] = {}
    for scene in scenes:
        if scene.person not in pages:
            pages[scene.person] = _visitor(browser, scene.person, passwords, LOOKS[look])
        page = pages[scene.person]
        page.set_viewport_size(LOOKS[look]["viewport"])
        staging.wind(spread=scene.is_list)
        try:
            scene.arrange(page)
            page.wait_for_timeout(150)
            _snap(page, f"{scene.name}-{look}", whole=scene.whole, png=png)
            page.unroute_all()
        except (Error, ObjectDoesNotExist) as error:
            print(f"{scene.name} in {look}: {error}", file=sys.stderr)  # noqa: T201
            del pages[scene.person]
            yield f"{scene.name}-{look}"


def _visitor(browser: Browser, name: str, passwords: dict[str, str], look: dict[str, Any]) -> Page:
    page = browser.new_context(
        base_url=f"http://127.0.0.1:{settings.PORT}", reduced_motion="reduce", **look
    ).new_page()
    page.set_default_timeout(40_000)
    if name:
        page.goto("/login/")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(passwords[name])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
    return page


def _snap(page: Page, name: str, *, whole: bool, png: Path | None) -> None:
    """The page as tall as it is, within reason; what sticks to the window is where it belongs."""
    size = page.viewport_size or WIDE
    height = page.evaluate("document.documentElement.scrollHeight")
    if whole and height > size["height"]:
        page.set_viewport_size(size | {"height": min(height, LONGEST)})
        page.wait_for_timeout(60)
    if png:
        page.screenshot(path=png / f"{name}.png")
        return
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))
    session.detach()
