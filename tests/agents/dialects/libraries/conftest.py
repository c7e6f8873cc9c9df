from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.agents.dialects.libraries.scripted import DONE


@pytest.fixture
def done() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """What the tools did in this test."""
    DONE.clear()
    yield DONE
    DONE.clear()
