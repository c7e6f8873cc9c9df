"""The pages of docs/langvel say what is so: their code runs, their links and commands exist."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import get_commands

from langvel.checkpointers.backend import BY_NAME
from tests.markdown import Block, blocks_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "langvel"
PAGES = sorted(FOLDER.rglob("*.md"))


def named(page: Path) -> str:
    return page.relative_to(FOLDER).with_suffix("").as_posix()


def needs(page: Path) -> set[str]:
    return {block.options["needs"] for block in blocks_of(page) if "needs" in block.options}


WITH_CODE = [
    pytest.param(page, id=named(page), marks=[pytest.mark.redis] if "redis" in needs(page) else [])
    for page in PAGES
    if any(block.language == "python" for block in blocks_of(page))
]


@pytest.fixture
def names(page: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A module of the page's own: what it defines is stored in checkpoints and found again."""
    module = ModuleType(f"page_{page.stem.replace('-', '_').replace('.', '_')}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with patch.dict(BY_NAME):
        yield vars(module)


@pytest.mark.parametrize("page", WITH_CODE)
async def test_a_page_runs_as_printed(
    page: Path, names: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    for needed in needs(page):
        request.getfixturevalue(needed)

    for block, following in pairwise([*blocks_of(page), None]):
        if block is not None and block.language == "python":
            printed = await block.run(names)
            expect(printed, following)
    await run_tests(names)


def expect(printed: str, following: Block | None) -> None:
    """A text block behind code is what the code prints."""
    shown = following.code if following is not None and following.language == "text" else ""
    assert printed.rstrip() == shown.rstrip()


async def run_tests(names: dict[str, Any]) -> None:
    """Tests a page shows are run as pytest would."""
    for name, test in list(names.items()):
        if name.startswith("test_"):
            result = test()
            if inspect.isawaitable(result):
                await result


def headings(page: Path) -> set[str]:
    """A page's headings as GitHub names them in addresses."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    lost = []
    for path, heading in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", page.read_text()):
        target = page.parent / path if path else page
        if not target.exists() or (heading and heading not in headings(target)):
            lost.append((path, heading))

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)

    assert set(re.findall(r"\bmake ([a-z]+)(?=`|$)", text, re.M)) <= set(targets)
    assert set(re.findall(r"\bmanage\.py ([a-z_]+)", text)) <= set(get_commands())


def test_every_page_can_be_reached_from_the_index() -> None:
    index = (FOLDER / "README.md").read_text()

    assert [named(page) for page in PAGES if f"({page.relative_to(FOLDER)})" not in index] == [
        "README"
    ]
