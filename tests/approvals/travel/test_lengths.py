"""Steps of real graphs, told apart by whether somebody was asked meanwhile."""

from __future__ import annotations

import pytest

from approvals.models import Run
from approvals.web.runs.steps import lengths_of
from tests.approvals.conftest import answer
from tests.approvals.travel.test_forking import Drive, Read, Started

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = {
    "two_steps": "tests.approvals.travel.graphs.two_steps",
    "nests": "tests.approvals.travel.graphs.nests",
    "stops_before": "tests.approvals.travel.graphs.stops_before",
}


def told(run: Run, read: Read) -> dict[str, bool]:
    """Each step, and whether the run stood still before it was done."""
    rows = read(run)
    lengths = lengths_of(run, rows)
    return {
        row.steps[0]: bool(lengths[row.checkpoint_id].stood)
        for row in rows
        if row.checkpoint_id in lengths
    }


def test_a_step_that_asked_is_told_apart(started: Started, drive: Drive, read: Read) -> None:
    run = started("asks_once")
    answer(run.interrupts.get(), "yes")

    assert told(drive(run), read) == {"ask": True, "act": False}


def test_so_is_one_within_which_a_graph_asked(started: Started, drive: Drive, read: Read) -> None:
    run = started("nests")
    answer(run.interrupts.get(), "yes")

    assert told(drive(run), read) == {"inner": True}


def test_and_one_before_which_the_run_was_stopped(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("stops_before")
    answer(run.interrupts.get(), decisions=[{"type": "approve"}])

    assert told(drive(run), read) == {"first": False, "second": True}


def test_a_step_that_asked_nobody_has_its_length(started: Started, read: Read) -> None:
    assert told(started("two_steps"), read) == {"first": False, "second": False}
