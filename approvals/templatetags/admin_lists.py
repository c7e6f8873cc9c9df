"""What the admin's lists need to fit a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()


@register.filter
def labelled(cells: Sequence[str], headers: Sequence[dict[str, Any]]) -> list[SafeString]:
    """The cells of a row as Django drew them, each with the name of its column and its role."""
    return [_labelled(cell, header) for cell, header in zip(cells, headers, strict=True)]


def _labelled(cell: str, header: dict[str, Any]) -> SafeString:
    role = "rowheader" if cell.startswith("<th") else "cell"
    own = format_html(' role="{}" data-label="{}"', role, capfirst(header["text"]))
    return mark_safe(cell[:3] + own + cell[3:])  # noqa: S308 (Django escaped the cell)
