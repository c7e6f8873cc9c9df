"""Takes the pictures in docs/images from a running demo.

Start `make demo` in one terminal and run `make screenshots` in another. What is typed into the
form for the picture stays bob's draft; it is not sent.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
DATA = Path(os.environ.get("LANGVEL_DATA_DIR") or ROOT / ".langvel")
SITE = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def main() -> None:
    password = json.loads((DATA / "demo-passwords.json").read_text())["bob"]
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        page = visit(browser, password, viewport=WIDE, color_scheme="light")
        inbox(page, "inbox.png")
        review(page, "review.png")
        review(visit(browser, password, viewport=WIDE, color_scheme="dark"), "review-dark.png")
        inbox(visit(browser, password, viewport=NARROW, color_scheme="light"), "inbox-phone.png")
        browser.close()


def visit(browser: Browser, password: str, **look: object) -> Page:
    """A page of a browser in which bob has signed in."""
    page = browser.new_context(**look).new_page()
    page.goto(f"{SITE}/login/")
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{SITE}/")
    return page


def inbox(page: Page, name: str) -> None:
    page.goto(f"{SITE}/")
    page.wait_for_selector("#live[data-state=on]")
    page.screenshot(path=IMAGES / name)


def review(page: Page, name: str) -> None:
    """A refund that a reviewer has lowered and is about to approve."""
    page.goto(f"{SITE}/?agent=refunds&risk=high")
    page.locator(".row-link").first.click()
    page.locator("#fields").get_by_label("Amount").fill("640.00")
    page.locator("#fields").get_by_label("Priority").select_option("urgent")
    page.locator("#changes table").wait_for()
    page.locator("#fields").get_by_role("button", name="Add item").first.focus()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.wait_for_selector("#live[data-state=on]")
    page.screenshot(path=IMAGES / name)


if __name__ == "__main__":
    main()
