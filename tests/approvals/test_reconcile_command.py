from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from approvals.models import Run
from approvals.services.queue import wake
from tests.approvals.conftest import jobs
from tests.factories import make_decision, make_interrupt, make_run

pytestmark = pytest.mark.django_db

LONG_AGO = "2001-01-01T00:00Z"


def said(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("reconcile", *arguments, stdout=out)
    return out.getvalue().splitlines()


def make_old_run(**fields: Any) -> Run:
    run = make_run(**fields)
    Run.objects.filter(pk=run.pk).update(updated_at=LONG_AGO)
    return run


def test_the_command_queues_what_stands_still_and_names_it() -> None:
    run = make_run(status="pending")
    Run.objects.update(updated_at="2001-01-01T00:00Z")

    assert said() == [f"run {run.pk}", "1 unexplained"]
    assert jobs() == [("approvals.drive", run.pk)]


def test_the_command_leaves_alone_what_waits_for_a_person() -> None:
    make_interrupt()
    Run.objects.update(updated_at="2001-01-01T00:00Z")

    assert said() == ["0 unexplained"]
    assert jobs() == []


# What needs a person


def test_the_command_names_a_run_that_was_given_up() -> None:
    run = make_run(status="error", error={"type": "NeedsAttention", "message": "It died 5 times."})

    assert said()[1:] == [f"needs attention: run {run.pk} failed: It died 5 times."]


def test_the_command_names_a_run_that_failed_with_an_answer() -> None:
    run = make_decision().interrupt.run
    Run.objects.update(status="error", error={"type": "ValueError", "message": "No such account."})

    assert said()[1:] == [f"needs attention: run {run.pk} failed: No such account."]


@pytest.mark.parametrize("check", [(), ("--check",)])
def test_the_command_names_a_run_whose_question_is_held(check: tuple[str, ...]) -> None:
    run = make_interrupt(held_reason="The code has changed.").run

    assert said(*check)[1:] == [f"needs attention: run {run.pk} held: The code has changed."]


def test_the_command_names_no_run_that_merely_failed_or_waits() -> None:
    make_run(status="error", error={"type": "ValueError", "message": "No."})
    make_interrupt()

    assert said() == ["0 unexplained"]


# Is every unfinished run explained?


def test_the_check_changes_nothing() -> None:
    make_old_run(status="pending")

    with pytest.raises(CommandError):
        said("--check")

    assert jobs() == []


def test_the_check_counts_by_what_runs_are_explained() -> None:
    for _ in range(2):
        make_interrupt(run=make_old_run())
    wake(make_old_run(status="pending").pk)

    assert said("--check") == ["1 explained by a job", "2 explained by a question"]


def test_the_check_fails_and_names_what_nothing_explains() -> None:
    run = make_old_run(status="running")

    with pytest.raises(CommandError, match=f"nothing explains it: {run.pk}"):
        said("--check")
