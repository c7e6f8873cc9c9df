"""Random histories of the whole protocol against a model of it (tests/protocol)."""

from __future__ import annotations

import traceback
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.verdict import Broken
from tests.protocol.machine import Protocol
from tests.protocol.site import Site

SHORT, LONG = 20, 300
STEPS = 40


def run(*, size: int, seed: int) -> dict[str, Any]:
    """`size` histories of forty steps; the same seed tells the same histories."""
    Protocol.site = Site()
    try:
        run_state_machine_as_test(
            seeded(seed)(Protocol),
            settings=settings(
                max_examples=size,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as error:
        told = "\n".join(traceback.format_exception(error)) + "\n".join(
            getattr(error, "__notes__", [])
        )
        raise Broken(told) from error
    finally:
        Protocol.site.close()
    return {"histories": size, "steps": STEPS} | dict(Protocol.counts)
