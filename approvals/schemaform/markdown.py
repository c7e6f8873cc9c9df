"""Whether a text is Markdown: only then is it offered to be shown as such."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_MARKS = re.compile(
    r"^ {0,3}(?:#{1,6} |[-*+] |\d+[.)] |> |```|~~~)"  # heading, list, quotation, code
    r"|(?<!\w)(\*\*|__|\*|_)(?=\S)[^\n]*?\S\1(?!\w)"  # emphasis
    r"|\]\(\S"  # link
    r"|`[^`\n]+`",
    re.MULTILINE,
)


def is_markdown(schema: Mapping[str, Any], text: str) -> bool:
    """As the schema says, by `contentMediaType` or `format`; where it is silent, by marks."""
    if media := schema.get("contentMediaType"):
        return str(media).partition(";")[0].strip().lower() == "text/markdown"
    return schema.get("format") == "markdown" or bool(_MARKS.search(text))
