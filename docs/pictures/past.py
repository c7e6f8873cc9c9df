"""Four weeks of decisions, for the page of numbers: the same ones in every picture."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User
from django.utils import timezone

from approvals.models import Agent, Decision, Interrupt, Opening, Run

VERBS = ("approve",) * 13 + ("edit",) * 4 + ("reject",) * 3
NODES = {"orders": ("manager_approval", 5), "refunds": ("gate", 3), "mailer": ("ask", 2)}
TITLES = {
    "orders": "Process order {}",
    "refunds": "Refund R-{}",
    "mailer": "Send the mail about order {}?",
}
COUNT = 420


def seed_past() -> None:
    """Old runs, each with one question that bob or carol answered within the hour."""
    chance, now = Random(7), timezone.now()  # noqa: S311
    agents = Agent.objects.in_bulk()
    people = {name: User.objects.get(username=name) for name in ("alice", "bob", "carol")}
    for at in range(COUNT):
        key = chance.choices(list(NODES), weights=[share for _, share in NODES.values()])[0]
        asked = now - timedelta(days=1 + 27 * (1 - at / COUNT), minutes=chance.randrange(600))
        answered = asked + timedelta(seconds=chance.expovariate(1 / 900) + 8)
        actor = people[chance.choice(["bob", "bob", "carol"])]
        verb = chance.choice(VERBS)
        row = _one(agents[key], people["alice"], actor, asked, answered, verb=verb, at=at)
        took = min(timedelta(seconds=chance.expovariate(1 / 90) + 4), answered - asked)
        Opening.objects.create(interrupt=row, reviewer=actor, opened_at=answered - took)


def _one(
    agent: Agent,
    alice: User,
    actor: User,
    asked: datetime,
    answered: datetime,
    *,
    verb: str,
    at: int,
) -> Interrupt:
    run = Run.objects.create(
        agent=agent,
        agent_version=agent.version,
        thread_id=f"past-{at}",
        status=Run.Status.SUCCESS,
        requested_by=alice,
        created_at=asked - timedelta(seconds=2),
        updated_at=answered,
        finished_at=answered,
    )
    row = Interrupt.objects.create(
        run=run,
        agent=agent,
        agent_version=agent.version,
        requested_by=alice,
        digest=f"{at:064}",
        dialect="langvel",
        node=NODES[agent.pk][0],
        title=TITLES[agent.pk].format(2000 + at),
        actions=[],
        status=Interrupt.Status.APPLIED,
        created_at=asked,
        updated_at=answered,
    )
    Decision.objects.create(
        interrupt=row,
        verb=verb,
        decisions=[{"type": verb}],
        actor=actor,
        via="page",
        auth_method="session",
        digest=row.digest,
        created_at=answered,
        effective_at=answered,
        applied_at=answered,
    )
    return row
