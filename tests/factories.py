"""Rows with dull defaults, so that each test shows only what matters to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group, User

from approvals.models import Agent, Checkpoint, Decision, Interrupt, Run, RunHistory, Vote
from approvals.models.interrupt import RANKS

PASSWORD = "correct-horse-battery"

INPUT_SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "number"}, "note": {"type": "string"}},
    "required": ["amount"],
}
ARGS = {"amount": 100.0, "note": "first"}
ARGS_SCHEMA = {
    "type": "object",
    "properties": {"amount": {"type": "number"}, "note": {"type": "string"}},
    "required": ["amount", "note"],
}
ACTION = {
    "name": "pay",
    "description": "",
    "args": ARGS,
    "schema": ARGS_SCHEMA,
    "allowed": ["approve", "edit", "reject"],
}
QUESTION_ACTION = {
    "name": "ask",
    "description": "",
    "args": "Go on?",
    "schema": None,
    "allowed": ["respond"],
}


def make_user(name: str = "bob", *groups: str, **fields: Any) -> User:
    """A person in these groups; `make_user("bob", "reviewers")` may decide."""
    user = User.objects.filter(username=name).first() or User.objects.create_user(
        name, f"{name}@example.com", PASSWORD, **fields
    )
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def make_agent(key: str = "payments", **fields: Any) -> Agent:
    defaults = {"title": "Payments", "version": "1+test", "input_schema": INPUT_SCHEMA}
    return Agent.objects.get_or_create(key=key, defaults=defaults | fields)[0]


def make_run(**fields: Any) -> Run:
    """A run that waits for people, asked for by alice."""
    agent = fields.pop("agent", None) or make_agent()
    defaults: dict[str, Any] = {
        "agent": agent,
        "agent_version": agent.version,
        "thread_id": str(uuid4()),
        "status": Run.Status.INTERRUPTED,
        "input": {"amount": 100.0},
    }
    if "requested_by" not in fields:
        defaults["requested_by"] = make_user("alice", "requesters")
    return Run.objects.create(**defaults | fields)


def make_interrupt(**fields: Any) -> Interrupt:
    """A pending question about a payment; `actions=[QUESTION_ACTION]` makes a plain one."""
    run = fields.pop("run", None) or make_run()
    risk = fields.get("risk", "medium")
    defaults: dict[str, Any] = {
        "run": run,
        "agent": run.agent,
        "agent_version": run.agent_version,
        "requested_by": run.requested_by,
        "checkpoint_id": str(uuid4()),
        "task_id": str(uuid4()),
        "interrupt_id": uuid4().hex,
        "digest": uuid4().hex * 2,
        "dialect": "langvel",
        "node": "gate",
        "title": "Pay 100.00",
        "actions": [ACTION],
        "request": {"langvel": 1},
        "state": {"amount": 100.0, "note": "first"},
        "rank": RANKS[risk],
    }
    return Interrupt.objects.create(**defaults | fields)


def make_decision(interrupt: Interrupt | None = None, **fields: Any) -> Decision:
    """A decision as `decide` leaves it: the question is decided, the reviewer has voted."""
    interrupt = interrupt or make_interrupt()
    actor = fields.pop("actor", None) or make_user("bob", "reviewers")
    Interrupt.objects.filter(pk=interrupt.pk).update(status="decided", version=2)
    Vote.objects.create(interrupt=interrupt, reviewer=actor, verb="approve")
    defaults: dict[str, Any] = {
        "verb": "approve",
        "decisions": [{"type": "approve"}],
        "resume_value": {"type": "approve"},
        "via": "page",
        "auth_method": "session",
        "digest": interrupt.digest,
    }
    return Decision.objects.create(interrupt=interrupt, actor=actor, **defaults | fields)


def make_history(run: Run) -> list[Checkpoint]:
    """The earlier states of a run as a worker reads them: its input, before paying, after it."""
    RunHistory.objects.update_or_create(
        run=run, defaults={"as_of": Run.objects.get(pk=run.pk).updated_at, "schema": ARGS_SCHEMA}
    )
    made: list[Checkpoint] = []
    for step, (source, steps, following, state) in enumerate(_STATES, start=-1):
        made.append(
            Checkpoint.objects.create(
                run=run,
                checkpoint_id=f"1f0{run.pk:05}-0000-6000-8000-{step + 1:012}",
                before_id=made[-1].checkpoint_id if made else "",
                step=step,
                source=source,
                steps=steps,
                next=following,
                state=state,
                created_at=datetime(2026, 1, 1, second=step + 1, tzinfo=UTC),
            )
        )
    return made


_STATES: list[tuple[str, list[str], list[str], dict[str, Any]]] = [
    ("input", [], [], {}),
    ("loop", [], ["pay"], {"amount": 100.0, "note": "first"}),
    ("loop", ["pay"], [], {"amount": 100.0, "note": "paid"}),
]
