from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from approvals.models import Run
from tests.approvals.conftest import jobs
from tests.factories import make_interrupt, make_run

pytestmark = pytest.mark.django_db


def said() -> list[str]:
    out = StringIO()
    call_command("reconcile", stdout=out)
    return out.getvalue().splitlines()


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
