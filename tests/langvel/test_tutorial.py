"""The tutorial runs as printed, from top to bottom."""

from __future__ import annotations

import ast
import re
from inspect import CO_COROUTINE
from pathlib import Path
from typing import Any

import pytest

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "langvel" / "tutorial.md"


@pytest.mark.filterwarnings("ignore::langvel.exceptions.MemoryIsVolatile")
async def test_the_tutorial_runs_as_printed() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", TUTORIAL.read_text(), re.M | re.S)
    names: dict[str, Any] = {}

    for block in blocks:
        code = compile(
            block, str(TUTORIAL), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
        )
        running = eval(code, names)
        if code.co_flags & CO_COROUTINE:
            await running

    assert len(blocks) == 6
