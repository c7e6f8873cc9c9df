"""The list of guards fits the source; that their tests notice is what `python -m tests.guards` tries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guards.guards import GUARDS, Guard

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guard_is_where_the_list_says(guard: Guard) -> None:
    assert guard.old in (ROOT / guard.file).read_text()


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_the_tests_of_a_guard_exist(guard: Guard) -> None:
    for test in guard.tests:
        path, _, name = test.partition("::")
        assert re.search(rf"def {name.partition('[')[0]}\(", (ROOT / path).read_text())
