"""One undo for what was decided together, from the pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import AuditEntry, Decision, Interrupt
from tests.approvals.conftest import answer
from tests.approvals.policy.test_undo import let_pass
from tests.approvals.services.test_decide import together
from tests.approvals.web.reading import HTMX, fields, words
from tests.approvals.web.test_bulk import item, send
from tests.factories import make_interrupt, make_user

pytestmark = pytest.mark.django_db

PATH = "/inbox/bulk/undo/"


def asked(count=3, **fields):
    return [make_interrupt(policy={"undo_seconds": 60}, **fields) for _ in range(count)]


def approved(client, count=3):
    questions = asked(count)
    return questions, send(client, "approve", list(map(item, questions)))


def offered(page):
    """What the button on a page would send."""
    form = re.search(rf'<form[^>]* action="{PATH}".*?</form>', page.content.decode(), re.DOTALL)
    return re.findall(r'name="item" value="([^"]+)"', form[0]) if form else []


def statuses(questions):
    found = Interrupt.objects.in_bulk([one.pk for one in questions])
    return [found[one.pk].status for one in questions]


def test_one_press_takes_all_of_it_back(bob):
    questions, page = approved(bob)

    result = bob.post(PATH, {"item": offered(page)})

    assert "3 taken back" in words(result)
    assert statuses(questions) == ["pending"] * 3
    assert not Decision.objects.exists()


def test_each_question_has_an_entry_of_its_own(bob):
    questions, page = approved(bob)

    bob.post(PATH, {"item": offered(page)})

    entries = AuditEntry.objects.filter(action="decision.undone")
    assert sorted(entries.values_list("interrupt_id", flat=True)) == [one.pk for one in questions]
    assert {(entry.actor.username, entry.data["via"]) for entry in entries} == {("bob", "bulk")}


@pytest.mark.parametrize("path", ["/", "/runs/", "/decided/"])
def test_any_page_offers_it_once_without_javascript(bob, path):
    _, result = approved(bob)

    page = bob.get(path)

    assert offered(page) == offered(result)
    assert page.content.decode().count(f'action="{PATH}"') == 1
    assert "3 approved" in words(page) and "Undo all 3" in words(page)


def test_past_the_windows_no_page_offers_it(bob):
    questions, _ = approved(bob)
    for question in questions:
        let_pass(question)

    assert [offered(bob.get(path)) for path in ("/", "/decided/")] == [[], []]


def test_what_went_on_already_is_named_and_keeps_no_other(bob):
    (first, late, last), page = approved(bob)
    let_pass(late)

    result = bob.post(PATH, {"item": offered(page)})

    assert "2 taken back, 1 not" in words(result)
    assert "Already resumed at" in words(result)
    assert statuses([first, late, last]) == ["pending", "decided", "pending"]


def test_a_page_offers_only_what_can_still_be_taken_back(bob):
    (_, late, _), page = approved(bob)
    let_pass(late)

    assert offered(bob.get("/")) == [
        one for one in offered(page) if not one.startswith(f"{late.pk}:")
    ]


def test_twice_in_a_row_takes_back_once(bob):
    _, page = approved(bob)

    pages = [words(bob.post(PATH, {"item": offered(page)})) for _ in range(2)]

    assert "3 taken back" in pages[0]
    assert "0 taken back, 3 not" in pages[1]
    assert AuditEntry.objects.filter(action="decision.undone").count() == 3


def again(client, items, key="a" * 32):
    return words(client.post(PATH, {"item": items}, headers={"Idempotency-Key": key}, **HTMX))


def test_sent_again_under_its_key_it_tells_what_the_first_did(bob):
    (_, late, _), page = approved(bob)
    let_pass(late)

    told = [again(bob, offered(page)) for _ in range(2)]

    assert all("2 taken back, 1 not" in one and "Already resumed at" in one for one in told)
    assert AuditEntry.objects.filter(action="decision.undone").count() == 2


def test_under_another_key_it_tells_that_there_is_nothing_left(bob):
    _, page = approved(bob)
    again(bob, offered(page))

    assert "0 taken back, 3 not" in again(bob, offered(page), "b" * 32)
    assert "0 taken back, 1 not" in again(bob, offered(page)[:1])


@pytest.mark.parametrize("by", ["bob", "carol"])
def test_sent_again_it_leaves_alone_what_was_decided_since(bob, by):
    (question,), page = approved(bob, count=1)
    again(bob, offered(page))
    question.refresh_from_db()
    actor = make_user(by, "reviewers")
    answer(question, actor=actor, decisions=[{"type": "reject"}], undo_seconds=60)

    assert again(bob, offered(page)).startswith("1 taken back")
    assert Decision.objects.get().verb == "reject"


def test_a_key_of_taking_back_is_nobody_elses(as_user, bob):
    _, page = approved(bob)
    again(bob, offered(page))

    assert "0 taken back, 3 not" in again(as_user("sue", "supervisors"), offered(page))


@pytest.mark.django_db(transaction=True)
def test_two_at_once_under_one_key_both_tell_of_one_taking_back(as_user):
    clients = [as_user("bob", "reviewers") for _ in range(2)]
    questions, page = approved(clients[0])
    items = offered(page)

    told = together([lambda: again(clients[0], items), lambda: again(clients[1], items)])

    assert [one.startswith("3 taken back") for one in told] == [True, True]
    assert statuses(questions) == ["pending"] * 3
    assert AuditEntry.objects.filter(action="decision.undone").count() == 3


def test_what_was_decided_anew_meanwhile_stays(bob):
    (question, *_), page = approved(bob, count=1)
    bob.post(PATH, {"item": offered(page)})
    question.refresh_from_db()
    answer(question, decisions=[{"type": "reject"}], undo_seconds=60)

    result = bob.post(PATH, {"item": offered(page)})

    assert "The question has changed since you saw it." in words(result)
    assert Decision.objects.get().verb == "reject"


def test_a_single_decision_made_later_is_the_one_that_is_offered(bob):
    approved(bob)
    single = make_interrupt(policy={"undo_seconds": 60}, risk="low")
    form = fields(bob.get(f"/interrupts/{single.pk}/")) | {"verb": "approve"}
    bob.post(f"/interrupts/{single.pk}/decide/", form)

    page = bob.get("/runs/")

    assert f"/interrupts/{single.pk}/undo/" in page.content.decode()
    assert offered(page) == []


def test_without_windows_nothing_is_offered(bob):
    questions = [make_interrupt(policy={"undo_seconds": 0}) for _ in range(2)]

    page = send(bob, "approve", list(map(item, questions)))

    assert offered(page) == [] and offered(bob.get("/")) == []


def test_htmx_gets_the_offer_in_the_sheet_and_for_the_page_below(bob):
    questions = asked(2)
    path, sent = "/inbox/bulk/do/", {"act": "approve", "item": list(map(item, questions))}

    sheet = bob.post(path, sent, **HTMX).content.decode()
    undone = bob.post(PATH, {"item": offered(bob.get("/"))}, **HTMX).content.decode()

    assert sheet.count(f'action="{PATH}"') == 2 and 'hx-target="#held"' in sheet
    assert undone.count(f'action="{PATH}"') == 0 and 'hx-target="#held"' in undone


def test_who_may(as_user, bob, alice):
    _, page = approved(bob)
    sent = {"item": offered(page)}

    assert alice.post(PATH, sent).status_code == 403
    assert Client().post(PATH, sent)["Location"].startswith("/login/")
    assert bob.get(PATH).status_code == 405
    assert "0 taken back, 3 not" in words(as_user("ravi", "reviewers").post(PATH, sent))
    assert Decision.objects.count() == 3


@pytest.mark.parametrize("odd", ["x", "1", "1:x", f"{10**20}:1", f"1:{10**12}"])
def test_an_odd_form_is_refused(bob, odd):
    assert bob.post(PATH, {"item": [odd]}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_each_question_is_taken_back_by_one(as_user):
    clients = [as_user("bob", "reviewers"), as_user("carol", "supervisors")]
    questions, page = approved(clients[0], count=5)
    sent = {"item": offered(page)}
    upside_down = {"item": sent["item"][::-1]}

    pages = together(
        [lambda: clients[0].post(PATH, sent), lambda: clients[1].post(PATH, upside_down)]
    )

    assert statuses(questions) == ["pending"] * 5
    assert sum(int(re.search(r"(\d+) taken back", words(one))[1]) for one in pages) == 5
    assert AuditEntry.objects.filter(action="decision.undone").count() == 5


def test_the_offer_ends_with_the_last_of_its_windows(bob):
    questions, _ = approved(bob)
    end = timezone.now() + timedelta(seconds=90)
    Decision.objects.filter(interrupt=questions[0]).update(effective_at=end)

    assert len(offered(bob.get("/"))) == 3
