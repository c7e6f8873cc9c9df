from __future__ import annotations

from django.db import models


class UnrecordedInterrupt(models.Model):
    """Which code raised an interrupt that is in a checkpoint and in no row of a question yet.

    Written with the interrupt, gone when the outcome of a pass is recorded.
    """

    run = models.ForeignKey(
        "approvals.Run", on_delete=models.CASCADE, related_name="unrecorded", db_index=False
    )
    checkpoint_id = models.CharField(max_length=64)
    task_id = models.CharField(max_length=64)
    agent_version = models.CharField(max_length=100)
    steps = models.JSONField()

    class Meta:
        constraints = [
            # Also what claiming a run reads.
            models.UniqueConstraint(fields=["run", "task_id"], name="unrecorded_one_row_a_task"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} of run {self.run_id}"
