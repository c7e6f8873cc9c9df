from __future__ import annotations

import re

import pytest
from django.test import Client

from approvals.models import Decision, Interrupt
from tests.approvals.web.reading import HTMX, words
from tests.factories import (
    ACTION,
    make_agent,
    make_decision,
    make_interrupt,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db


def item(question, **seen):
    seen = {"version": question.version, "digest": question.digest} | seen
    return f"{question.pk}:{seen['version']}:{seen['digest']}"


def send(client, act, items, *, do=True, **fields):
    path = "/inbox/bulk/do/" if do else "/inbox/bulk/"
    return client.post(path, {"act": act, "item": items} | fields)


def taken(response):
    return [question.pk for _, question in response.context["taken"]]


def left_out(response):
    return {one.question.pk: one.why for one in response.context["left_out"]}


def test_the_sheet_tells_what_would_happen_to_each_and_does_nothing(bob):
    first, second = make_interrupt(effect="Pays 5 to Ana"), make_interrupt(effect="Pays 6 to Ben")

    page = send(bob, "approve", [item(first), item(second)], do=False)

    assert "Approve 2 questions?" in words(page)
    assert "Pays 5 to Ana" in words(page)
    assert "Pays 6 to Ben" in words(page)
    assert Decision.objects.count() == 0


def test_what_the_sheet_offers_can_be_sent_as_it_is(bob):
    questions = [make_interrupt() for _ in range(3)]
    page = send(bob, "approve", [item(one) for one in questions], do=False).content.decode()

    items = re.findall(r'name="item" value="([^"]+)"', page)
    result = send(bob, "approve", items, reason="month end")

    assert "3 approved" in words(result)
    assert set(Decision.objects.values_list("via", "reason", "verb")) == {
        ("bulk", "month end", "approve")
    }
    assert Decision.objects.count() == 3


def test_the_sheet_says_who_is_left_out_and_why(bob):
    good = make_interrupt()
    cases = {
        "high risk: decided by itself": make_interrupt(risk="high"),
        "its policy wants it decided by itself": make_interrupt(policy={"bulk": False}),
        "of another kind": make_interrupt(run=make_run(agent=make_agent("mails"))),
        "no longer waits": make_decision().interrupt,
        "is held": make_interrupt(held_reason="new code"),
        "is not yours to decide": make_interrupt(
            run=make_run(requested_by=make_user("bob", "reviewers"))
        ),
        "cannot be answered with “approve”": make_interrupt(
            actions=[ACTION | {"allowed": ["reject"]}]
        ),
    }
    changed = make_interrupt()

    items = [item(good), *map(item, cases.values()), item(changed, version=9)]
    page = send(bob, "approve", items, do=False)

    assert taken(page) == [good.pk]
    assert left_out(page) == {question.pk: why for why, question in cases.items()} | {
        changed.pk: "has changed since you saw it"
    }


@pytest.mark.parametrize(
    "fields",
    [{"risk": "high"}, {"risk": "critical"}, {"policy": {"bulk": False}}],
)
@pytest.mark.parametrize("act", ["approve", "reject"])
def test_the_server_refuses_in_bulk_what_must_be_decided_alone(bob, fields, act):
    good, serious = make_interrupt(), make_interrupt(**fields)

    result = send(bob, act, [item(good), item(serious)])

    serious.refresh_from_db()
    assert serious.status == "pending"
    assert [one.id for one in result.context["missed"]] == [serious.pk]


def test_the_server_refuses_another_kind_among_them(bob):
    good, other = make_interrupt(), make_interrupt(run=make_run(agent=make_agent("mails")))

    send(bob, "approve", [item(good), item(other)])

    assert list(Decision.objects.values_list("interrupt", flat=True)) == [good.pk]


def test_those_that_changed_meanwhile_are_named_and_spoil_no_other(bob):
    good, stale, decided = make_interrupt(), make_interrupt(title="Stale"), make_interrupt()
    make_decision(decided, actor=make_user("carol", "reviewers"))

    page = words(send(bob, "approve", [item(good), item(stale, digest="other"), item(decided)]))

    assert "1 approved, 2 changed meanwhile" in page
    assert "Stale The question has changed since you saw it." in page
    assert "carol decided this first" in page


def test_sending_it_twice_decides_once(bob):
    question = make_interrupt()

    pages = [words(send(bob, "reject", [item(question)], reason="no")) for _ in range(2)]

    assert "1 rejected" in pages[0]
    assert "0 rejected, 1 changed meanwhile" in pages[1]
    assert Decision.objects.get().reason == "no"


def test_no_more_than_fifty_at_once(bob):
    items = [item(make_interrupt()) for _ in range(52)]

    page = send(bob, "approve", items, do=False)
    send(bob, "approve", items)

    assert (len(taken(page)), Decision.objects.count()) == (50, 50)
    assert "At most 50 at once" in words(page)


def test_many_are_assigned_whatever_their_risk(bob):
    make_user("carol", "reviewers")
    questions = [make_interrupt(risk=risk) for risk in ("low", "critical")]

    page = send(bob, "assign", list(map(item, questions)), do=False)
    send(bob, "assign", list(map(item, questions)), assignee="carol")

    assert taken(page) == [question.pk for question in questions]
    assert set(Interrupt.objects.values_list("assignee__username", flat=True)) == {"carol"}


def test_somebody_unfit_is_assigned_nothing(bob):
    question = make_interrupt()

    assert "alice cannot decide this question." in words(
        send(bob, "assign", [item(question)], assignee="alice")
    )


def test_many_are_snoozed(bob):
    questions = [make_interrupt(), make_interrupt()]

    send(bob, "snooze", list(map(item, questions)), **{"for": "hour"})

    assert Interrupt.objects.snoozed().count() == 2


def test_questions_of_others_are_not_there(as_user):
    foreign = make_interrupt(run=make_run(requested_by=make_user("zoe")))
    own_only = as_user("dora", "deciders")
    dora = make_user("dora")
    dora.user_permissions.set(
        type(dora).user_permissions.rel.model.objects.filter(codename="decide_interrupt")
    )

    preview = send(own_only, "approve", [item(foreign)], do=False)
    result = send(own_only, "approve", [item(foreign)])

    assert taken(preview) == []
    assert foreign.title not in words(preview) + words(result)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("do", [True, False])
def test_it_is_for_reviewers(alice, do):
    question = make_interrupt()

    assert send(alice, "approve", [item(question)], do=do).status_code == 403
    assert send(Client(), "approve", [item(question)], do=do)["Location"].startswith("/login/")


@pytest.mark.parametrize("do", [True, False])
@pytest.mark.parametrize(
    ("act", "items"),
    [("delete", []), ("approve", ["x"]), ("approve", ["1:x:d"]), ("approve", [f"{10**20}:1:d"])],
)
def test_an_odd_form_is_refused(bob, do, act, items):
    assert send(bob, act, items, do=do).status_code == 400


def test_a_snooze_says_for_how_long(bob):
    assert send(bob, "snooze", [item(make_interrupt())]).status_code == 400


def test_nothing_selected_says_so(bob):
    assert "Nothing to approve" in words(send(bob, "approve", [], do=False))


def test_htmx_gets_the_sheet_alone(bob):
    response = bob.post(
        "/inbox/bulk/", {"act": "approve", "item": [item(make_interrupt())]}, **HTMX
    )

    assert "<html" not in response.content.decode()
    assert "Approve 1 question?" in words(response)
