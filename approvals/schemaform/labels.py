"""Names of fields for people."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def field_label(schema: Any, name: str) -> str:
    """The schema's own title, else the key made readable. A referenced type's title is no label."""
    title = schema.get("title") if isinstance(schema, dict) else None
    if isinstance(title, str) and title.strip():
        return title
    return humanised(name)


def humanised(name: str) -> str:
    words = " ".join(_CAMEL.sub(" ", name).replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:] if words else _("(no name)")
