"""The care a policy asks for, on the review page: without a line of JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group

from approvals.models import Decision, Interrupt
from tests.approvals.web.reading import fields, words
from tests.factories import ACTION, ARGS, make_interrupt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

HIGH = {
    "risk": "high",
    "confirm": True,
    "reason_required": True,
    "flagged": ["/amount"],
    "notes": {"/amount": "Compare it with the invoice."},
    "why": ["Amount is above 50."],
    "unlooked": 1,
}


def asked(**policy: Any) -> Interrupt:
    return make_interrupt(policy=policy, effect="Pays 100.00 to Ana.")


def press(client: Any, page: Any, interrupt: Interrupt, verb: str = "approve", **changed: Any):
    return client.post(
        f"/interrupts/{interrupt.pk}/decide/", fields(page) | {"verb": verb} | changed
    )


def opened(client: Any, interrupt: Interrupt) -> Any:
    return client.get(f"/interrupts/{interrupt.pk}/")


def is_decided(interrupt: Interrupt) -> bool:
    return Decision.objects.filter(interrupt=interrupt).exists()


def test_the_page_says_why_somebody_is_asked_and_what_nobody_looked_at(bob):
    text = words(opened(bob, asked(**HIGH)))

    assert "Why you are asked Amount is above 50. Amount : Compare it with the invoice." in text
    assert "1 other field: no rule looked at it." in text


def test_without_a_policy_one_press_decides(bob):
    interrupt = make_interrupt()

    assert press(bob, opened(bob, interrupt), interrupt).status_code == 303
    assert is_decided(interrupt)


def test_a_confirmation_names_the_effect_and_stores_nothing(bob):
    interrupt = asked(confirm=True)

    page = press(bob, opened(bob, interrupt), interrupt, **{"~note": "known"})

    assert page.status_code == 200
    assert "Pays 100.00 to Ana. Nothing is sent yet: press the same button again" in words(page)
    assert "Yes, approve" in words(page)
    assert fields(page)["~note"] == "known"
    assert not is_decided(interrupt)


def test_the_second_press_means_it(bob):
    interrupt = asked(confirm=True)

    page = press(bob, opened(bob, interrupt), interrupt, **{"/amount": "80"})
    press(bob, page, interrupt)

    assert Decision.objects.get().decisions == [{"type": "edit", "args": ARGS | {"amount": 80}}]


def test_a_second_press_on_something_else_is_a_first_one(bob):
    interrupt = asked(confirm=True)

    page = press(bob, opened(bob, interrupt), interrupt)
    again = press(bob, page, interrupt, **{"/amount": "80"})

    assert "Nothing is sent yet" in words(again)
    assert not is_decided(interrupt)


def test_a_confirmation_of_an_earlier_version_confirms_nothing(bob):
    interrupt = asked(confirm=True)
    page = press(bob, opened(bob, interrupt), interrupt)
    Interrupt.objects.update(version=2)

    assert press(bob, page, interrupt).status_code == 409
    again = press(bob, page, interrupt, version="2")
    assert "Nothing is sent yet" in words(again)


def test_rejecting_takes_one_press(bob):
    interrupt = asked(confirm=True, flagged=["/amount"])

    press(bob, opened(bob, interrupt), interrupt, "reject")

    assert Decision.objects.get().verb == "reject"


def test_what_is_missing_is_said_where_it_is_missing(bob):
    interrupt = asked(**HIGH, retype=["/note"])

    page = press(bob, opened(bob, interrupt), interrupt, **{"~retyped:/note": "fist"})

    text = words(page)
    assert page.status_code == 422
    assert "Not sent." in text
    assert "Tick this once you have checked it." in text
    assert "This is not the value that would be carried out." in text
    assert 'aria-label="Reason, required" aria-required="true" aria-invalid="true"' in (
        page.content.decode()
    )
    assert fields(page)["~retyped:/note"] == "fist"
    assert not is_decided(interrupt)


def test_enough_care_and_two_presses_approve(bob):
    interrupt = asked(**HIGH)
    care = {"~checked": "/amount", "~note": "Compared with the invoice"}

    page = press(bob, opened(bob, interrupt), interrupt, **care)
    assert not is_decided(interrupt)
    press(bob, page, interrupt)

    decision = Decision.objects.get()
    assert (decision.verb, decision.reason) == ("approve", "Compared with the invoice")


def test_a_confirmed_page_does_not_get_around_the_care(bob):
    """The seal says what was confirmed, not that enough was done."""
    interrupt = asked(**HIGH)
    care = {"~checked": "/amount", "~note": "ok"}

    page = press(bob, opened(bob, interrupt), interrupt, **care)
    refused = press(bob, page, interrupt, **{"~note": ""})

    assert refused.status_code == 422
    assert not is_decided(interrupt)


def test_a_rejection_without_its_reason_opens_the_place_for_it(bob):
    interrupt = asked(reason_required=True)

    page = press(bob, opened(bob, interrupt), interrupt, "reject")

    assert page.status_code == 422
    assert '<details class="drop" name="bar" open>' in page.content.decode()


def test_several_actions_are_confirmed_together(bob):
    interrupt = make_interrupt(
        actions=[ACTION, ACTION], dialect="langchain_batched",
        request={"action_requests": [{"name": "pay", "args": ARGS}] * 2, "review_configs": []},
        policy={"confirm": True, "flagged": ["/1/amount"]},
    )  # fmt: skip
    chosen = {"a0:~verb": "reject", "a1:~verb": "approve", "~checked": "/1/amount"}

    page = press(bob, opened(bob, interrupt), interrupt, "each", **chosen)
    assert "Yes, send 2 decisions" in words(page)
    press(bob, page, interrupt, "each")

    assert [one["type"] for one in Decision.objects.get().decisions] == ["reject", "approve"]


def test_the_page_says_which_group_may_decide(bob, as_user):
    Group.objects.create(name="finance")
    interrupt = asked(groups=["finance"])

    page = opened(bob, interrupt)
    assert "only members of finance may decide it" in words(page)
    assert 'value="approve"' not in page.content.decode()
    assert press(bob, page, interrupt).status_code == 403
    assert (
        'value="approve"'
        in opened(as_user("fay", "reviewers", "finance"), interrupt).content.decode()
    )


def marked(page: Any) -> list[str]:
    """The names of fields in the form that say they are to be checked."""
    labels = re.findall(
        r'<(?:label|span) class="sf-label".*?</(?:label|span)>\n', page.content.decode(), re.S
    )
    return [re.sub(r"<[^>]+>|\*", "", one).split()[0] for one in labels if "check this" in one]


def test_a_flagged_field_says_so_in_the_form(bob):
    assert marked(opened(bob, asked(**HIGH))) == ["Amount"]
    assert marked(opened(bob, asked(flagged=[]))) == []


def test_of_several_actions_only_the_flagged_field_of_one_is_marked(bob):
    interrupt = make_interrupt(actions=[ACTION, ACTION], policy={"flagged": ["/1/note"]})

    page = opened(bob, interrupt)

    assert marked(page) == ["Note"]
    assert "check this" in page.content.decode().split('id="action-1"')[1]
