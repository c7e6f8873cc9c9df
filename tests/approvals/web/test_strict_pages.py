"""What a strict content security policy would block never gets into a template."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN = {
    "an inline style": r"\sstyle=",
    "a style element": r"<style",
    "a script without a source": r"<script(?![^>]*\ssrc=)",
    "an inline handler": r"<[^>]*\son\w+=",
    "an htmx handler": r"hx-on",
    "evaluated values": r"(hx-vals|hx-headers)=.js:",
    "an evaluated trigger filter": r"hx-trigger=\"[^\"]*\[",
    "text trusted by hand": r"\|\s*safe\b|autoescape off",
    "another host": r"(src|href|action)=\"(https?:)?//",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what):
    pattern = re.compile(FORBIDDEN[what], re.IGNORECASE)

    guilty = [str(path.relative_to(ROOT)) for path in TEMPLATES if pattern.search(path.read_text())]

    assert guilty == []


def test_each_script_stays_small():
    sizes = {path.name: path.stat().st_size for path in (ROOT / "static" / "js").glob("*.js")}

    assert {name: size for name, size in sizes.items() if size > 6_000} == {}
