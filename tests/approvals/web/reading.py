"""Reading pages in tests: what a person would find on them."""

from __future__ import annotations

import html
import re
from typing import Any

HTMX = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/somewhere/?q=1"}


def shown(response: Any) -> list[tuple[int, str]]:
    """The questions on a page, in order, with the status each is shown in."""
    found = re.findall(r'data-interrupt="(\d+)" data-status="(\w+)"', response.content.decode())
    return [(int(pk), status) for pk, status in found]


def words(response: Any) -> str:
    """The text of a page, in one line."""
    text = re.sub(
        r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL
    )
    return re.sub(r"\s+", " ", html.unescape(text)).strip()


def fields(response: Any) -> dict[str, str]:
    """What the browser would post from the answer form: its inputs, selects and text areas."""
    page = response.content.decode()
    names = _attributes(page, r"<input[^>]*>") | _areas(page) | _selects(page)
    return {name: html.unescape(value) for name, value in names.items()}


def _attributes(page: str, pattern: str) -> dict[str, str]:
    found = {}
    for tag in re.findall(pattern, page):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        is_off = re.search(r'type="(checkbox|radio)"', tag) and " checked" not in tag
        if name and not is_off:
            found[html.unescape(name[1])] = value[1] if value else ""
    return found


def _areas(page: str) -> dict[str, str]:
    areas = re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    return {html.unescape(name): text for name, text in areas}


def _selects(page: str) -> dict[str, str]:
    found = {}
    for name, inside in re.findall(
        r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        options = re.findall(r'<option value="([^"]*)"( selected)?', inside)
        found[html.unescape(name)] = next((v for v, on in options if on), options[0][0])
    return found
