"""Taking back, the list of what one decided, and where a decision leads: from the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from approvals.models import Decision, Interrupt, UserPreferences
from approvals.services.bulk import Item, decide_all
from tests.approvals.policy.test_undo import let_pass
from tests.approvals.web.reading import fields, words
from tests.factories import make_interrupt, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]


def asked(**fields: Any) -> Interrupt:
    return make_interrupt(policy={"undo_seconds": 60}, **fields)


def approve(client: Client, interrupt: Interrupt) -> Any:
    form = fields(client.get(f"/interrupts/{interrupt.pk}/"))
    return client.post(f"/interrupts/{interrupt.pk}/decide/", form | {"verb": "approve"})


def undo_button(pk: int) -> str:
    return f'action="/interrupts/{pk}/undo/"'


def test_a_decision_from_a_page_waits_for_the_window_of_its_policy(bob):
    approve(bob, asked())

    decision = Decision.objects.get()
    assert 59 <= (decision.effective_at - decision.created_at).total_seconds() <= 61


def test_the_decided_page_offers_to_take_it_back_without_javascript(bob):
    interrupt = asked()
    approve(bob, interrupt)

    page = bob.get(f"/interrupts/{interrupt.pk}/")

    assert page.content.decode().count(undo_button(interrupt.pk)) == 1
    assert "Approved by bob" in words(page) and "resuming at" in words(page)


def test_any_other_page_offers_it_as_well(bob):
    interrupt = asked()
    approve(bob, interrupt)

    page = bob.get("/runs/")

    assert undo_button(interrupt.pk) in page.content.decode()
    assert "Approved resuming at" in words(page)


def test_past_the_window_no_page_offers_it(bob):
    interrupt = asked()
    approve(bob, interrupt)
    let_pass(interrupt)

    for path in ("/runs/", "/decided/", f"/interrupts/{interrupt.pk}/"):
        assert undo_button(interrupt.pk) not in bob.get(path).content.decode()


def test_a_colleague_is_not_offered_what_they_may_not_do(bob, as_user):
    interrupt = asked()
    approve(bob, interrupt)

    carol, ravi = as_user("carol", "supervisors"), as_user("ravi", "reviewers")
    page = f"/interrupts/{interrupt.pk}/"

    assert undo_button(interrupt.pk) in carol.get(page).content.decode()
    assert undo_button(interrupt.pk) not in ravi.get(page).content.decode()


def test_taking_back_leads_to_the_question_as_it_waits_again(bob):
    interrupt = asked()
    approve(bob, interrupt)

    response = bob.post(f"/interrupts/{interrupt.pk}/undo/")

    assert (response.status_code, response["Location"]) == (303, f"/interrupts/{interrupt.pk}/")
    page = bob.get(response["Location"])
    assert "Taken back. The question waits again." in words(page)
    assert "Decision taken back" in words(page)
    assert fields(page)["version"] == "3"


def test_too_late_is_said_with_the_time(bob):
    interrupt = asked()
    approve(bob, interrupt)
    let_pass(interrupt)

    page = bob.post(f"/interrupts/{interrupt.pk}/undo/")

    assert page.status_code == 409
    assert "Already resumed at" in words(page)


def test_who_may_take_back(as_user, bob):
    interrupt = asked()
    approve(bob, interrupt)
    path = f"/interrupts/{interrupt.pk}/undo/"

    assert as_user("ravi", "reviewers").post(path).status_code == 403
    assert as_user("eve", "requesters").post(path).status_code == 404
    assert Client().post(path)["Location"].startswith("/login/")
    assert bob.get(path).status_code == 405
    assert Decision.objects.exists()


def test_the_list_shows_ones_own_decisions_newest_first(bob, as_user):
    first, second = asked(title="Pay Ana"), asked(title="Pay Ben")
    approve(bob, first)
    approve(bob, second)
    approve(as_user("carol", "supervisors"), asked(title="Pay Eve"))

    text = words(bob.get("/decided/"))

    assert text.index("Pay Ben") < text.index("Pay Ana")
    assert "Pay Eve" not in text


def test_the_list_asks_for_an_account():
    assert Client().get("/decided/")["Location"].startswith("/login/")
    assert Client().post("/decided/after/", {"after": "list"})["Location"].startswith("/login/")


def test_a_decision_leads_to_the_next_question(bob):
    one, other = asked(), asked(risk="high")

    assert approve(bob, one)["Location"] == f"/interrupts/{other.pk}/"


def test_the_next_question_is_one_this_person_may_decide(bob):
    one = asked()
    make_interrupt(policy={"groups": ["finance"]}, risk="critical")
    make_interrupt(held_reason="Its code changed.", risk="critical")
    other = asked()

    assert approve(bob, one)["Location"] == f"/interrupts/{other.pk}/"


def test_the_last_decision_stays_on_its_page(bob):
    interrupt = asked()

    assert approve(bob, interrupt)["Location"] == f"/interrupts/{interrupt.pk}/"


@pytest.mark.parametrize(("way", "where"), [("list", "/"), ("stay", "own"), ("nonsense", "next")])
def test_where_a_decision_leads_is_ones_own_choice(bob, way, where):
    one, other = asked(), asked()
    places = {"own": f"/interrupts/{one.pk}/", "next": f"/interrupts/{other.pk}/"}

    bob.post("/decided/after/", {"after": way})

    assert approve(bob, one)["Location"] == places.get(where, where)


def card(client: Client, interrupt: Interrupt) -> str:
    return words(client.get(f"/runs/{interrupt.run_id}/card/"))


def test_within_the_window_the_run_says_when_it_goes_on(bob):
    interrupt = asked()
    assert "Waits for a person" in card(bob, interrupt)

    approve(bob, interrupt)

    said = card(bob, interrupt)
    assert "Decided, goes on at " in said
    assert "unless the decision is taken back" in said
    assert "Waits for a person" not in said


def test_a_run_that_owes_another_answer_still_waits_for_a_person(bob):
    interrupt = asked()
    asked(run=interrupt.run)

    approve(bob, interrupt)

    assert "Waits for a person" in card(bob, interrupt)


def test_past_the_window_the_run_waits_for_a_worker(bob):
    interrupt = asked()
    approve(bob, interrupt)
    let_pass(interrupt)

    assert "Waits for a worker" in card(bob, interrupt)


@pytest.mark.parametrize(
    ("wanted", "policy", "window"), [(120, 60, 120), (30, 60, 60), (60, 0, 60)]
)
def test_ones_own_window_lengthens_that_of_a_policy_and_never_shortens_it(
    bob, wanted, policy, window
):
    bob.post("/settings/", {"undo_seconds": str(wanted)})
    interrupt = make_interrupt(policy={"undo_seconds": policy})

    approve(bob, interrupt)

    decision = Decision.objects.get()
    assert (decision.effective_at - decision.created_at).total_seconds() == pytest.approx(
        window, abs=1
    )
    assert undo_button(interrupt.pk) in bob.get("/runs/").content.decode()


def test_ones_own_window_counts_for_decisions_together_too(bob):
    bob.post("/settings/", {"undo_seconds": "120"})
    one, other = asked(risk="low"), make_interrupt(risk="low")
    items = [f"{row.pk}:{row.version}:{row.digest}" for row in (one, other)]

    bob.post("/inbox/bulk/do/", {"act": "approve", "item": items})

    windows = [row.effective_at - row.created_at for row in Decision.objects.all()]
    assert [window.total_seconds() for window in windows] == pytest.approx([120, 120], abs=1)


def test_only_pages_know_of_ones_own_window(bob):
    UserPreferences.objects.create(user=make_user("bob", "reviewers"), undo_seconds=120)
    question = asked()

    decide_all(
        [Item(id=question.pk, version=question.version, digest=question.digest)],
        actor=make_user("bob", "reviewers"), verb="approve", auth_method="token",
    )  # fmt: skip

    decision = Decision.objects.get()
    assert (decision.effective_at - decision.created_at).total_seconds() == pytest.approx(60, abs=1)
