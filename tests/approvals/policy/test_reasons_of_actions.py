"""Reasons to choose from, where one question has several actions: each is given its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from approvals.exceptions import CareNeeded, InvalidDecision
from approvals.models import AuditEntry, Decision, Interrupt
from approvals.services.answering import check_answer
from approvals.services.undo import undo
from tests.approvals.api.client import V1, as_token, pointers
from tests.approvals.policy.test_reasons import REASONS, asked, decided, place
from tests.approvals.web.reading import HTMX, fields, words
from tests.approvals.web.test_several_actions import MAIL, WIPE
from tests.factories import make_decision, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

APPROVE = {"type": "approve"}
NONE_OF = "This is none of the reasons there are to choose from."
KEY = "c" * 32


def several(**fields: Any) -> Interrupt:
    return asked(actions=[MAIL, WIPE], **fields)


def rejected(code: str, **said: Any) -> dict[str, Any]:
    return {"type": "reject", "reason_code": code} | said


def faults(question: Interrupt, *decisions: Any, **said: Any) -> list[str]:
    with pytest.raises(CareNeeded) as refused:
        decided(question, *decisions, **said)
    assert not Decision.objects.exists()
    return [fault["pointer"] for fault in refused.value.errors]


def heard(made: Decision) -> list[dict[str, Any]]:
    return made.resume_value["decisions"]


def press(client: Client, question: Interrupt, **said: Any) -> Any:
    form = fields(client.get(place(question))) | {"verb": "each"} | said
    return client.post(f"{place(question)}decide/", form)


def test_each_action_keeps_its_own_in_the_decision_and_in_the_history() -> None:
    said = [rejected("duplicate"), rejected("wrong amount", message="of order 7")]

    made = decided(several(), *said)

    made.refresh_from_db()
    assert (made.decisions, made.reason_code) == (said, "")
    assert AuditEntry.objects.get(action="question.decided").data["decisions"] == said


def test_the_graph_hears_them_in_words_and_never_sees_their_key() -> None:
    made = decided(several(), rejected("duplicate"), rejected("wrong amount", message="of order 7"))

    assert heard(made) == [
        {"type": "reject", "message": "duplicate"},
        {"type": "reject", "message": "wrong amount: of order 7"},
    ]


def test_one_for_all_goes_to_those_without_their_own_and_never_to_consent() -> None:
    question = asked(actions=[WIPE] * 4, dialect="request")
    said = [APPROVE, {"type": "reject"}, rejected("wrong amount"), rejected("")]

    value = check_answer(
        question, said, reviewer=make_user("bob"), reason="order 7", reason_code="duplicate"
    )

    assert [one["message"] for one in value] == [
        "order 7", "duplicate: order 7", "wrong amount: order 7", "order 7",
    ]  # fmt: skip


def test_of_a_single_action_its_own_is_that_of_the_whole_decision() -> None:
    made = decided(asked(), rejected("duplicate"))

    assert (made.reason_code, made.decisions) == ("duplicate", [{"type": "reject"}])
    assert heard(made) == [{"type": "reject", "message": "duplicate"}]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ([APPROVE, rejected("because")], ["/decisions/1/reason_code"]),
        ([APPROVE | {"reason_code": "duplicate"}, APPROVE], ["/decisions/0/reason_code"]),
        ([rejected("no"), rejected("none")],
         ["/decisions/0/reason_code", "/decisions/1/reason_code"]),
    ],
)  # fmt: skip
def test_one_that_does_not_fit_is_refused_at_its_own_action(said: Any, at: list[str]) -> None:
    assert faults(several(), *said) == at


def test_one_for_all_is_refused_where_each_has_its_own() -> None:
    both = [rejected("duplicate"), rejected("duplicate")]

    assert faults(several(), *both, reason_code="wrong amount") == ["/reason_code"]


@pytest.mark.parametrize("code", [None, 7, ["duplicate"], {"a": 1}])
def test_what_is_no_text_is_no_reason(code: Any) -> None:
    with pytest.raises(InvalidDecision) as refused:
        decided(several(), APPROVE, rejected(code))

    assert refused.value.errors == [{"pointer": "/1/reason_code", "message": "must be text"}]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ([rejected("duplicate"), rejected("duplicate")], None),
        ([rejected("duplicate"), {"type": "reject"}], ["/reason"]),
        ([rejected("duplicate"), APPROVE], ["/reason"]),
    ],
)
def test_they_are_reason_enough_when_every_action_is_rejected_with_one(said: Any, at: Any) -> None:
    question = several(policy={"reasons": REASONS, "reason_required": True})

    if at is None:
        assert decided(question, *said).reason == ""
    else:
        assert faults(question, *said) == at


def test_taken_back_they_stay_in_the_record() -> None:
    question = several()
    made = decided(question, rejected("duplicate"), APPROVE, undo_seconds=60)

    undo(question.pk, actor=made.actor, via="page")

    was = AuditEntry.objects.get(action="decision.undone").data["was"]
    assert was["decisions"] == [rejected("duplicate"), APPROVE]


def test_they_are_counted_with_those_of_whole_decisions() -> None:
    of_one = decided(several(), rejected("duplicate"), APPROVE)
    of_all = make_decision(reason_code="wrong amount", verb="reject")
    make_decision(decisions=[{"type": "edit", "args": {"reason_code": "duplicate"}}])

    assert Decision.objects.reason_codes() == ["duplicate", "wrong amount"]
    assert list(Decision.objects.because("duplicate")) == [of_one]
    assert list(Decision.objects.because("wrong amount")) == [of_all]


def test_each_action_offers_them_beside_reject_and_chooses_none(bob: Client) -> None:
    page = bob.get(place(several()))

    form = fields(page)
    assert [form.get(f"a{at}:~code:reject") for at in range(2)] == ["", ""]
    assert (form.get("a0:~code:respond"), form.get("a1:~code:respond")) == ("", None)
    assert page.content.decode().count('value="wrong amount"') == 4  # once for all


def test_the_page_sends_one_with_each_and_tells_them_afterwards(bob: Client) -> None:
    question = several()

    done = press(bob, question, **{
        "a0:~verb": "respond", "a0:~value": "Ask Ana.", "a0:~code:respond": "wrong amount",
        "a0:~code:reject": "duplicate",
        "a1:~verb": "reject", "a1:~code:reject": "duplicate", "a1:~reason": "of order 7",
        "~note": "Looked at twice",
    })  # fmt: skip

    made = Decision.objects.get()
    assert (done.status_code, made.reason_code) == (303, "")
    assert made.decisions == [
        {"type": "respond", "message": "Ask Ana.", "reason_code": "wrong amount"},
        rejected("duplicate", message="of order 7"),
    ]
    page = bob.get(place(question))
    assert [one.said for one in page.context["question"].actions] == [
        "wrong amount: Ask Ana.", "duplicate: of order 7",
    ]  # fmt: skip
    told = "Looked at twice · wrong amount: Ask Ana. · duplicate: of order 7"
    for address in (place(question), f"/runs/{question.run_id}/", "/decided/"):
        assert told in words(bob.get(address))


def test_rejecting_all_sends_the_one_for_all_and_none_of_single_actions(bob: Client) -> None:
    press(bob, several(), **{
        "verb": "reject", "~code:reject": "wrong amount", "a1:~code:reject": "duplicate",
    })  # fmt: skip

    made = Decision.objects.get()
    assert (made.reason_code, made.decisions) == ("wrong amount", [{"type": "reject"}] * 2)


def test_one_that_was_made_up_is_told_at_its_action(bob: Client) -> None:
    choice = {"a0:~verb": "approve", "a1:~verb": "reject", "a1:~code:reject": "because"}

    page = press(bob, several(), **choice)

    assert (page.status_code, Decision.objects.exists()) == (422, False)
    parts = [one.part.problems for one in page.context["question"].actions]
    assert parts == [{}, {"reason_code": NONE_OF}]
    assert 'aria-describedby="a1:reject-code-problem"' in page.content.decode()


def test_a_field_of_that_name_keeps_its_own_fault(bob: Client) -> None:
    schema = {"type": "object", "properties": {"reason_code": {"type": "string", "maxLength": 1}}}
    action = MAIL | {"args": {"reason_code": "a"}, "schema": schema}

    page = press(bob, asked(actions=[action, WIPE]), verb="approve", **{"a0:/reason_code": "abc"})

    assert list(page.context["question"].actions[0].part.edit.errors) == ["/reason_code"]


def test_a_draft_keeps_what_was_chosen_for_each(bob: Client) -> None:
    question = several()
    form = fields(bob.get(place(question))) | {"a1:~code:reject": "duplicate"}

    bob.post(f"{place(question)}draft/", form)

    kept = fields(bob.get(place(question)))
    assert (kept["a0:~code:reject"], kept["a1:~code:reject"]) == ("", "duplicate")


def test_comparing_what_was_typed_again_loses_no_choice(bob: Client) -> None:
    question = several(
        risk="critical", policy={"reasons": REASONS, "retype": ["/0/to"], "risk": "critical"}
    )
    form = fields(bob.get(place(question))) | {
        "_op": "compare", "~retyped:/0/to": "ana@example.org",
        "a1:~verb": "reject", "a1:~code:reject": "duplicate", "a1:~reason": "of order 7",
    }  # fmt: skip

    page = bob.post(f"{place(question)}form/", form)

    kept = fields(page)
    assert (kept["a1:~verb"], kept["a1:~code:reject"]) == ("reject", "duplicate")
    assert kept["a1:~reason"] == "of order 7"


def test_a_second_press_means_exactly_the_reasons_that_the_first_one_showed(bob: Client) -> None:
    question = several(policy={"reasons": REASONS, "confirm": True})
    choice = {"a0:~verb": "approve", "a1:~verb": "reject", "a1:~code:reject": "duplicate"}

    shown = fields(press(bob, question, **choice)) | {"verb": "each"}
    other = bob.post(f"{place(question)}decide/", shown | {"a1:~code:reject": "wrong amount"})

    assert (other.status_code, Decision.objects.exists()) == (200, False)
    bob.post(f"{place(question)}decide/", shown)
    assert Decision.objects.get().decisions[1] == rejected("duplicate")


def test_the_form_again_with_another_reason_comes_too_late(bob: Client) -> None:
    question = several()
    form = fields(bob.get(place(question))) | {
        "verb": "each", "a0:~verb": "approve", "a1:~verb": "reject", "a1:~code:reject": "duplicate",
    }  # fmt: skip

    def send(**changed: str) -> int:
        address = f"{place(question)}decide/"
        sent = bob.post(address, form | changed, headers={"Idempotency-Key": KEY}, **HTMX)
        return sent.status_code

    assert [send(), send(), send(**{"a1:~code:reject": "wrong amount"})] == [204, 204, 409]
    assert Decision.objects.get().decisions[1] == rejected("duplicate")


def test_the_api_takes_them_points_at_a_wrong_one_and_tells_them() -> None:
    question, bob = several(), as_token(make_user("bob", "reviewers"))
    address = f"{V1}/interrupts/{question.pk}/"
    seen = {"version": 1, "digest": question.digest}

    refused = bob.post(f"{address}decide/", seen | {"decisions": [APPROVE, rejected("because")]})
    taken = bob.post(f"{address}decide/", seen | {"decisions": [APPROVE, rejected("duplicate")]})

    assert (refused.status_code, pointers(refused)) == (422, ["/decisions/1/reason_code"])
    assert (taken.status_code, taken.json()["verb"]) == (200, "mixed")
    assert bob.get(address).json()["decision"]["decisions"] == [APPROVE, rejected("duplicate")]


def test_the_api_takes_other_reasons_for_another_request() -> None:
    question, bob = several(), as_token(make_user("bob", "reviewers"))

    def send(code: str) -> Any:
        body = {"version": 1, "digest": question.digest, "decisions": [APPROVE, rejected(code)]}
        address = f"{V1}/interrupts/{question.pk}/decide/"
        return bob.post(address, body, headers={"Idempotency-Key": "k1"})

    assert [send("duplicate").status_code, send("duplicate").status_code] == [200, 200]
    assert send("wrong amount").json()["code"] == "idempotency_key_reused"
    assert Decision.objects.count() == 1


def test_bulk_points_into_its_item() -> None:
    question, bob = several(), as_token(make_user("bob", "reviewers"))
    item = {"id": question.pk, "version": 1, "digest": question.digest}

    answer = bob.post(
        f"{V1}/interrupts/decide/",
        {"items": [{"id": 0}, item | {"decisions": [APPROVE, rejected("because")]}]},
    )

    fault = answer.json()["results"][1]["errors"][0]
    assert fault == {"pointer": "/items/1/decisions/1/reason_code", "message": NONE_OF}
