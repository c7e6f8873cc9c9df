"""Moments at which tests break a process: nothing outside a test can set a trap."""

from __future__ import annotations

import os
import subprocess
import sys

from agents import failpoints


def test_a_trap_is_told_every_moment_until_it_is_taken_away() -> None:
    told: list[str] = []

    failpoints.set_trap(told.append)
    failpoints.reached("decide.stored")
    failpoints.set_trap(None)
    failpoints.reached("decide.woken")

    assert told == ["decide.stored"]


def test_no_variable_sets_a_trap() -> None:
    code = "from agents import failpoints; failpoints.reached('x'); print(failpoints._trap)"
    variables = {"LANGVEL_FAILPOINTS": "x=kill", "FAILPOINTS": "x=kill"}

    told = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "None\n"
