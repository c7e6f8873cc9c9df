"""The arguments as JSON text, beside the form: the same draft, without a line of JavaScript."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from approvals.hiding.masking import MASK, hide
from approvals.models import Decision, Interrupt
from tests.approvals.web.reading import HTMX, fields, words
from tests.factories import ACTION, ARGS, ARGS_SCHEMA, make_interrupt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]


def post(client: Any, interrupt: Interrupt, page: Any, where: str = "decide", **said: Any) -> Any:
    return client.post(f"/interrupts/{interrupt.pk}/{where}/", fields(page) | said)


def opened(client: Any, interrupt: Interrupt) -> Any:
    return client.get(f"/interrupts/{interrupt.pk}/")


def as_json(client: Any, interrupt: Interrupt, **typed: Any) -> Any:
    return post(client, interrupt, opened(client, interrupt), _op="as:json", **typed)


def approve(client: Any, interrupt: Interrupt, page: Any, text: Any, **said: Any) -> Any:
    typed = text if isinstance(text, str) else json.dumps(text)
    return post(client, interrupt, page, **{"~text": typed, "verb": "approve"}, **said)


def test_the_tab_shows_the_arguments_as_json(bob):
    page = as_json(bob, make_interrupt())

    assert json.loads(unescape(fields(page)["~text"])) == ARGS
    assert "/amount" not in fields(page)


def test_what_was_typed_into_the_form_is_in_the_json(bob):
    page = as_json(bob, make_interrupt(), **{"/amount": "80"})

    assert json.loads(unescape(fields(page)["~text"])) == ARGS | {"amount": 80.0}
    assert "1 edited" in words(page)


def test_what_was_typed_as_json_is_in_the_form(bob):
    interrupt = make_interrupt()
    page = as_json(bob, interrupt)

    back = post(bob, interrupt, page, **{"~text": '{"amount": 80, "note": "x"}', "_op": "as:form"})

    assert (fields(back)["/amount"], fields(back)["/note"]) == ("80", "x")
    assert "~text" not in fields(back)


def test_an_edit_as_json_is_decided_like_one_in_the_form(bob):
    interrupt = make_interrupt()

    done = approve(bob, interrupt, as_json(bob, interrupt), ARGS | {"amount": 80.5})

    assert done.status_code == 303
    assert Decision.objects.get().decisions == [{"type": "edit", "args": ARGS | {"amount": 80.5}}]


def test_untouched_json_is_an_approval(bob):
    interrupt = make_interrupt()
    page = as_json(bob, interrupt)

    done = approve(bob, interrupt, page, unescape(fields(page)["~text"]).replace("\n", "\r\n"))

    assert (done.status_code, Decision.objects.get().verb) == (303, "approve")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n  "amount": 80,\n  "note": oops\n}', "line 3, column 11"),
        ('{"amount": 1, "amount": 2, "note": "x"}', "appears twice"),
        ('{"amount": NaN, "note": "x"}', "NaN is not a JSON number"),
        ('{"amount": "much", "note": "x"}', "/amount"),
        ("[]", "Not sent."),
        ("", "line 1, column 1"),
    ],
)
def test_what_is_wrong_is_said_where_it_is_and_the_text_stays(bob, text, said):
    interrupt = make_interrupt()

    refused = approve(bob, interrupt, as_json(bob, interrupt), text)

    assert refused.status_code == 422
    assert said in words(refused)
    assert unescape(fields(refused)["~text"]).strip() == text
    assert not Decision.objects.exists()


def test_broken_json_does_not_go_back_to_the_form(bob):
    interrupt = make_interrupt()

    page = post(bob, interrupt, as_json(bob, interrupt), **{"~text": "{", "_op": "as:form"})

    assert fields(page)["~text"].strip() == "{"
    assert "Not valid JSON" in words(page)


def test_faults_are_told_while_somebody_types(bob):
    interrupt = make_interrupt()
    page = as_json(bob, interrupt)
    body = fields(page) | {"~text": '{"amount": "much", "note": "x"}'}

    echo = bob.post(f"/interrupts/{interrupt.pk}/form/", body, headers=HTMX)

    assert "/amount" in words(echo)


def test_what_a_form_has_no_control_for_cannot_be_changed_as_json(bob):
    fixed = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}}}
    action = ACTION | {"schema": fixed, "args": {"id": "a"}}
    interrupt = make_interrupt(actions=[action])

    refused = approve(bob, interrupt, as_json(bob, interrupt), {"id": "b"})

    assert (refused.status_code, Decision.objects.exists()) == (422, False)
    assert "/id : This cannot be changed." in words(refused)


def test_each_of_several_actions_has_its_own_tab(bob):
    interrupt = make_interrupt(actions=[ACTION, ACTION])

    page = post(bob, interrupt, opened(bob, interrupt), **{"a1:_op": "as:json"})

    assert "a0:/amount" in fields(page)
    assert json.loads(unescape(fields(page)["a1:~text"])) == ARGS


def test_a_draft_of_broken_json_is_kept(bob):
    interrupt = make_interrupt()
    page = as_json(bob, interrupt)
    post(bob, interrupt, page, "draft", **{"~text": '{"amount": 8'})

    assert unescape(fields(opened(bob, interrupt))["~text"]).strip() == '{"amount": 8'


@pytest.fixture
def masked() -> Interrupt:
    columns = {
        "actions": [ACTION | {"args": {"amount": 1.0, "note": "hunter22"}, "schema": ARGS_SCHEMA}],
        "state": {}, "request": {}, "title": "Pay", "summary": "", "effect": "", "description": "",
    }  # fmt: skip
    return make_interrupt(policy={"masked": ["/note"]}, **hide(columns, ["/note"]))


def test_a_mask_is_shown_and_stands_for_what_it_hides(bob, masked):
    page = as_json(bob, masked)
    shown = json.loads(unescape(fields(page)["~text"]))
    assert (shown, "hunter22" in page.content.decode()) == ({"amount": 1.0, "note": MASK}, False)

    done = approve(bob, masked, page, shown | {"amount": 2.0})

    decision = Decision.objects.get()
    assert (done.status_code, decision.decisions[0]["args"]["note"]) == (303, MASK)
    assert "hunter22" in json.dumps(decision.resume_value)


def test_a_mask_somewhere_else_is_refused(bob, masked):
    refused = approve(bob, masked, as_json(bob, masked), {"amount": 2.0, "note": f"{MASK} x"})

    assert (refused.status_code, Decision.objects.exists()) == (422, False)


def kept_of(question: Interrupt) -> str:
    return json.dumps(list(question.drafts.values_list("form", "changes")), ensure_ascii=False)


def test_json_is_kept_without_what_was_changed_where_a_policy_masks(bob, masked):
    page = as_json(bob, masked)
    post(bob, masked, page, "draft", **{"~text": '{"amount": 2.0, "note": "new secret"}'})

    assert "new secret" not in kept_of(masked)
    again = fields(opened(bob, masked))
    assert json.loads(unescape(again["~text"])) == {"amount": 2.0, "note": MASK}


@pytest.mark.parametrize(
    "typed",
    [
        '{"amount": 2.0, "note": {"deep": "new secret"}}',
        '{"amount": 2.0, "note": ["new secret"]}',
        '"new secret"',
        '["new secret"]',
    ],
)
def test_no_shape_of_json_carries_a_secret_into_a_draft(bob, masked, typed):
    post(bob, masked, as_json(bob, masked), "draft", **{"~text": typed})

    assert "new secret" not in kept_of(masked)


def test_json_that_cannot_be_read_leaves_the_draft_as_it_was(bob, masked):
    page = as_json(bob, masked)
    post(bob, masked, page, "draft", **{"~text": '{"amount": 2.0}'})
    before = kept_of(masked)

    post(bob, masked, page, "draft", **{"~text": '{"amount": 3.0, "note": "new secret"'})

    assert (kept_of(masked), "new secret" in kept_of(masked)) == (before, False)


def test_a_masked_draft_is_decided_with_what_it_hides(bob, masked):
    page = as_json(bob, masked)
    post(bob, masked, page, "draft", **{"~text": json.dumps({"amount": 2.0, "note": MASK})})
    again = opened(bob, masked)

    done = post(bob, masked, again, verb="approve")

    assert done.status_code == 303
    resumed = json.dumps(Decision.objects.get().resume_value)
    assert ("hunter22" in resumed, MASK in resumed) == (True, False)
