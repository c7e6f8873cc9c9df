from __future__ import annotations

import re

import pytest

from tests.factories import make_agent, make_interrupt, make_run, make_user

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def question(db):
    return make_interrupt(title="Pay 100.00")


def ask(client, *parts, **headers):
    return client.get("/parts/", {"part": parts}, **(headers or HTMX))


def places(response):
    return re.findall(r'<hx-partial hx-target="([^"]+)"', response.content.decode())


def test_parts_come_together_each_with_its_place(bob, question):
    answer = ask(bob, f"/interrupts/{question.pk}/banner/", f"/runs/{question.run_id}/card/")

    assert places(answer) == ["#banner", "#run-card"]
    assert f"Run {question.run_id}" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_a_part_is_what_its_own_address_answers(bob, question):
    make_run(status="success")
    alone = bob.get("/runs/?status=interrupted", **HTMX).content.decode()

    together = ask(bob, "/runs/?status=interrupted").content.decode()

    assert alone in together
    assert 'hx-get="/runs/?status=interrupted"' in alone


def test_each_part_of_a_page_has_its_place(bob, question):
    run = question.run_id
    made = {
        "/inbox/waiting/": "#waiting",
        "/notifications/bell/": "#bell",
        f"/interrupts/{question.pk}/handling/": "#handling",
        f"/interrupts/{question.pk}/banner/": "#banner",
        f"/interrupts/{question.pk}/comments/": "#comments-list",
        f"/runs/{run}/card/": "#run-card",
        f"/runs/{run}/": "#run",
        "/runs/": "#runs-list",
        f"/runs/{run}/history/": "#history",
    }

    assert places(ask(bob, *made)) == list(made.values())


def test_a_part_that_has_nothing_to_show_is_left_out(bob, question):
    far = make_run(agent=make_agent("far", kind="remote"))

    assert places(ask(bob, f"/runs/{far.pk}/history/", "/inbox/waiting/")) == ["#waiting"]


def test_parts_are_only_asked_for(bob):
    assert bob.post("/parts/", **HTMX).status_code == 405


def test_what_a_person_may_not_see_is_left_out(alice, question):
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol", "requesters")))

    answer = ask(alice, f"/interrupts/{foreign.pk}/handling/", "/inbox/waiting/")

    assert places(answer) == ["#waiting"]


def test_what_is_gone_is_left_out(bob, question):
    answer = ask(bob, "/interrupts/999999/handling/", "/nowhere/", "/inbox/waiting/")

    assert places(answer) == ["#waiting"]


@pytest.mark.parametrize("address", ["/parts/?part=/parts/", "/settings/", "/logout/", "/admin/"])
def test_nothing_but_parts_can_be_asked_for(bob, address):
    assert ask(bob, address).status_code == 400


def test_parts_are_no_page(bob):
    assert bob.get("/parts/", {"part": "/inbox/waiting/"}).status_code == 400


def test_nobody_gets_parts_without_signing_in(client, db):
    assert ask(client, "/inbox/waiting/").status_code == 401


def test_only_so_many_parts_come_at_once(bob, question):
    assert len(places(ask(bob, *["/inbox/waiting/"] * 40))) == 12
