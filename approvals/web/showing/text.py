"""Text that people did not write for this page: shown so that nothing in it can hide."""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from approvals.hiding.untrusted import UNSEEN, mixture, name_of, size_of, spelt_out

MARKDOWN_LIMIT = 20_000
"""Longer text is shown as it is: 88 KB of markdown take a quarter of a second to render."""

SHORT, LONG, WHOLE = 300, 2_000, 200_000
"""Characters of a line, of a text before it is folded, and of what a page carries at all."""

_STRANGE = re.compile(rf"(?P<unseen>{UNSEEN.pattern})|(?P<word>[^\W\d_]{{2,}})")
_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
)
_TAGS = {
    "p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def reveal(text: object) -> SafeString:
    """Escaped text: what would be invisible is spelt out, words of two alphabets are marked."""
    raw = str(text)
    if raw.isascii() and not UNSEEN.search(raw):
        return escape(raw)
    return mark_safe("".join(_revealed(raw)))  # noqa: S308 - every piece is escaped


def _revealed(text: str) -> Iterator[str]:
    at = 0
    for found in _STRANGE.finditer(text):
        shown = _unseen(found[0]) if found["unseen"] else _mixed(found[0])
        if shown:
            yield escape(text[at : found.start()])
            yield shown
            at = found.end()
    yield escape(text[at:])


def _unseen(char: str) -> SafeString:
    return format_html('<span class="unseen">{}</span>', name_of(char))


def _mixed(word: str) -> SafeString | str:
    why = mixture(word)
    if not why:
        return ""
    return format_html('<span class="mixed">{} <span class="unseen">{}</span></span>', word, why)


def brief(text: object) -> SafeString:
    """One line; a text that is longer says how long it is and what all of it hashes to."""
    raw = str(text)
    if len(raw) <= SHORT:
        return reveal(raw)
    return format_html('{}… <span class="cut">{}</span>', reveal(raw[:SHORT]), size_of(raw))


def whole(text: object) -> SafeString:
    """All of a text; a long one is folded behind its start, its length and its hash."""
    raw = str(text)
    if len(raw) <= LONG:
        return format_html('<span class="text">{}</span>', reveal(raw))
    return format_html(
        '<details class="long"><summary><span class="text">{}…</span>'
        ' <span class="cut">{} · {}</span></summary><span class="text">{}</span>{}</details>',
        reveal(raw[:SHORT]),
        size_of(raw),
        _("show all"),
        reveal(raw[SHORT:WHOLE]),
        _beyond(raw),
    )


def folded(text: str) -> SafeString:
    """Markdown; when it is long, behind its first lines."""
    if len(text) <= LONG:
        return render_markdown(text)
    return format_html(
        '<details class="long"><summary>{}… <span class="cut">{} · {}</span></summary>{}</details>',
        reveal(text[:SHORT]),
        size_of(text),
        _("show all"),
        render_markdown(text),
    )


def _beyond(text: str) -> SafeString | str:
    if len(text) <= WHOLE:
        return ""
    return format_html(
        ' <span class="cut">… {}</span>',
        _("%(count)s more characters: see the raw data") % {"count": f"{len(text) - WHOLE:,}"},
    )


def render_markdown(text: str) -> SafeString:
    """Markdown of an agent as harmless HTML: no raw HTML, no images, no scripts, no foreign style."""
    if len(text) > MARKDOWN_LIMIT:
        return whole(text)
    html = nh3.clean(
        _MARKDOWN.render(spelt_out(text)),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308 - nh3 has just cleaned it
