"""At critical risk a reviewer says the value from what they know, and sees the agent's after."""

from __future__ import annotations

from typing import Any

import pytest

from approvals import audit
from approvals.models import Decision, Interrupt
from tests.approvals.web.reading import fields, words
from tests.factories import ACTION, make_interrupt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

VALUE = "4321.5"
WAYS = (VALUE, "4,321.50", "4321.50", "4 321.5", "4.321,50", "4'321.50")


def asked(**fields: Any) -> Interrupt:
    args = {"amount": 4321.5, "note": "4321.50 for Ana"}
    return make_interrupt(
        **{
            "risk": "critical",
            "policy": {"risk": "critical", "retype": ["/amount"], "confirm": True},
            "actions": [ACTION | {"args": args, "description": "Pays 4 321.5"}],
            "title": "Pay 4,321.50",
            "summary": "4321.5 to Ana",
            "effect": "Transfers 4,321.50 EUR.",
            "description": "It is 4321.5 in all: 1, 4321.5, 2; 4.321,50 or 4'321.50.",
            "state": args | {"total": 4321.5, "lines": [{"sum": "4,321.50"}]},
        }
        | fields
    )


def place(interrupt: Interrupt) -> str:
    return f"/interrupts/{interrupt.pk}/"


def press(client: Any, interrupt: Interrupt, page: Any, **said: Any) -> Any:
    return client.post(f"{place(interrupt)}decide/", fields(page) | said)


def shown(page: Any) -> list[str]:
    return [way for way in WAYS if way in page.content.decode()]


def test_nothing_on_the_page_says_the_value_before_it_was_typed(bob):
    page = bob.get(place(asked()))

    assert shown(page) == []
    assert "Pay (not shown yet)" in words(page)
    assert "The agent's value is shown once you have typed yours." in words(page)


def test_neither_does_the_inbox_pane_nor_the_echo_of_typing(bob):
    interrupt = asked()
    page = bob.get(place(interrupt))

    echo = bob.post(f"{place(interrupt)}form/", fields(page) | {"~retyped:/amount": "1"},
                    headers={"HX-Request": "true"})  # fmt: skip

    assert shown(echo) == []


def test_typing_and_comparing_shows_both(bob):
    interrupt = asked()
    page = bob.get(place(interrupt))

    compared = press(bob, interrupt, page, **{"_op": "compare", "~retyped:/amount": "4300"})

    assert "The agent proposes something else: 4321.5" in words(compared)
    assert 'value="4300"' in compared.content.decode()
    assert not Decision.objects.exists()


def test_the_same_value_is_said_to_be_the_same(bob):
    interrupt = asked()

    compared = press(
        bob,
        interrupt,
        bob.get(place(interrupt)),
        **{"_op": "compare", "~retyped:/amount": "4321.50"},
    )

    assert "The agent proposes the same." in words(compared)


def test_comparing_with_nothing_shows_nothing(bob):
    interrupt = asked()

    compared = press(
        bob, interrupt, bob.get(place(interrupt)), **{"_op": "compare", "~retyped:/amount": " "}
    )

    assert "not shown yet" in words(compared)
    assert VALUE not in words(compared)


def test_approving_without_having_typed_shows_nothing_and_stores_nothing(bob):
    interrupt = asked()

    refused = press(bob, interrupt, bob.get(place(interrupt)), verb="approve")

    assert (refused.status_code, Decision.objects.exists()) == (422, False)
    assert VALUE not in words(refused)


def test_the_whole_way_without_javascript(bob):
    interrupt = asked()
    page = bob.get(place(interrupt))
    page = press(bob, interrupt, page, **{"_op": "compare", "~retyped:/amount": "4300"})
    page = press(bob, interrupt, page, **{"_op": "preview", "/amount": "4300"})
    assert "Approve with 1 edit" in words(page)
    page = press(bob, interrupt, page, verb="approve")
    assert (page.status_code, Decision.objects.exists()) == (200, False)

    done = press(bob, interrupt, page, verb="approve")

    assert done.status_code == 303
    assert Decision.objects.get().decisions[0]["args"]["amount"] == 4300


def test_a_draft_comes_back_once_the_value_was_typed(bob):
    interrupt = asked()
    page = bob.get(place(interrupt))
    page = press(bob, interrupt, page, **{"_op": "compare", "~retyped:/amount": "4321.5"})
    bob.post(f"{place(interrupt)}draft/", fields(page) | {"/note": "for Bea"})

    again = bob.get(place(interrupt))
    assert "for Bea" not in again.content.decode()
    compared = press(bob, interrupt, again, **{"_op": "compare", "~retyped:/amount": "4321.5"})

    assert fields(compared)["/note"] == "for Bea"


def test_rejecting_takes_no_typing(bob):
    interrupt = asked()

    done = press(bob, interrupt, bob.get(place(interrupt)), verb="reject")

    assert (done.status_code, Decision.objects.get().verb) == (303, "reject")


def test_who_only_follows_sees_the_question_as_it_is(as_user):
    page = as_user("carol", "auditors").get(place(asked()))

    assert "Pay 4,321.50" in words(page)


def test_a_decided_question_shows_everything(bob):
    page = bob.get(place(asked(status="cancelled")))

    assert "Pay 4,321.50" in words(page)


def test_news_of_its_run_do_not_say_it_either(bob):
    interrupt = asked()
    audit.append(interrupt.run, "question.asked", interrupt=interrupt)

    card = bob.get(f"/runs/{interrupt.run_id}/card/")

    assert shown(card) == []
    assert "Pay (not shown yet)" in words(card)


def test_nothing_is_ticked_as_checked_before_it_is_seen(bob):
    interrupt = asked(
        policy={"risk": "critical", "retype": ["/amount"], "flagged": ["/amount"], "confirm": True}
    )
    page = bob.get(place(interrupt))
    assert "I have checked" not in words(page)

    compared = press(bob, interrupt, page, **{"_op": "compare", "~retyped:/amount": "4321.5"})

    assert "I have checked" in words(compared)
