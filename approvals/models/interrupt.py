"""Questions, their rules and their lists.

Long, since one table has all of it: each column with what it means, each constraint, each index with
the query it serves. None of these is understood without the others.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Left, Now
from django.utils.translation import gettext_lazy as _

from approvals.models.fields import OrderedJSONField
from approvals.models.visible import VisibleQuerySet

RANKS = {"critical": 0, "high": 1, "medium": 2, "low": 3}
"""Ascending, so that one row comparison pages through the queue, most urgent first."""

ESCALATED, OVERDUE = -2, -1
"""Ranks before all risks: what supervisors were called for, and what nobody answered in time."""

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""What is never due comes after all that is: null would fit into no row comparison."""

WORDS = SearchVector("title", Left("summary", 5_000), config="simple")
"""What a search looks through; queries must say it as the index does. PostgreSQL indexes no megabytes."""

_HEAVY = ("request", "actions", "state", "policy", "secrets")


class InterruptQuerySet(VisibleQuerySet):
    def pending(self) -> Self:
        return self.filter(status=Interrupt.Status.PENDING)

    def awake(self) -> Self:
        """Not put away: a snooze that is over shows again by itself."""
        return self.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=Now()))

    def snoozed(self) -> Self:
        return self.filter(snoozed_until__gt=Now())

    def open(self) -> Self:
        """Asked and not yet consumed by the graph: pending, or decided and not applied."""
        return self.filter(status__in=Interrupt.OPEN)

    def past_expiry(self) -> Self:
        return self.pending().filter(expires_at__lte=Now())

    def deadline_passed(self) -> Self:
        """What the next sweep has to look at."""
        return self.pending().filter(sweep_at__lte=Now())

    def by_urgency(self) -> Self:
        return self.order_by("rank", "due_sort", "created_at", "id")

    def without_payloads(self) -> Self:
        """For lists: rows without the large columns."""
        return self.defer(*_HEAVY)


class Interrupt(models.Model):
    """One answerable question: a pause of a run that waits for a person.

    Everything shown to the reviewer is kept here, since checkpoints may be pruned and the web
    process never reads one. `digest` names the question, `version` counts what happened to the
    row; an answer must carry both.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        DECIDING = "deciding", _("Deciding")
        DECIDED = "decided", _("Decided")
        APPLIED = "applied", _("Applied")
        SUPERSEDED = "superseded", _("Superseded")
        STALE = "stale", _("Stale")
        ORPHANED = "orphaned", _("Orphaned")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")

    class Risk(models.TextChoices):
        LOW = "low", _("Low")
        MEDIUM = "medium", _("Medium")
        HIGH = "high", _("High")
        CRITICAL = "critical", _("Critical")

    class OnTimeout(models.TextChoices):
        REJECT = "reject", _("Reject")
        ESCALATE = "escalate", _("Escalate")
        KEEP = "keep", _("Keep")

    OPEN = (Status.PENDING, Status.DECIDING, Status.DECIDED)

    run = models.ForeignKey(
        "approvals.Run", on_delete=models.PROTECT, related_name="interrupts", db_index=False
    )
    agent = models.ForeignKey(
        "approvals.Agent", on_delete=models.PROTECT, related_name="interrupts", db_index=False
    )
    agent_version = models.CharField(max_length=100)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Those of the run: who asked for what it was forked from.
    earlier_requesters = OrderedJSONField(null=True, blank=True)
    checkpoint_id = models.CharField(max_length=64)
    task_id = models.CharField(max_length=64)
    interrupt_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    # Which code asked, next to agent_version: a name for that of the step.
    step_code = models.CharField(max_length=32, default="", db_default="", blank=True)
    # How many times the very same question has been asked: a NodeInterrupt repeats itself.
    round = models.PositiveSmallIntegerField(default=1, db_default=1)
    # Whether its answer is carried back without waiting for the other questions of the pass.
    resumes_alone = models.BooleanField(default=False, db_default=False)
    version = models.PositiveIntegerField(default=1)
    dialect = models.CharField(max_length=40)
    node = models.CharField(max_length=255)
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    effect = models.TextField(blank=True)
    description = models.TextField(blank=True)
    request = OrderedJSONField(null=True)
    actions = OrderedJSONField()
    state = OrderedJSONField(default=dict)
    policy = OrderedJSONField(default=dict, blank=True)
    # What the columns above held before a policy's masks; approvals.hiding.masking alone reads it.
    secrets = OrderedJSONField(null=True, blank=True)
    risk = models.CharField(max_length=8, choices=Risk, default=Risk.MEDIUM)
    rank = models.SmallIntegerField(default=RANKS["medium"])
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    # Why nobody may answer it now although it is pending; empty when it may be answered.
    held_reason = models.TextField(default="", db_default="", blank=True)
    # Why it left the queue without having been answered.
    closed_reason = models.TextField(default="", db_default="", blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="assigned_interrupts",
        null=True,
        blank=True,
        db_index=False,
    )
    # Who is on it right now. Nobody is kept from deciding by it: it only tells the others.
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    # Until then it is in nobody's list, except the list of what is snoozed.
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    due_at = models.DateTimeField(null=True, blank=True)
    # What is done about it at `due_at`, when it says so.
    on_timeout = models.CharField(
        max_length=8, choices=OnTimeout, default="", db_default="", blank=True
    )
    # When that is to be done; null when nothing is left to do. Later than `due_at` after a failure.
    sweep_at = models.DateTimeField(null=True, blank=True)
    # Why it could not be done the last time.
    sweep_error = models.TextField(default="", db_default="", blank=True)
    # When it was handed to the supervisors.
    escalated_at = models.DateTimeField(null=True, blank=True)
    due_sort = models.GeneratedField(
        expression=Coalesce("due_at", Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    # From then on nobody may answer it; `due_at` alone refuses nothing.
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    objects = InterruptQuerySet.as_manager()

    class Meta:
        permissions = [
            ("decide_interrupt", "Can decide questions"),
            ("view_masked", "Can see what policies mask"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "checkpoint_id", "task_id", "interrupt_id", "digest", "round"],
                name="interrupt_one_row_per_question",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "deciding",
                        "decided",
                        "applied",
                        "superseded",
                        "stale",
                        "orphaned",
                        "expired",
                        "cancelled",
                    ]
                ),
                name="interrupt_status_known",
            ),
            models.CheckConstraint(
                condition=Q(on_timeout__in=["", "reject", "escalate", "keep"]),
                name="interrupt_on_timeout_known",
            ),
        ]
        indexes = [
            # The inbox: everything pending, most urgent first, paged by row comparison.
            models.Index(
                fields=["rank", "due_sort", "created_at", "id"],
                condition=Q(status="pending"),
                name="interrupt_inbox",
            ),
            # The inbox filtered by agent.
            models.Index(
                fields=["agent", "rank", "due_sort", "created_at", "id"],
                condition=Q(status="pending"),
                name="interrupt_inbox_agent",
            ),
            # The inbox of one assignee, or of nobody; and how many that are.
            models.Index(
                fields=["assignee", "rank", "due_sort", "created_at", "id"],
                condition=Q(status="pending"),
                name="interrupt_inbox_assignee",
            ),
            # A requester's own waiting questions.
            models.Index(
                fields=["requested_by", "rank", "due_sort", "created_at", "id"],
                condition=Q(status="pending"),
                name="interrupt_inbox_requester",
            ),
            # The inbox by due time; what is overdue, and how many.
            models.Index(
                fields=["due_sort", "created_at", "id"],
                condition=Q(status="pending"),
                name="interrupt_inbox_due",
            ),
            # What is snoozed, and how many.
            models.Index(
                fields=["snoozed_until"],
                condition=Q(status="pending", snoozed_until__isnull=False),
                name="interrupt_snoozed",
            ),
            # Words searched in title and summary.
            GinIndex(WORDS, name="interrupt_words"),
            # What nobody answered in time.
            models.Index(
                fields=["expires_at"],
                condition=Q(status="pending", expires_at__isnull=False),
                name="interrupt_expiring",
            ),
            # sweep: deadlines to be applied, the first one first.
            models.Index(
                fields=["sweep_at", "id"],
                condition=Q(status="pending", sweep_at__isnull=False),
                name="interrupt_sweep",
            ),
            # look: every open question in turn, is it still asked? reconcile: who explains a run.
            models.Index(
                fields=["id"],
                condition=Q(status__in=["pending", "deciding", "decided"]),
                name="interrupt_open",
            ),
            # reconcile, every few seconds: answers that no worker has carried back yet.
            models.Index(fields=["run"], condition=Q(status="decided"), name="interrupt_decided"),
            # What needs attention: runs whose questions are held.
            models.Index(
                fields=["run"],
                condition=Q(status__in=["pending", "deciding", "decided"]) & ~Q(held_reason=""),
                name="interrupt_held",
            ),
            # Insights: how many were asked, hour by hour.
            models.Index(fields=["created_at"], name="interrupt_asked"),
            # What is no longer waiting, last touched first.
            models.Index(
                fields=["-updated_at", "-id"],
                condition=~Q(status="pending"),
                name="interrupt_recent",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def can_be_rejected(self) -> bool:
        """Whether a rejection of every action would be an answer."""
        return all("reject" in action["allowed"] for action in self.actions)

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING
