"""The code blocks of a Markdown page, run as printed.

A block's info string may say more than its language: ```` ```python raises=TypeError ```` for code
that is shown because it is refused, ```` ```python needs=redis ```` for what it can't run without.
"""

from __future__ import annotations

import ast
import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt


@dataclass(frozen=True)
class Block:
    path: Path
    line: int
    language: str
    options: dict[str, str]
    code: str

    async def run(self, names: dict[str, Any]) -> str:
        """Run Python, `await` included, on the running loop; give what it printed."""
        refused, printed = self.options.get("raises"), io.StringIO()
        try:
            with redirect_stdout(printed):
                # A traceback names the page's own lines.
                code = compile(
                    "\n" * self.line + self.code,
                    str(self.path),
                    "exec",
                    flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                    dont_inherit=True,
                )
                result = eval(code, names)
                if isawaitable(result):
                    await result
        except Exception as error:
            if type(error).__name__ != refused:
                raise
        else:
            assert refused is None, f"{self.path.name}:{self.line} should raise {refused}"
        return printed.getvalue()


def blocks_of(path: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    found = []
    for token in MarkdownIt().parse(path.read_text()):
        if token.type == "fence" and token.map is not None:
            language, *options = token.info.split() or [""]
            given = dict(option.split("=", 1) for option in options)
            found.append(Block(path, token.map[0] + 1, language, given, token.content))
    return found


def python_of(path: Path) -> list[Block]:
    return [block for block in blocks_of(path) if block.language == "python"]
