from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from approvals.models import AuditEntry
from approvals.services.claims import claim
from tests.approvals.api.client import V1, alice, as_token, bob, pointers, refused, stranger
from tests.factories import make_decision, make_interrupt, make_user

pytestmark = pytest.mark.django_db

BODIES: dict[str, dict[str, Any]] = {
    "claim": {},
    "release": {},
    "assign": {"assignee": "bob"},
    "snooze": {"until": (timezone.now() + timedelta(hours=2)).isoformat()},
}


def act(client: APIClient, question: Any, verb: str, **fields: Any) -> Any:
    return client.post(f"{V1}/interrupts/{question.pk}/{verb}/", BODIES[verb] | fields)


def test_a_claim_is_answered_with_the_question_as_it_stands() -> None:
    question = make_interrupt()

    said = act(bob(), question, "claim").json()

    assert (said["id"], said["claimed_by"], said["version"]) == (question.pk, "bob", 1)
    assert said["claimed_until"] > timezone.now().isoformat()


def test_a_release_leaves_it_to_others() -> None:
    question = make_interrupt()
    claim(question.pk, actor=make_user("bob", "reviewers"), via="page")

    assert act(bob(), question, "release").json()["claimed_by"] is None


def test_an_assignment_can_be_given_and_taken_away() -> None:
    question = make_interrupt()

    names = [act(bob(), question, "assign", assignee=name).json() for name in ("bob", None)]

    assert [said["assignee"] for said in names] == ["bob", None]


def test_a_snooze_can_be_set_and_ended() -> None:
    question = make_interrupt()

    set_, ended = act(bob(), question, "snooze"), act(bob(), question, "snooze", until=None)

    assert set_.json()["snoozed_by"] == "bob"
    assert ended.json()["snoozed_until"] is None


def test_who_comes_second_is_told_who_was_first() -> None:
    question = make_interrupt()
    claim(question.pk, actor=make_user("carol", "reviewers"), via="page")

    response = act(bob(), question, "claim")

    assert refused(response) == (409, "claimed")
    assert response.json()["current"]["claimed_by"] == "carol"
    assert act(bob(), question, "claim", take_over=True).json()["claimed_by"] == "bob"


def test_an_assignment_from_a_stale_list_is_refused() -> None:
    question = make_interrupt(assignee=make_user("carol", "reviewers"))

    assert refused(act(bob(), question, "assign", was=None)) == (409, "assigned")


@pytest.mark.parametrize("verb", BODIES)
def test_the_same_key_acts_once(verb: str) -> None:
    question, client = make_interrupt(), bob()
    client.credentials(**client._credentials, HTTP_IDEMPOTENCY_KEY="k")

    first, again = act(client, question, verb), act(client, question, verb)

    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("verb", BODIES)
def test_each_asks_for_the_right_to_decide(verb: str) -> None:
    question, decided = make_interrupt(), make_decision().interrupt
    reader = as_token(make_user("bob", "reviewers"), "interrupts:read")

    assert APIClient().post(f"{V1}/interrupts/{question.pk}/{verb}/").status_code == 401
    assert refused(act(alice(), question, verb)) == (403, "own_request")
    assert refused(act(stranger(), question, verb)) == (404, "not_found")
    assert refused(act(reader, question, verb)) == (403, "insufficient_scope")
    assert refused(act(bob(), decided, verb)) == (409, "already_decided")
    assert (
        not AuditEntry.objects.filter(interrupt=question).exclude(action="access.denied").exists()
    )


@pytest.mark.parametrize(
    ("verb", "fields", "at"),
    [
        ("claim", {"take_over": "yes"}, "/take_over"),
        ("assign", {"assignee": 7}, "/assignee"),
        ("assign", {"assignee": ""}, "/assignee"),
        ("snooze", {"until": "soon"}, "/until"),
    ],
)
def test_a_body_of_another_form_is_malformed(verb: str, fields: Any, at: str) -> None:
    response = act(bob(), make_interrupt(), verb, **fields)

    assert (refused(response), pointers(response)) == ((400, "malformed"), [at])


def test_somebody_who_could_not_decide_it_is_not_assigned() -> None:
    response = act(bob(), make_interrupt(), "assign", assignee="nobody")

    assert (refused(response), pointers(response)) == ((422, "invalid_handling"), ["/assignee"])
