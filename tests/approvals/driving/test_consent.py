"""What a decision was made for is what the graph asks, or nothing runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.models.functions import Now

from approvals.models import Decision, Interrupt, Run
from tests.approvals.conftest import answer
from tests.graphs import effects

pytestmark = pytest.mark.django_db(transaction=True)

Drive = Callable[[Run | int], Run]


def test_an_answer_to_another_digest_is_not_carried_to_the_graph(
    started: Callable[..., Run], drive: Drive
) -> None:
    run = started("asks_once")
    question = run.interrupts.get()
    answer(question)
    Interrupt.objects.filter(pk=question.pk).update(digest="0" * 64)

    run = drive(run)

    assert (run.status, effects(run.thread_id)) == ("interrupted", [])
    assert run.interrupts.pending().count() == 1


def test_an_answer_is_not_carried_within_its_undo_window(
    started: Callable[..., Run], drive: Drive
) -> None:
    run = started("asks_once")
    question = run.interrupts.get()
    answer(question, undo_seconds=60)

    run = drive(run)
    question.refresh_from_db()
    waited = (run.status, question.status, effects(run.thread_id))
    Decision.objects.update(effective_at=Now())
    run = drive(run)

    assert waited == ("interrupted", "decided", [])
    assert (run.status, effects(run.thread_id)) == ("success", [["yes"]])
