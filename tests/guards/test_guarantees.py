"""docs/guarantees.md claims nothing without a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guards.guards import GUARDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/guarantees.md").read_text()
PROMISES = re.split(r"^## (?=G\d )", PAGE.partition("## How it is proved")[0], flags=re.M)[1:]
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_each_promise_is_there_with_its_tests_and_its_limits() -> None:
    assert [promise[:2] for promise in PROMISES] == [f"G{number}" for number in range(1, 9)]
    for promise in PROMISES:
        assert "::test_" in promise
        assert "*Limits.*" in promise


@pytest.mark.parametrize(("path", "test"), sorted(set(NAMED)))
def test_what_is_named_exists(path: str, test: str) -> None:
    source = (ROOT / path).read_text()

    assert f"def {test}(" in source if test else source


def test_each_promise_but_the_one_about_commits_has_guards_that_are_taken_out() -> None:
    guarded = {guard.promise for guard in GUARDS}

    assert {promise[:2] for promise in PROMISES} - guarded == {"G3"}
