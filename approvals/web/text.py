"""Text that people did not write for this page: shown so that nothing in it can hide."""

from __future__ import annotations

import re

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MARKDOWN_LIMIT = 20_000
"""Longer text is shown as it is: 88 KB of markdown take a quarter of a second to render."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    # Joiners belong between letters of many scripts and in emoji, never beside ASCII.
    r"|(?:(?<=[\x00-\x7f])|\A)[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|\Z)"
)
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
)
_TAGS = {
    "p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def name_of(char: str) -> str:
    return f"U+{ord(char):04X}"


def reveal(text: object) -> SafeString:
    """Escaped text in which invisible and direction-changing characters are spelt out."""
    escaped = escape(str(text))
    return mark_safe(  # noqa: S308 - escaped on the line above; what is added is our own
        _UNSEEN.sub(lambda m: f'<span class="unseen">{name_of(m[0])}</span>', escaped)
    )


def render_markdown(text: str) -> SafeString:
    """Markdown of an agent as harmless HTML: no raw HTML, no images, no scripts, no foreign style."""
    if len(text) > MARKDOWN_LIMIT:
        return reveal(text)
    plain = _UNSEEN.sub(lambda m: f"⟨{name_of(m[0])}⟩", text)
    html = nh3.clean(
        _MARKDOWN.render(plain),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308 - nh3 has just cleaned it
