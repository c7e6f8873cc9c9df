from __future__ import annotations

from typing import Self

from django.db import models

from approvals.models.fields import OrderedJSONField


class RunHistory(models.Model):
    """How far a worker has read the checkpoints of a run, which only it can.

    `as_of` is when the run had last changed as the reading began. `schema` is that of what a
    person may change in a state; `problem` says why nothing could be read.
    """

    run = models.OneToOneField(
        "approvals.Run", on_delete=models.CASCADE, primary_key=True, related_name="history"
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    is_cut = models.BooleanField(default=False)
    schema = OrderedJSONField(null=True, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "run histories"

    def __str__(self) -> str:
        return f"history of run {self.run_id}"


class Checkpoint(models.Model):
    """Our copy of one checkpoint of a run: what led there, the state, and what ran from there.

    `state` is None where it is too large to keep twice.
    """

    run = models.ForeignKey(
        "approvals.Run", on_delete=models.CASCADE, related_name="checkpoints", db_index=False
    )
    checkpoint_id = models.CharField(max_length=64)
    before_id = models.CharField(max_length=64, blank=True)
    step = models.IntegerField()
    source = models.CharField(max_length=20, blank=True)
    steps = OrderedJSONField(default=list)
    next = OrderedJSONField(default=list)
    state = OrderedJSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Also finds the checkpoints of a run, newest first: an id begins with its time.
            models.UniqueConstraint(fields=["run", "checkpoint_id"], name="checkpoint_once_a_run"),
        ]

    def __str__(self) -> str:
        return f"checkpoint {self.checkpoint_id} of run {self.run_id}"

    @property
    def is_input(self) -> bool:
        """Whether it holds an input that no step had taken yet."""
        return self.source == "input"

    def following(self) -> Self | None:
        """The next state of the run. Of several, where its thread was forked in place, the one it
        went on with."""
        after = type(self).objects.filter(run=self.run_id, before_id=self.checkpoint_id)
        return after.order_by("-checkpoint_id").first()
