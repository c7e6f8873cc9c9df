"""Random histories of the whole protocol agree with a model of it. The long form: make chaos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from agents import registry
from tests.protocol.machine import Protocol
from tests.protocol.site import Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

HISTORIES, STEPS = 15, 25


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    settings.LANGVEL_AGENTS = {}
    opened = Site()
    yield opened
    opened.close()
    registry.load.cache_clear()


def test_no_history_breaks_a_promise(site: Site) -> None:
    Protocol.site = site
    # The same histories each time; `python -m tests.chaos protocol` tells others. Each step takes
    # milliseconds, so shrinking a history would take many minutes.
    run_state_machine_as_test(
        Protocol,
        settings=hypothesis_settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            phases=[Phase.generate],
            derandomize=True,
        ),
    )
