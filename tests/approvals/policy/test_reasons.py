"""Reasons to choose from: named by a policy, stored with the decision, heard by the agent."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.exceptions import CareNeeded
from approvals.models import AuditEntry, Decision, Interrupt
from approvals.policy import Asking, freeze
from approvals.services.decisions import decide
from approvals.services.undo import undo
from langvel.core.policy import Policy
from tests.approvals.api.client import V1, as_token
from tests.approvals.web.reading import fields, words
from tests.factories import ACTION, ARGS, make_interrupt, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

REASONS = ["wrong amount", "duplicate"]


def asked(**fields: Any) -> Interrupt:
    tool = ACTION | {"allowed": ["approve", "reject", "respond"], "response": "message"}
    defaults = {"policy": {"reasons": REASONS}, "actions": [tool], "dialect": "langchain_batched"}
    payload = {"action_requests": [{"name": "pay", "args": ARGS}], "review_configs": [{}]}
    return make_interrupt(**defaults | {"request": payload} | fields)


def decided(question: Interrupt, *decisions: dict[str, Any], **fields: Any) -> Decision:
    return decide(
        question.pk,
        actor=make_user("bob", "reviewers"),
        version=question.version,
        digest=question.digest,
        decisions=decisions or ({"type": "reject"},),
        via="api",
        auth_method="token",
        **fields,
    )


def place(question: Interrupt) -> str:
    return f"/interrupts/{question.pk}/"


def test_reasons_of_all_policies_are_frozen_in_order(settings: Any) -> None:
    settings.LANGVEL_POLICIES = {
        "payments": [{"reasons": REASONS}, {"reasons": ["duplicate", "too late"]}],
    }
    asking = Asking(agent_key="payments", node="pay", actions=[{"name": "pay", "args": ARGS}])

    assert freeze(asking).reasons == ["wrong amount", "duplicate", "too late"]


@pytest.mark.parametrize("reasons", ["duplicate", ["  "], ["x" * 101], ["two\nlines"]])
def test_what_cannot_be_a_reason_is_refused(reasons: Any) -> None:
    with pytest.raises(ValueError, match=r"must be (a list|one line)"):
        Policy(reasons=reasons)


def test_a_chosen_reason_is_stored_with_the_decision_and_its_entry() -> None:
    made = decided(asked(), reason_code="duplicate", reason="of order 7")

    made.refresh_from_db()
    assert (made.reason_code, made.reason) == ("duplicate", "of order 7")
    entry = AuditEntry.objects.get(action="question.decided")
    assert (entry.data["reason_code"], entry.data["reason"]) == ("duplicate", "of order 7")
    assert entry.facts["reason_code"] == "duplicate"


def test_without_one_the_entry_says_nothing_of_it() -> None:
    decided(asked(), reason="late")

    assert "reason_code" not in AuditEntry.objects.get(action="question.decided").data


@pytest.mark.parametrize(
    ("said", "heard"),
    [({}, "duplicate"), ({"reason": "of order 7"}, "duplicate: of order 7")],
)
def test_the_agent_hears_it_before_the_words(said: dict[str, str], heard: str) -> None:
    made = decided(asked(), reason_code="duplicate", **said)

    assert made.resume_value == {"decisions": [{"type": "reject", "message": heard}]}


def test_a_response_has_one_too_and_says_only_its_message() -> None:
    made = decided(asked(), {"type": "respond", "message": "Ask Ana."}, reason_code="duplicate")

    assert made.reason_code == "duplicate"
    assert made.resume_value["decisions"][0]["message"] == "Ask Ana."


@pytest.mark.parametrize(
    ("decision", "code"),
    [({"type": "reject"}, "because"), ({"type": "approve"}, "duplicate")],
)
def test_one_that_does_not_fit_is_refused(decision: dict[str, Any], code: str) -> None:
    with pytest.raises(CareNeeded) as refused:
        decided(asked(), decision, reason_code=code)

    assert [fault["pointer"] for fault in refused.value.errors] == ["/reason_code"]
    assert not Decision.objects.exists()


def test_it_is_reason_enough_for_a_rejection() -> None:
    question = asked(policy={"reasons": REASONS, "reason_required": True})

    assert decided(question, reason_code="duplicate").reason == ""


def test_taken_back_it_stays_in_the_record() -> None:
    question = asked()
    made = decided(question, reason_code="duplicate", undo_seconds=60)

    undo(question.pk, actor=made.actor, via="page")

    assert AuditEntry.objects.get(action="decision.undone").data["was"]["reason_code"] == (
        "duplicate"
    )


def test_reject_and_respond_offer_them_and_choose_none(bob: Any) -> None:
    page = bob.get(place(asked()))

    assert words(page).count("wrong amount duplicate another one") == 2
    assert (fields(page)["~code:reject"], fields(page)["~code:respond"]) == ("", "")


def test_where_no_policy_names_any_there_is_nothing_to_choose(bob: Any) -> None:
    assert "~code:" not in bob.get(place(asked(policy={}))).content.decode()


def test_rejecting_on_the_page_stores_what_was_chosen(bob: Any) -> None:
    question = asked()
    said = {"verb": "reject", "~code:reject": "duplicate", "~reason": "of order 7"}

    done = bob.post(f"{place(question)}decide/", fields(bob.get(place(question))) | said)

    made = Decision.objects.get()
    assert (done.status_code, made.reason_code, made.reason) == (303, "duplicate", "of order 7")
    assert "duplicate: of order 7" in words(bob.get(place(question)))
    assert "duplicate: of order 7" in words(bob.get(f"/runs/{question.run_id}/"))
    assert "duplicate: of order 7" in words(bob.get("/decided/"))


def test_responding_on_the_page_stores_its_own(bob: Any) -> None:
    question = asked()
    said = {
        "verb": "respond", "~value": "Ask Ana.",
        "~code:respond": "wrong amount", "~code:reject": "duplicate",
    }  # fmt: skip

    bob.post(f"{place(question)}decide/", fields(bob.get(place(question))) | said)

    assert Decision.objects.get().reason_code == "wrong amount"


def test_approving_takes_none_along(bob: Any) -> None:
    question = asked()
    said = {"verb": "approve", "~code:reject": "duplicate"}

    bob.post(f"{place(question)}decide/", fields(bob.get(place(question))) | said)

    assert Decision.objects.get().reason_code == ""


def test_one_that_was_made_up_is_told_beside_the_form(bob: Any) -> None:
    question = asked()
    said = {"verb": "reject", "~code:reject": "because"}

    page = bob.post(f"{place(question)}decide/", fields(bob.get(place(question))) | said)

    assert page.status_code == 422
    assert "none of the reasons there are to choose from" in words(page)


def test_a_draft_keeps_what_was_chosen(bob: Any) -> None:
    question = asked()
    form = fields(bob.get(place(question))) | {"~code:reject": "duplicate"}

    bob.post(f"{place(question)}draft/", form)

    assert fields(bob.get(place(question)))["~code:reject"] == "duplicate"


def test_the_api_names_them_takes_one_and_tells_it() -> None:
    question, bob = asked(), as_token(make_user("bob", "reviewers"))
    address = f"{V1}/interrupts/{question.pk}/"
    assert bob.get(address).json()["policy"]["reasons"] == REASONS
    body = {
        "version": 1, "digest": question.digest,
        "decisions": [{"type": "reject"}], "reason_code": "because",
    }  # fmt: skip

    refused = bob.post(f"{address}decide/", body)
    accepted = bob.post(f"{address}decide/", body | {"reason_code": "duplicate"})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason_code")
    assert accepted.status_code == 200
    assert bob.get(address).json()["decision"]["reason_code"] == "duplicate"
