"""A site to be photographed: the demo's people and runs, and what those alone do not show.

A worker runs until everything has reached its pause and is then sent home, so that no picture
depends on when it was taken. Times are set anew before each picture, for the same reason.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models.functions import Now

from approvals import demo
from approvals.models import Agent, Checkpoint, Decision, Interrupt, ReviewDraft, Run, RunHistory
from approvals.models.interrupt import OVERDUE
from approvals.services.claims import assign
from approvals.services.comments import comment
from approvals.services.forks import fork_run
from approvals.services.history import want_history
from approvals.services.runs import cancel_run, start_run
from approvals.services.snoozing import snooze
from approvals.services.undo import undo
from approvals.services.views import save_view
from docs.pictures.asked import seed_requests
from docs.pictures.past import seed_past
from docs.pictures.serving import PATIENCE, process, until

ERROR = {
    "type": "TimeoutError",
    "message": "The bank did not answer within 30 seconds.",
    "node": "process_order",
    "detail": 'File "shop/agents/orders.py", line 118, in process_order\n'
    "    receipt = bank.transfer(order)\n"
    "TimeoutError: The bank did not answer within 30 seconds.",
}


def prepare() -> dict[str, str]:
    """Fill the data folder, once; the people's passwords."""
    call_command("migrate", verbosity=0, skip_checks=True)
    known = demo.passwords(settings.DATA_DIR / "demo-passwords.json")
    demo.seed_people(known)
    if not Run.objects.exists():
        with process("worker"):
            _seed()
        _settle()
    return known


def person(name: str) -> User:
    return User.objects.get(username=name)


def question(title: str) -> Interrupt:
    """The question whose title begins so."""
    return Interrupt.objects.filter(title__startswith=title).latest("pk")


def run_of(number: str) -> Run:
    """The run that was asked for with this number of an order or a refund."""
    rows = Run.objects.filter(parent=None).exclude(thread_id__startswith="past-")
    return next(row for row in rows if number in row.input.values())


def last_state(run: Run) -> Checkpoint:
    """The newest one after which something runs."""
    return next(state for state in run.checkpoints.order_by("-step") if state.next)


def _seed() -> None:
    wanted = set(settings.LANGVEL_AGENTS)
    until(lambda: wanted <= set(Agent.objects.values_list("key", flat=True)), "no agents")
    demo.wait_for(demo.seed_runs(), seconds=PATIENCE, progress=print)
    demo.seed_history()
    run = run_of("R-301")
    want_history(run)
    until(lambda: RunHistory.objects.filter(run=run, as_of__isnull=False).exists(), "no history")
    order = run_of("1001")
    until(lambda: Run.objects.get(pk=order.pk).status == "success", "an order is not done")
    want_history(order)
    until(lambda: RunHistory.objects.filter(run=order, as_of__isnull=False).exists(), "no history")
    _fork(order)


def _fork(order: Run) -> None:
    """A run that begins where another stood, to be seen beside it."""
    made = fork_run(order.pk, last_state(order).checkpoint_id, actor=person("admin"), via="page")
    demo.wait_for([made.pk], seconds=PATIENCE, progress=print)


def _settle() -> None:
    """What no worker may undo again: it is not running any more."""
    alice, bob, carol = (person(name) for name in ("alice", "bob", "carol"))
    seed_requests(alice)
    for row in Interrupt.objects.pending():
        # Long enough for a picture; nothing is carried out, for no worker runs.
        row.policy |= {"undo_seconds": 120}
        row.save(update_fields=["policy"])
    late = question("Refund 59.00")
    Interrupt.objects.filter(pk=late.pk).update(rank=OVERDUE)
    rich = question("Refund 780.00")
    comment(
        rich.pk,
        author=carol,
        body="The camera came back without its box. @bob, is that in the price?",
    )
    comment(
        rich.pk,
        author=bob,
        body="It is: **1,299.00** was paid, 780.00 goes back.",
        pointer="/0/args/amount",
    )
    assign(rich.pk, actor=carol, assignee="bob", via="page")
    assign(question("Refund 249.90").pk, actor=carol, assignee="bob", via="page")
    snooze(
        question("Send this mail to landlord").pk,
        actor=bob,
        until=late.created_at + timedelta(hours=20),
        via="page",
    )
    save_view(owner=bob, name="Refunds over 500", query="q=agent%3Arefunds+risk%3Ahigh")
    _runs_in_each_status()
    seed_past()


def _runs_in_each_status() -> None:
    alice, carol = person("alice"), person("carol")
    made = [
        start_run(agent_key="orders", input=order, requested_by=alice, via="page")
        for order in (
            {"order_id": "1101", "amount": 11_200.0, "customer_id": "C-301"},
            {"order_id": "1102", "amount": 17_450.0, "customer_id": "C-302"},
            {"order_id": "1103", "amount": 26_900.0, "customer_id": "C-303"},
            {"order_id": "1104", "amount": 31_000.0, "customer_id": "C-304"},
        )
    ]
    _, running, failed, cancelled = made
    Run.objects.filter(pk=running.pk).update(status="running")
    Run.objects.filter(pk=failed.pk).update(status="error", error=ERROR)
    cancel_run(cancelled.pk, actor=carol, via="page", reason="Ordered twice.")
    Run.objects.filter(pk=cancelled.pk).update(status="cancelled", intent="", finished_at=Now())


def wind(*, spread: bool) -> None:
    """Take decisions back, forget drafts, and set each question's times to the same distances from now.

    `spread` is for lists: else a question is as old as its run, whose history has its true times.
    """
    ReviewDraft.objects.all().delete()
    _release()
    for decision in Decision.objects.filter(effective_at__gt=Now(), applied_at=None):
        undo(decision.interrupt_id, actor=decision.actor, via="page")
    for at, row in enumerate(Interrupt.objects.pending().select_related("run").order_by("-pk")):
        age = timedelta(minutes=4 + 9 * at, seconds=20)
        row.created_at = Now() - age if spread else row.run.created_at
        row.due_at = _due(at, row)
        row.save(update_fields=["created_at", "due_at"])


def _release() -> None:
    """Only carol is on something: what bob began to edit in the picture before is nobody's."""
    Interrupt.objects.pending().update(claimed_by=None, claimed_until=None)
    Interrupt.objects.filter(pk=question("Send this mail to all-staff").pk).update(
        claimed_by=person("carol"), claimed_until=Now() + timedelta(minutes=5)
    )


def _due(at: int, row: Interrupt) -> object:
    if row.rank == OVERDUE:
        return Now() - timedelta(minutes=25, seconds=20)
    return Now() + timedelta(minutes=18 + 31 * at, seconds=40) if at % 3 == 0 else None
