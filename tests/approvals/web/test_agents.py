from __future__ import annotations

import pytest
from django.test import Client

from approvals.models import Run
from tests.approvals.web.reading import HTMX, fields, words
from tests.factories import make_agent

pytestmark = pytest.mark.django_db

SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "amount": {"type": "number"},
        "express": {"type": "boolean", "default": True},
        "lines": {"type": "array", "items": {"type": "string"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
    "required": ["customer", "amount", "lines"],
}


def start_page(client, key="payments"):
    return client.get(f"/agents/{key}/start/")


def test_a_requester_may_start_a_run_of_each_agent(alice):
    make_agent("mails", title="Mails", description="Drafts letters.")

    response = alice.get("/agents/")

    assert "Mails" in words(response)
    assert 'href="/agents/mails/start/"' in response.content.decode()


def test_a_reviewer_sees_agents_without_a_way_to_start_them(bob):
    make_agent()

    assert "/start/" not in bob.get("/agents/").content.decode()
    assert start_page(bob).status_code == 403
    assert bob.post("/agents/payments/start/", {"/amount": "1"}).status_code == 403


def test_somebody_unknown_is_sent_to_the_door(db):
    make_agent()

    assert Client().get("/agents/")["Location"] == "/login/?next=/agents/"
    assert Client().post("/agents/payments/start/")["Location"].startswith("/login/")
    assert Client().get("/agents/payments/start/", **HTMX).status_code == 401


def test_an_unknown_agent_does_not_exist(alice):
    assert start_page(alice, "nobody").status_code == 404


def test_the_form_starts_from_the_defaults(alice):
    make_agent(input_schema=SCHEMA)

    form = fields(start_page(alice))

    assert {name: form[name] for name in ("/customer", "/amount", "/express")} == {
        "/customer": "",
        "/amount": "",
        "/express": "true",
    }


def test_what_was_filled_in_starts_a_run(alice):
    make_agent(input_schema=SCHEMA)

    response = alice.post(
        "/agents/payments/start/",
        fields(start_page(alice)) | {"/customer": "Ana", "/amount": "12.5"},
    )

    run = Run.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/runs/{run.pk}/")
    assert run.requested_by.username == "alice"
    assert run.input == {
        "customer": "Ana", "amount": 12.5, "express": True, "lines": [], "note": None,
    }  # fmt: skip


def test_lines_are_added_without_javascript(alice):
    make_agent(input_schema=SCHEMA)
    filled = fields(start_page(alice)) | {"/customer": "Ana", "/amount": "1"}

    longer = alice.post("/agents/payments/start/", filled | {"_op": "add:/lines"})
    alice.post("/agents/payments/start/", fields(longer) | {"/lines/0": "lamp"})

    assert Run.objects.get().input["lines"] == ["lamp"]
    assert Run.objects.get().input["customer"] == "Ana"


@pytest.mark.parametrize("amount", ["much", ""])
def test_a_missing_or_unreadable_number_is_said_and_kept(alice, amount):
    make_agent(input_schema=SCHEMA)
    filled = fields(start_page(alice)) | {"/customer": "Ana", "/amount": amount}

    response = alice.post("/agents/payments/start/", filled)

    kept = fields(response)
    assert (response.status_code, Run.objects.count()) == (422, 0)
    assert (kept["/customer"], kept["/amount"]) == ("Ana", amount)
    assert 'aria-invalid="true"' in response.content.decode()


def test_htmx_gets_the_part_that_moves(alice):
    make_agent(input_schema=SCHEMA)

    response = alice.post("/agents/payments/start/", {"_op": "add:/lines"}, **HTMX)

    assert "<html" not in response.content.decode()
    assert "/lines/0" in fields(response)


def test_a_text_postgresql_cannot_hold_is_refused(alice):
    make_agent(input_schema=SCHEMA)
    filled = fields(start_page(alice)) | {"/customer": "A\0na", "/amount": "1"}

    assert alice.post("/agents/payments/start/", filled).status_code == 422
    assert Run.objects.count() == 0


def test_a_default_its_own_schema_refuses_is_left_out(alice):
    make_agent(
        input_schema={"type": "object", "properties": {"to": {"type": "string", "default": None}}}
    )

    alice.post("/agents/payments/start/", fields(start_page(alice)))

    assert Run.objects.get().input == {}
