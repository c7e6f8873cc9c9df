from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.models.fields import OrderedJSONField
from approvals.models.visible import VisibleQuerySet


class RunQuerySet(VisibleQuerySet):
    def active(self) -> Self:
        return self.filter(status__in=Run.ACTIVE)


class Run(models.Model):
    """One request to an agent, from input to result; owns one thread."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        RUNNING = "running", _("Running")
        INTERRUPTED = "interrupted", _("Interrupted")
        SUCCESS = "success", _("Success")
        ERROR = "error", _("Error")
        CANCELLED = "cancelled", _("Cancelled")

    class Intent(models.TextChoices):
        """What a person asked the next pass to do, beyond what checkpoint and rows explain."""

        NONE = ""
        RETRY = "retry"
        REASK = "reask"
        CANCEL = "cancel"
        # No person but reconcile: the thread looks changed from outside.
        LOOK = "look"

    ACTIVE = (Status.PENDING, Status.RUNNING, Status.INTERRUPTED)

    agent = models.ForeignKey(
        "approvals.Agent", on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    agent_version = models.CharField(max_length=100)
    thread_id = models.CharField(max_length=255)
    # The head of a thread that existed before this run; None until a worker has looked.
    base_checkpoint_id = models.CharField(max_length=64, null=True, default="")  # noqa: DJ001
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    intent = models.CharField(max_length=8, choices=Intent, default=Intent.NONE, blank=True)
    input = OrderedJSONField(default=dict)
    config = OrderedJSONField(default=dict, blank=True)
    metadata = OrderedJSONField(default=dict, blank=True)
    result = OrderedJSONField(null=True, blank=True)
    error = OrderedJSONField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs", db_index=False
    )
    # The run this one was forked from, the checkpoint of that run's thread it begins with, and what
    # was changed there: fields of the state, or the whole input where no step had taken it yet.
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="forks",
        null=True,
        blank=True,
        db_index=False,
    )
    parent_checkpoint_id = models.CharField(max_length=64, default="", db_default="", blank=True)
    fork_values = OrderedJSONField(null=True, blank=True)
    # Who asked for the runs this one comes from: its questions are not theirs to decide either.
    earlier_requesters = OrderedJSONField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Since when nothing explains why the run does not go on. The site is at fault then.
    stood_still_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        permissions = [
            ("start_run", "Can start a run"),
            ("view_all_runs", "Can see every run and question"),
            ("cancel_run", "Can cancel a run"),
            ("retry_run", "Can retry a failed run"),
            ("fork_run", "Can fork a run from an earlier state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["thread_id"],
                condition=Q(status__in=["pending", "running", "interrupted"]),
                name="run_one_active_per_thread",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "running",
                        "interrupted",
                        "success",
                        "error",
                        "cancelled",
                    ]
                ),
                name="run_status_known",
            ),
        ]
        indexes = [
            # The run list, newest first, for those who see everything.
            models.Index(fields=["-created_at", "-id"], name="run_newest"),
            # The run list of one requester, newest first.
            models.Index(fields=["requested_by", "-created_at", "-id"], name="run_of_requester"),
            # The run list of one agent, newest first.
            models.Index(fields=["agent", "-created_at", "-id"], name="run_of_agent"),
            # Look-up by thread: start_run's owner check, POST /approve.
            models.Index(fields=["thread_id", "-id"], name="run_of_thread"),
            # The forks of a run, on its page.
            models.Index(
                fields=["parent", "-id"], condition=Q(parent__isnull=False), name="run_forks"
            ),
            # reconcile, every few seconds: what should be moving.
            models.Index(
                fields=["id"], condition=Q(status__in=["pending", "running"]), name="run_moving"
            ),
            # reconcile, every few seconds: of what somebody wants something.
            models.Index(fields=["id"], condition=~Q(intent=""), name="run_intended"),
            # reconcile: everything unfinished, least recently touched first.
            models.Index(
                fields=["updated_at"],
                condition=Q(status__in=["pending", "running", "interrupted"]),
                name="run_unfinished",
            ),
            # What needs attention: runs that failed, newest first.
            models.Index(
                fields=["-created_at", "-id"], condition=Q(status="error"), name="run_failed"
            ),
            # What needs attention: runs that stand still.
            models.Index(
                fields=["id"], condition=Q(stood_still_at__isnull=False), name="run_still"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Run %(pk)s of %(agent)s") % {"pk": self.pk, "agent": self.agent_id}

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE
