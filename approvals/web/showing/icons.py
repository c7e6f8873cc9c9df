"""The drawings within a page: its icons and the site's mark.

They stand in the page itself. As files of their own the browser opens each as a document beside
the page's, and lays the page out once more when it has come: on a slow machine a tenth of a
second before anything can be read.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_SYMBOL = re.compile(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
_SHAPES = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def icon(name: str) -> SafeString:
    """An icon of the vendored sprite. Raises LookupError for one that `frontend/icons.txt` lacks.

    It decorates; the words beside it say what it means.
    """
    try:
        shapes = _shapes_of_icons()[name]
    except KeyError:
        raise LookupError(
            f"There is no icon {name!r}: add it to frontend/icons.txt and build as frontend/README.md says."
        ) from None
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', shapes)


def mark(size: int) -> SafeString:
    """The site's mark, `size` pixels wide and high."""
    return format_html(
        '<svg class="mark" viewBox="0 0 32 32" width="{0}" height="{0}" aria-hidden="true">{1}</svg>',
        size,
        _shapes_of_the_mark(),
    )


@cache
def _shapes_of_icons() -> dict[str, SafeString]:
    sprite = _text_of("vendor/icons.svg")
    return {name: mark_safe(shapes) for name, shapes in _SYMBOL.findall(sprite)}  # noqa: S308


@cache
def _shapes_of_the_mark() -> SafeString:
    drawing = _SHAPES.search(_text_of("mark.svg"))
    assert drawing is not None, "static/mark.svg is no drawing"
    return mark_safe(drawing[1])  # noqa: S308


def _text_of(name: str) -> str:
    return Path(finders.find(name)).read_text()
