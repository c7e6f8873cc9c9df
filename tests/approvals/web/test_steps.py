"""How long the steps of a run took, on the run's page and in the list of its earlier states."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from approvals import audit
from approvals.models import Checkpoint, Run, RunHistory
from approvals.services.history import Reading
from approvals.web.runs.history import entries_of, story
from approvals.web.runs.steps import lengths_of, stepwise
from approvals.web.showing.moments import took
from tests.approvals.conftest import jobs
from tests.approvals.web.reading import HTMX, words
from tests.factories import make_agent, make_history, make_interrupt, make_run

pytestmark = pytest.mark.django_db

AsUser = Callable[..., Client]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def make_states(run: Run, *after: float) -> list[Checkpoint]:
    """A state at noon, and after so many seconds each the one that another step left."""
    RunHistory.objects.create(run=run, as_of=Run.objects.get(pk=run.pk).updated_at)
    made: list[Checkpoint] = []
    for at, seconds in enumerate((0, *after)):
        made.append(
            Checkpoint.objects.create(
                run=run,
                checkpoint_id=f"c{at}",
                before_id=made[-1].checkpoint_id if made else "",
                step=at,
                source="loop",
                steps=[f"step{at}"] if at else [],
                created_at=(made[-1].created_at if made else NOON) + timedelta(seconds=seconds),
            )
        )
    return made


def lengths(run: Run) -> dict[str, str]:
    rows = list(run.checkpoints.all())
    return {key: str(length) for key, length in lengths_of(run, rows).items()}


def asked_at(run: Run, moment: datetime, **values: Any) -> None:
    question = make_interrupt(run=run, **values)
    type(question).objects.filter(pk=question.pk).update(created_at=moment)


def test_a_step_took_as_long_as_there_is_between_two_states() -> None:
    run = make_run()
    make_states(run, 0.25, 14, 180)

    assert lengths(run) == {"c1": "0.2 s", "c2": "14 s", "c3": "3 min"}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "< 0.1 s"), (0.1, "0.1 s"), (9.94, "9.9 s"), (59.9, "59 s"), (60, "1 min")],
)
def test_a_length_is_said_as_exactly_as_it_matters(seconds: float, said: str) -> None:
    assert took(timedelta(seconds=seconds)) == said


def test_a_length_is_written_as_the_reader_writes_numbers() -> None:
    with override("de"):
        assert took(timedelta(seconds=2.4)) == "2,4 s"


def test_the_time_a_person_took_is_not_the_steps() -> None:
    run = make_run()
    make_states(run, 1, 600)
    make_interrupt(run=run, checkpoint_id="c1")

    assert lengths(run) == {"c1": "1.0 s", "c2": "paused for a person"}


def test_nor_is_it_where_a_graph_within_the_step_asked() -> None:
    run = make_run()
    make_states(run, 1, 600)
    asked_at(run, NOON + timedelta(seconds=2), checkpoint_id="of-the-inner-graph")

    assert lengths(run) == {"c1": "1.0 s", "c2": "paused for a person"}


def test_a_question_of_a_state_counts_there_whatever_the_clocks_say() -> None:
    run = make_run()
    make_states(run, 10, 600)
    asked_at(run, NOON + timedelta(seconds=9), checkpoint_id="c1")

    assert lengths(run) == {"c1": "10 s", "c2": "paused for a person"}


def test_the_time_a_run_had_failed_is_not_the_steps() -> None:
    run = make_run()
    audit.append(run, "run.failed", type="KeyError", message="sku")
    failed = run.audit_entries.get().at
    made = make_states(run, 1, 600)
    for row, seconds in zip(made, (-5, -4, 600), strict=True):
        Checkpoint.objects.filter(pk=row.pk).update(created_at=failed + timedelta(seconds=seconds))

    assert lengths(run) == {"c1": "1.0 s", "c2": "failed and tried again"}


def test_nothing_is_said_where_the_state_before_was_not_read() -> None:
    run = make_run()
    made = make_states(run, 1, 2)
    made[0].delete()

    assert lengths(run) == {"c2": "2.0 s"}


# --- the pages


def test_the_list_of_earlier_states_says_how_long_each_step_took(alice: Client) -> None:
    run = make_run()
    make_history(run)

    assert "After pay the end 1.0 s" in words(alice.get(f"/runs/{run.pk}/history/"))


def test_a_state_says_how_long_the_step_before_it_took(alice: Client) -> None:
    made = make_history(make_run())
    at = f"/runs/{made[0].run_id}/history"

    assert "Took 1.0 s" in words(alice.get(f"{at}/{made[2].checkpoint_id}/"))
    assert "Took" not in words(alice.get(f"{at}/{made[1].checkpoint_id}/"))


def test_the_timeline_tells_its_steps_where_they_are_wanted(alice: Client) -> None:
    run = make_run()
    made = make_history(run)

    without = alice.get(f"/runs/{run.pk}/")
    told = alice.get(f"/runs/{run.pk}/?steps=1")

    assert ("took" in words(without), "Show the steps" in words(without)) == (False, True)
    assert "took 1.0 s" in words(told)
    assert "Hide the steps" in words(told)
    assert f'<a href="/runs/{run.pk}/history/{made[2].checkpoint_id}/">pay</a>' in (
        told.content.decode()
    )


def test_steps_stand_between_what_happened_before_and_after_them() -> None:
    run = make_run()
    for action in ("run.started", "question.asked"):
        audit.append(run, action)
    entries = entries_of(run)
    entries[0].at, entries[1].at = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
    make_states(run, 1, 7200)

    told = stepwise(run, story(run, entries)).moments

    assert [moment.what for moment in told] == [
        "Started",
        "step1",
        "Asked a person",
        "step2",
        "Waits for a person",
    ]


def test_a_page_that_shows_steps_goes_on_showing_them(alice: Client) -> None:
    run = make_run()
    make_history(run)

    part = alice.get(f"/runs/{run.pk}/?steps=1", **HTMX).content.decode()

    assert re.search(r'hx-get="([^"]+)" hx-trigger="([^"]+)"', part).groups() == (
        f"/runs/{run.pk}/?steps=1",
        "live delay:80ms",
    )


def test_steps_are_read_when_somebody_wants_them(alice: Client) -> None:
    run = make_run()

    alice.get(f"/runs/{run.pk}/")
    before = jobs()
    wanted = alice.get(f"/runs/{run.pk}/?steps=1")

    assert (before, jobs()) == ([], [("approvals.history", run.pk)])
    assert wanted.context["steps"].reading is Reading.READING
    assert "A worker is reading" in words(wanted)
    assert "every 2s" in wanted.content.decode()


def test_why_no_step_could_be_read_is_said(alice: Client) -> None:
    run = make_run()
    make_history(run)
    RunHistory.objects.update(problem="ValueError: no such type")

    assert "ValueError: no such type" in words(alice.get(f"/runs/{run.pk}/?steps=1"))


def test_a_run_elsewhere_has_no_steps_to_show(alice: Client) -> None:
    run = make_run(agent=make_agent("far", kind="remote"))

    response = alice.get(f"/runs/{run.pk}/?steps=1")

    assert (response.status_code, response.context["steps"], jobs()) == (200, None, [])
    assert "the steps</a>" not in response.content.decode()


def test_more_steps_cost_no_more_queries(
    alice: Client, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    few, many = make_run(), make_run()
    make_states(few, 1)
    make_states(many, *[1] * 20)
    for path in ("?steps=1", "history/"):
        with django_assert_max_num_queries(22) as cost:
            alice.get(f"/runs/{few.pk}/{path}")
        with django_assert_num_queries(len(cost)):
            alice.get(f"/runs/{many.pk}/{path}")
