"""What a policy masks is shown to nobody, and no mask ever reaches a graph."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command

from approvals.exceptions import InvalidDecision
from approvals.hiding.masking import MASK, NEW, as_shown, hide, put_back, revealed
from approvals.models import AuditEntry, Checkpoint, Decision, Interrupt, Run
from approvals.policy.care import Care
from approvals.services.decisions import decide
from tests.approvals.api.client import V1, as_session, as_token
from tests.approvals.conftest import answer
from tests.approvals.web.reading import fields, words
from tests.factories import make_interrupt, make_user

pytestmark = pytest.mark.django_db

IBAN = "ES9121000418450200051332"
PIN = 4711
ARGS = {
    "amount": 100.0,
    "card": {"pin": PIN, "holder": "Ana"},
    "accounts": [{"iban": IBAN, "label": "main"}, {"iban": "DE89370400440532013000", "label": "b"}],
    "note": "first",
}
COLUMNS = {
    "title": f"Pay to {IBAN}",
    "summary": "",
    "effect": f"Money goes to {IBAN}.",
    "description": "",
    "state": {"args": ARGS, "messages": [{"content": f"to {IBAN}, please"}], "amount": 100.0},
    "request": {"deep": {"action": {"args": ARGS}}},
    "actions": [
        {
            "name": "pay", "description": "", "args": ARGS, "allowed": ["approve", "edit", "reject"],
            "schema": {
                "type": "object",
                "properties": {
                    "amount": {"type": "number"},
                    "card": {
                        "type": "object",
                        "properties": {"pin": {"type": "integer"}, "holder": {"type": "string"}},
                    },
                    "accounts": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"iban": {"type": "string"}, "label": {"type": "string"}},
                        },
                    },
                    "note": {"type": "string"},
                },
            },
        }
    ],
}  # fmt: skip
PATTERNS = ["/card/pin", "**/iban"]


def asked(**fields: Any) -> Interrupt:
    hidden = hide(COLUMNS, PATTERNS)
    payload = {"action_requests": [{"name": "pay", "args": ARGS}], "review_configs": []}
    hidden["secrets"] = {**hidden["secrets"], "request": payload}
    return make_interrupt(
        dialect="langchain_batched", policy={"masked": PATTERNS} | fields, **hidden
    )


def edit(**changes: Any) -> list[dict[str, Any]]:
    shown = hide(COLUMNS, PATTERNS)["actions"][0]["args"]
    return [{"type": "edit", "args": shown | changes}]


def edited_args(question: Interrupt) -> Any:
    return Decision.objects.get().resume_value["decisions"][0]["edited_action"]["args"]


def test_hidden_values_are_in_none_of_the_columns_that_are_read() -> None:
    hidden = hide(COLUMNS, PATTERNS)
    secrets = hidden.pop("secrets")

    text = repr(hidden)
    assert not any(secret in text for secret in (IBAN, "DE8937", "4711"))
    assert IBAN in repr(secrets)
    assert hidden["title"] == f"Pay to {MASK} 2"
    assert hidden["actions"][0]["args"] == {
        "amount": 100.0,
        "card": {"pin": MASK, "holder": "Ana"},
        "accounts": [{"iban": f"{MASK} 2", "label": "main"}, {"iban": f"{MASK} 3", "label": "b"}],
        "note": "first",
    }
    assert hidden["state"]["messages"] == [{"content": f"to {MASK} 2, please"}]


def test_without_masks_nothing_is_kept_apart() -> None:
    assert hide(COLUMNS, []) == {**COLUMNS, "secrets": None}
    assert hide(COLUMNS, ["/nowhere"])["secrets"] is None


def test_a_whole_object_is_hidden_value_by_value() -> None:
    assert hide(COLUMNS, ["/card"])["actions"][0]["args"]["card"] == {
        "pin": MASK,
        "holder": f"{MASK} 2",
    }


def test_the_question_as_the_agent_asked_it_is_still_there() -> None:
    whole = revealed(asked())

    assert (whole.actions, whole.title) == (COLUMNS["actions"], COLUMNS["title"])


def test_an_untouched_mask_stands_for_what_it_hides() -> None:
    assert put_back(asked(), edit(amount=80.0))[0]["args"] == ARGS | {"amount": 80.0}


def test_masks_move_with_the_items_of_a_list() -> None:
    accounts = [{"iban": f"{MASK} 3", "label": "b"}]

    assert put_back(asked(), edit(accounts=accounts))[0]["args"]["accounts"] == [
        {"iban": "DE89370400440532013000", "label": "b"}
    ]


def test_a_new_value_goes_through_and_is_not_shown_either() -> None:
    question = asked()
    decisions = edit(card={"pin": 1234, "holder": "Ana"})

    assert put_back(question, decisions)[0]["args"]["card"] == {"pin": 1234, "holder": "Ana"}
    assert as_shown(question, decisions)[0]["args"]["card"] == {"pin": NEW, "holder": "Ana"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"note": MASK}, "/0/args/note"),
        ({"note": f"see {MASK} 2"}, "/0/args/note"),
        ({"card": {"pin": f"{MASK} 9", "holder": "Ana"}}, "/0/args/card/pin"),
        ({"card": {"pin": f"{MASK}0", "holder": "Ana"}}, "/0/args/card/pin"),
    ],
)
def test_a_mask_reaches_no_graph(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidDecision) as refused:
        put_back(asked(), edit(**changes))

    assert [error["pointer"] for error in refused.value.errors] == [pointer]


def test_the_graph_hears_the_value_and_the_record_keeps_the_mask() -> None:
    question = asked(retype=["/card/pin"])

    decide(
        question.pk, actor=make_user("bob", "reviewers"), version=1, digest=question.digest,
        decisions=edit(note="second"), via="api", auth_method="token",
        care=Care(retyped={"/card/pin": str(PIN)}),
    )  # fmt: skip

    decision = Decision.objects.get()
    assert edited_args(question) == ARGS | {"note": "second"}
    assert decision.decisions[0]["args"]["card"]["pin"] == MASK
    assert decision.patch == [[{"op": "replace", "path": "/note", "value": "second"}]]
    assert IBAN not in repr(AuditEntry.objects.get(action="question.decided").data)


def test_no_page_shows_it(as_user: Callable[..., Any]) -> None:
    question = asked()
    browser = as_user("bob", "reviewers")

    for path in ("", "raw/", "banner/"):
        text = browser.get(f"/interrupts/{question.pk}/{path}").content.decode()
        assert IBAN not in text and str(PIN) not in text
    assert IBAN not in browser.get("/").content.decode()
    assert MASK in words(browser.get(f"/interrupts/{question.pk}/"))


def test_a_form_that_is_sent_back_untouched_is_an_approval(as_user: Callable[..., Any]) -> None:
    question, browser = asked(), as_user("bob", "reviewers")
    form = fields(browser.get(f"/interrupts/{question.pk}/"))

    browser.post(f"/interrupts/{question.pk}/decide/", form | {"verb": "approve"})

    assert Decision.objects.get().decisions == [{"type": "approve"}]


def test_an_edit_on_the_page_keeps_what_is_hidden(as_user: Callable[..., Any]) -> None:
    question, browser = asked(), as_user("bob", "reviewers")
    form = fields(browser.get(f"/interrupts/{question.pk}/"))

    changed = form | {"verb": "approve", "/note": "second", "/card/pin": "1234"}
    response = browser.post(f"/interrupts/{question.pk}/decide/", changed)

    assert response.status_code == 303
    assert edited_args(question) == ARGS | {
        "note": "second",
        "card": {"pin": 1234, "holder": "Ana"},
    }


def test_masks_are_no_errors_while_somebody_types(as_user: Callable[..., Any]) -> None:
    question, browser = asked(), as_user("bob", "reviewers")
    form = fields(browser.get(f"/interrupts/{question.pk}/")) | {"/note": "second"}

    page = browser.post(
        f"/interrupts/{question.pk}/form/", form, headers={"HX-Request": "true"}
    ).content.decode()

    assert "aria-invalid" not in page


def test_the_api_and_its_lists_show_masks() -> None:
    question = asked()
    client = as_token(make_user("bob", "reviewers"))

    for path in (f"/interrupts/{question.pk}/", "/interrupts/", "/pending-approvals"):
        assert IBAN not in client.get(V1 + path).content.decode()
    shown = client.get(f"{V1}/interrupts/{question.pk}/").json()
    assert shown["actions"][0]["args"]["card"]["pin"] == MASK
    assert "secrets" not in shown


def test_who_may_see_reads_the_raw_data_and_leaves_a_line(as_user: Callable[..., Any]) -> None:
    question, browser = asked(), as_user("carol", "supervisors")
    permission = Permission.objects.get(codename="view_masked")
    make_user("carol", "supervisors").user_permissions.add(permission)

    assert IBAN in browser.get(f"/interrupts/{question.pk}/raw/").content.decode()
    entry = AuditEntry.objects.get(action="secrets.viewed")
    assert (entry.actor.username, entry.data["question"]) == ("carol", question.pk)


def test_who_may_see_reads_the_whole_run(as_user: Callable[..., Any]) -> None:
    question, browser = asked(), as_user("carol", "supervisors")
    Run.objects.update(input=ARGS, result={"paid": IBAN}, error={"message": f"no {IBAN}"})
    path = f"/runs/{question.run_id}/raw/"

    assert IBAN not in browser.get(path).content.decode()
    permission = Permission.objects.get(codename="view_masked")
    make_user("carol", "supervisors").user_permissions.add(permission)
    assert browser.get(path).content.decode().count(IBAN) == 2


def test_earlier_states_are_not_opened_for_those_who_may_not_see(
    as_user: Callable[..., Any],
) -> None:
    question = asked()
    path = f"runs/{question.run_id}/history/1/"
    Checkpoint.objects.create(
        run=question.run, checkpoint_id="1", step=1, state=ARGS, created_at=question.created_at
    )

    assert as_user("carol", "supervisors").get(f"/{path}").status_code == 403
    assert as_token(make_user("bob", "reviewers")).get(f"{V1}/{path}").status_code == 403


def test_the_admin_and_the_export_show_masks(
    as_user: Callable[..., Any], settings: Any, tmp_path: Any
) -> None:
    settings.LANGVEL_AUDIT_SINK = ""
    question = asked()
    decide(
        question.pk, actor=make_user("bob", "reviewers"), version=1, digest=question.digest,
        decisions=edit(note="second"), via="api", auth_method="token",
    )  # fmt: skip
    make_user("audrey", "auditors", is_staff=True)
    audrey = as_session(make_user("audrey", "auditors"))
    decision = Decision.objects.get()
    Run.objects.filter(pk=question.run_id).update(input={"deep": ARGS}, result={"paid": ARGS})

    for path in (
        f"interrupt/{question.pk}", f"decision/{decision.pk}", f"run/{question.run_id}"
    ):  # fmt: skip
        page = audrey.get(f"/admin/approvals/{path}/change/")
        assert page.status_code == 200
        assert IBAN not in page.content.decode() and str(PIN) not in page.content.decode()
    call_command("seal_audit")
    archive = audrey.get(f"{V1}/audit/export/")
    with zipfile.ZipFile(io.BytesIO(b"".join(archive.streaming_content))) as bundle:
        assert not any(IBAN.encode() in bundle.read(name) for name in bundle.namelist())


@pytest.mark.django_db(transaction=True)
def test_a_refund_is_paid_to_an_account_nobody_saw(
    settings: Any, started: Callable[..., Run], drive: Callable[..., Run]
) -> None:
    settings.LANGVEL_POLICIES = {"refunds": [{"masked": ["**/iban"]}]}
    refund = {
        "refund_id": "R-1", "customer": "Ana", "amount": "80.00",
        "items": [{"sku": "LAMP-1", "quantity": 1, "unit_price": "99.90"}],
        "method": {"kind": "bank", "iban": IBAN},
        "ship_to": {"name": "Ana", "street": "Via 1", "city": "Madrid", "postcode": "28013"},
    }  # fmt: skip
    run = started("refunds", input=refund)
    question = run.interrupts.get()
    assert IBAN not in repr([question.title, question.effect, question.actions, question.state])

    shown_by = as_token(make_user("bob", "reviewers"))
    assert IBAN not in shown_by.get(f"{V1}/runs/{run.pk}/").content.decode()

    answer(
        question,
        decisions=[{"type": "edit", "args": question.actions[0]["args"] | {"amount": "70.00"}}],
    )
    receipt = drive(run).result["metadata"]["receipt"]

    browser = as_session(make_user("bob", "reviewers"))
    for path in (f"/runs/{run.pk}/", f"/runs/{run.pk}/raw/", f"/runs/{run.pk}/card/"):
        assert IBAN not in browser.get(path).content.decode()
    for path in ("/runs/", f"/runs/{run.pk}/", f"/runs/{run.pk}/timeline/"):
        assert IBAN not in shown_by.get(V1 + path).content.decode()
    assert (receipt["amount"], receipt["to"]) == ("70.00", f"account {IBAN}")
