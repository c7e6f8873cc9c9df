from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agents import registry
from approvals import audit
from approvals.models import Checkpoint, Run, RunHistory
from tests.approvals.conftest import jobs
from tests.approvals.web.reading import HTMX, fields, words
from tests.factories import make_agent, make_history, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

AsUser = Callable[..., Client]


@pytest.fixture
def olga(as_user: AsUser, _registered: None) -> Client:
    return as_user("olga", "operators")


def place(one: Checkpoint, rest: str = "") -> str:
    return f"/runs/{one.run_id}/history/{one.checkpoint_id}/{rest}"


# --- the list


def test_the_run_leads_to_its_earlier_states(alice: Client) -> None:
    run = make_run()

    assert f'href="/runs/{run.pk}/history/"' in alice.get(f"/runs/{run.pk}/").content.decode()


def test_earlier_states_are_read_when_somebody_looks(alice: Client) -> None:
    run = make_run()

    response = alice.get(f"/runs/{run.pk}/history/")

    assert "A worker is reading" in words(response)
    assert "every 2s" in response.content.decode()
    assert jobs() == [("approvals.history", run.pk)]


def test_earlier_states_are_named_by_the_steps_that_led_to_them(alice: Client) -> None:
    run = make_run()
    made = make_history(run)

    response = alice.get(f"/runs/{run.pk}/history/")

    links = re.findall(r'class="row-link" href="([^"]+)">([^<]+)<', response.content.decode())
    assert links == [
        (place(made[2]), "After pay"),
        (place(made[1]), "Start"),
        (place(made[0]), "Input"),
    ]
    assert "every 2s" not in response.content.decode()
    assert jobs() == []


def test_the_moving_part_comes_alone(alice: Client) -> None:
    run = make_run()
    make_history(run)

    part = alice.get(f"/runs/{run.pk}/history/", **HTMX).content.decode()

    assert "After pay" in part
    assert "<html" not in part


def test_why_nothing_could_be_read_is_said(alice: Client) -> None:
    run = make_run()
    make_history(run)
    RunHistory.objects.update(problem="ValueError: no such type")

    assert "ValueError: no such type" in words(alice.get(f"/runs/{run.pk}/history/"))


def test_a_run_elsewhere_has_no_earlier_states_here(alice: Client) -> None:
    run = make_run(agent=make_agent("far", kind="remote"))

    response = alice.get(f"/runs/{run.pk}/history/")

    assert response.status_code == 409
    assert "on an Agent Server" in words(response)
    assert "/history/" not in alice.get(f"/runs/{run.pk}/").content.decode()


# --- one state


def test_a_state_is_shown_beside_what_changed_next(alice: Client) -> None:
    run = make_run()
    made = make_history(run)

    said = words(alice.get(place(made[1])))

    assert "note first" in said
    assert "/note first paid" in said


def test_the_state_before_the_first_step_is_the_input(alice: Client) -> None:
    made = make_history(make_run(input={"amount": 7, "note": "given"}))

    assert "note given" in words(alice.get(place(made[0])))


def test_a_state_leads_to_what_was_asked_there(alice: Client) -> None:
    run = make_run()
    made = make_history(run)
    question = make_interrupt(run=run, checkpoint_id=made[1].checkpoint_id)

    assert f'href="/interrupts/{question.pk}/"' in alice.get(place(made[1])).content.decode()
    assert f'href="/interrupts/{question.pk}/"' not in alice.get(place(made[2])).content.decode()


def test_a_state_too_large_to_keep_says_so(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    Checkpoint.objects.filter(pk=made[1].pk).update(state=None)

    said = words(olga.get(place(made[1])))

    assert "too large to be shown" in said
    assert "Fork from here" in said


def test_the_raw_state_is_what_was_read(alice: Client) -> None:
    made = make_history(make_run())

    assert json.loads(alice.get(place(made[1], "raw/")).content) == made[1].state


# --- forking


def test_the_form_posted_untouched_forks_the_state_as_it_is(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    posted = fields(olga.get(place(made[1])))

    response = olga.post(place(made[1], "fork/"), posted)

    child = Run.objects.get(parent=run)
    assert (response.status_code, response["Location"]) == (303, f"/runs/{child.pk}/")
    assert (child.fork_values, child.requested_by.username) == ({}, "olga")


def test_what_is_changed_in_the_form_is_what_the_fork_begins_with(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    posted = fields(olga.get(place(made[1]))) | {"/amount": "7.5"}

    olga.post(place(made[1], "fork/"), posted)

    assert Run.objects.get(parent=run).fork_values == {"amount": 7.5}


def test_the_input_is_changed_in_the_form_too(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    posted = fields(olga.get(place(made[0]))) | {"/amount": "7.5"}

    olga.post(place(made[0], "fork/"), posted)

    assert Run.objects.get(parent=run).input == {"amount": 7.5}


def test_without_a_schema_the_values_make_the_form(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    RunHistory.objects.update(schema=None)
    posted = fields(olga.get(place(made[1]))) | {"/note": "other"}

    olga.post(place(made[1], "fork/"), posted)

    assert Run.objects.get(parent=run).fork_values == {"note": "other"}


def test_a_value_that_does_not_fit_is_pointed_at(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    posted = fields(olga.get(place(made[1]))) | {"/amount": "much"}

    response = olga.post(place(made[1], "fork/"), posted)

    assert response.status_code == 422
    assert "1 field needs attention" in words(response)
    assert not Run.objects.filter(parent=run).exists()


def test_the_fork_names_its_parent_and_the_parent_its_forks(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    olga.post(place(made[1], "fork/"))
    child = Run.objects.get(parent=run)

    said = olga.get(f"/runs/{child.pk}/").content.decode()
    assert f'forked from <a href="{place(made[1])}">run {run.pk}</a>' in said
    for path in (f"/runs/{run.pk}/", place(made[1])):
        assert f'href="/runs/{child.pk}/"' in olga.get(path).content.decode()


def test_both_stories_tell_of_the_fork(olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    olga.post(place(made[1], "fork/"))
    child = Run.objects.get(parent=run)

    def told(pk: int) -> list[Any]:
        moments = olga.get(f"/runs/{pk}/").context["moments"]
        return [(one.what, one.detail) for one in moments if one.at]

    assert told(run.pk) == [("Forked", f"by olga, into run {child.pk}")]
    assert told(child.pk) == [("Started", f"by olga, with a state of run {run.pk}")]


def test_a_requester_is_not_shown_forks_of_others(alice: Client, olga: Client) -> None:
    run = make_run()
    made = make_history(run)
    olga.post(place(made[1], "fork/"))

    assert "Forked into" not in words(alice.get(f"/runs/{run.pk}/"))
    assert "Forks" not in words(alice.get(place(made[1])))


def test_the_last_state_offers_no_fork(olga: Client) -> None:
    made = make_history(make_run())

    said = words(olga.get(place(made[2])))

    assert "Fork from here" not in said
    assert "Nothing runs after this state" in said
    assert olga.post(place(made[2], "fork/")).status_code == 409


def test_a_step_that_is_gone_is_named(olga: Client) -> None:
    run = make_run(agent=make_agent("moved", drawing={"nodes": ["transfer"]}))
    made = make_history(run)

    assert "it has no step “pay” any more" in words(olga.get(place(made[1])))
    assert olga.post(place(made[1], "fork/")).status_code == 409


def test_code_that_cannot_be_loaded_keeps_what_was_typed(olga: Client, settings: Any) -> None:
    made = make_history(make_run())
    posted = fields(olga.get(place(made[1]))) | {"/amount": "7.5"}
    settings.LANGVEL_AGENTS = {}
    registry.load.cache_clear()

    response = olga.post(place(made[1], "fork/"), posted)

    assert response.status_code == 503
    assert fields(response)["/amount"] == "7.5"


# --- who may


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_who_may_only_look_is_offered_no_fork(
    as_user: AsUser, _registered: None, name: str
) -> None:
    made = make_history(make_run())
    client = as_user(name, "requesters" if name == "alice" else "reviewers")

    assert "Fork from here" not in words(client.get(place(made[1])))
    assert client.post(place(made[1], "fork/")).status_code == 403
    assert Run.objects.count() == 1


def test_a_supervisor_forks(as_user: AsUser, _registered: None) -> None:
    made = make_history(make_run())

    assert as_user("sue", "supervisors").post(place(made[1], "fork/")).status_code == 303


def test_the_earlier_states_of_a_foreign_run_do_not_exist(alice: Client) -> None:
    made = make_history(make_run(requested_by=make_user("carol")))

    for rest in ("", "raw/"):
        assert alice.get(place(made[1], rest)).status_code == 404
    assert alice.get(f"/runs/{made[1].run_id}/history/").status_code == 404
    assert alice.post(place(made[1], "fork/")).status_code == 404
    assert jobs() == []


def test_a_state_of_another_run_does_not_exist(bob: Client) -> None:
    made = make_history(make_run())

    other = f"/runs/{make_run().pk}/history/{made[1].checkpoint_id}/"
    assert bob.get(other).status_code == 404


@pytest.mark.parametrize(
    ("method", "rest"),
    [("get", ""), ("get", "1f0/"), ("get", "1f0/raw/"), ("post", "1f0/fork/")],
)
def test_somebody_unknown_is_sent_to_the_door(method: str, rest: str) -> None:
    path = f"/runs/1/history/{rest}"

    assert getattr(Client(), method)(path)["Location"] == f"/login/?next={path}"
    assert getattr(Client(), method)(path, **HTMX).status_code == 401


def test_looking_forks_nothing(olga: Client) -> None:
    made = make_history(make_run())

    assert olga.get(place(made[1], "fork/")).status_code == 405


def test_three_states_cost_as_many_queries_as_one(
    bob: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    run = make_run()
    made = make_history(run)
    Checkpoint.objects.exclude(pk=made[0].pk).delete()
    with django_assert_max_num_queries(11) as one:
        bob.get(f"/runs/{run.pk}/history/")
    Checkpoint.objects.all().delete()
    make_history(run)

    with django_assert_num_queries(len(one)):
        bob.get(f"/runs/{run.pk}/history/")


def test_a_timeline_from_before_forks_is_told_as_before(alice: Client) -> None:
    run = make_run()
    audit.append(run, "run.started", actor=run.requested_by, via="page")

    assert alice.get(f"/runs/{run.pk}/").context["moments"][0].detail == "by alice"
