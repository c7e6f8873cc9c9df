"""One agent's page: its graph, what it takes, what it does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agents.adapters import adapt
from agents.samples.refunds import RefundAgent
from approvals.models import Agent
from approvals.services.agents import publish
from approvals.web.runs.drawing import draw
from approvals.web.runs.inputs import rows_of
from tests.approvals.web.reading import HTMX, words
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user
from tests.graphs import asks_once

pytestmark = pytest.mark.django_db

PAGE = "/agents/payments/"


def page(client: Client, key: str = "payments") -> str:
    response = client.get(f"/agents/{key}/")
    assert response.status_code == 200
    return str(response.content.decode())


def published(key: str, target: Any) -> Agent:
    publish([adapt(key, target)])
    return Agent.objects.get(key=key)


def test_it_says_what_the_agent_is(bob):
    make_agent(title="Payments", version="3+ab", description="Pays bills.")

    text = words(bob.get(PAGE))

    assert "Payments" in text and "Pays bills." in text and "3+ab" in text
    assert "Last seen just now" in text


def test_everybody_with_an_account_sees_it_and_requesters_may_start(alice, bob):
    make_agent()

    assert 'href="/agents/payments/start/"' in page(alice)
    assert "/start/" not in page(bob)


def test_somebody_unknown_is_sent_to_the_door(db):
    make_agent()

    assert Client().get(PAGE)["Location"] == f"/login/?next={PAGE}"
    assert Client().get(PAGE, **HTMX).status_code == 401


def test_an_unknown_agent_does_not_exist(bob):
    assert bob.get("/agents/nobody/").status_code == 404


def test_it_counts_what_was_decided_of_it_and_what_failed(bob):
    agent = make_agent()
    for verb in ("approve", "approve", "edit", "reject"):
        make_decision(make_interrupt(), verb=verb)
    make_decision(make_interrupt(run=make_run(agent=make_agent("others"))), verb="respond")
    make_run(agent=agent, status="error")

    text = words(bob.get(PAGE))

    assert "Decided 4 Approved 50% Approved with edits 25% Rejected 25% Median wait" in text
    assert "Responded" not in text
    assert "Failed 1 run" in text
    assert f"?agent={agent.key}&amp;status=error" in page(bob)


def test_a_requester_is_told_the_numbers_of_their_own_runs(alice):
    make_decision(make_interrupt(run=make_run(requested_by=make_user("dave", "requesters"))))
    make_run(requested_by=make_user("dave", "requesters"), status="error")

    text = words(alice.get(PAGE))

    assert "Last 30 days" not in text and "Failed" not in text


def test_it_changes_nothing(bob):
    make_agent()

    assert bob.post(PAGE).status_code == 405


def test_the_list_leads_to_it(bob):
    make_agent()

    assert f'href="{PAGE}"' in bob.get("/agents/").content.decode()


@pytest.mark.parametrize(
    ("target", "node"), [(RefundAgent, "draft_letter.gate"), (asks_once, "ask")]
)
def test_a_graph_of_either_kind_is_drawn(bob, target, node):
    published("it", target)

    html = page(bob, "it")

    assert f'data-node="{node}"' in html
    assert "style=" not in html[html.index("<svg xmlns") :]


def test_names_of_steps_are_escaped(bob):
    agent = published("it", asks_once)
    agent.title = "<script>1</script>"
    agent.drawing["boxes"][1] |= {"name": '"><script>2', "label": "<script>3"}
    agent.drawing["arrows"] = []
    agent.save()

    assert not re.search(r"<script>\d", page(bob, "it"))


def test_an_agent_published_before_graphs_were_drawn_has_none(bob):
    make_agent(drawing={"nodes": ["a"], "edges": []})

    assert "No worker has published its graph yet." in words(bob.get(PAGE))


def test_programs_that_ask_have_no_graph_no_input_and_no_start(alice):
    make_agent(kind="request")

    html = page(alice)

    assert "there is no graph to draw" in html
    assert "/start/" not in html and 'id="input-head"' not in html
    assert "/start/" not in alice.get("/agents/").content.decode()
    assert alice.get("/agents/payments/start/").status_code == 404


def test_questions_and_runs_are_those_the_reader_may_see(as_user, alice, bob):
    theirs = make_run(requested_by=make_user("ann", "requesters"), status="success")
    make_interrupt(run=theirs)
    mine = make_run(requested_by=make_user("alice", "requesters"))

    seen_by_alice, seen_by_bob = words(alice.get(PAGE)), words(bob.get(PAGE))

    assert "1 question" in seen_by_bob and "no question" in seen_by_alice
    assert {f"Run {run.pk}" in seen_by_bob for run in (theirs, mine)} == {True}
    assert f"Run {mine.pk}" in seen_by_alice and f"Run {theirs.pk}" not in seen_by_alice


def test_other_agents_questions_and_runs_are_not_counted(bob):
    make_agent()
    other = make_run(agent=make_agent("mails"))
    make_interrupt(run=other)

    text = words(bob.get(PAGE))

    assert "no question" in text and "None yet." in text


def test_it_asks_as_much_of_the_database_with_one_run_as_with_three(bob):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(bob)
        return len(queries)

    make_interrupt()
    one = cost()
    for name in ("ann", "amy"):
        make_interrupt(run=make_run(requested_by=make_user(name, "requesters")))

    assert cost() == one


def test_the_way_a_run_took_is_set_apart(db):
    agent = published("it", RefundAgent)

    drawn = draw(agent, visited={"draft_letter"}, current={"draft_letter.gate"})

    assert 'class="graph-node graph-step graph-visited" data-node="draft_letter"' in drawn
    assert 'class="graph-node graph-gate graph-current" data-node="draft_letter.gate"' in drawn
    assert drawn.count('class="graph-edge graph-visited"') == 2
    assert "graph-visited" not in draw(agent)


SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string", "description": "Whose money it is.", "maxLength": 40},
        "amount": {"anyOf": [{"type": "number"}, {"type": "string"}], "title": "Sum"},
        "method": {"enum": ["card", "bank"], "default": "card"},
        "due": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "minItems": 1},
        "home": {"$ref": "#/$defs/Address"},
    },
    "required": ["customer", "amount"],
    "$defs": {
        "Line": {
            "title": "Line",
            "type": "object",
            "properties": {"sku": {"type": "string"}, "count": {"type": "integer", "default": 1}},
            "required": ["sku"],
        },
        "Address": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "next": {"$ref": "#/$defs/Address"}},
        },
    },
}


def test_each_field_of_the_input_is_a_row():
    rows = [
        (row.path, row.kind, row.required, row.default, row.depth)
        for row in rows_of(SCHEMA)
        if not row.path.startswith("home.")
    ]

    assert rows == [
        ("customer", "text", True, "", 0),
        ("amount", "number", True, "", 0),
        ("method", "one of card, bank", False, "card", 0),
        ("due", "date", False, "", 0),
        ("lines", "list of line", False, "", 0),
        ("lines[].sku", "text", True, "", 1),
        ("lines[].count", "whole number", False, "1", 1),
        ("home", "group", False, "", 0),
    ]


def test_a_row_has_the_words_and_limits_of_its_schema():
    rows = {row.path: row for row in rows_of(SCHEMA)}

    assert rows["customer"].note == "Whose money it is. no more than 40 characters"
    assert (rows["amount"].label, rows["lines"].note) == ("Sum", "1 or more items")


def test_groups_to_choose_from_are_called_by_their_titles():
    card = {"type": "object", "title": "CardPayment", "properties": {"no": {"type": "string"}}}
    bank = {"type": "object", "title": "Bank", "properties": {"iban": {"type": "string"}}}
    schema = {"type": "object", "properties": {"by": {"anyOf": [card, bank]}}}

    assert [row.kind for row in rows_of(schema)] == ["card payment or bank"]


def test_a_limit_is_a_whole_number_where_it_can_be():
    amount = {"type": "number", "minimum": 0.0, "exclusiveMaximum": 9.5}

    (row,) = rows_of({"type": "object", "properties": {"amount": amount}})

    assert row.note == "at least 0, less than 9.5"


def test_a_schema_that_contains_itself_comes_to_an_end():
    assert [row.path for row in rows_of(SCHEMA) if row.path.startswith("home.")] == [
        "home.city",
        "home.next",
        "home.next.city",
        "home.next.next",
    ]


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"type": "string"}, {"allOf": 1}])
def test_a_schema_that_says_little_has_no_rows(schema):
    assert rows_of(schema) == []


def test_the_table_is_on_the_page(bob):
    make_agent(input_schema=SCHEMA)

    text = words(bob.get(PAGE))

    assert "Customer customer Whose money it is. no more than 40 characters text required" in text
