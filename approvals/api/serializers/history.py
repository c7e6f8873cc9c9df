from __future__ import annotations

from typing import Any

from rest_framework import serializers

from approvals.api.fields import Object, Text
from approvals.models import Checkpoint
from approvals.services.history import Reading


class CheckpointRow(serializers.ModelSerializer[Checkpoint]):
    """An earlier state of a run: the steps that led there and those that ran from there."""

    steps = serializers.ListField(child=serializers.CharField(), read_only=True)
    next = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Checkpoint
        fields = ("checkpoint_id", "step", "source", "steps", "next", "created_at")
        read_only_fields = fields


class Operation(serializers.Serializer[Any]):
    op = serializers.ChoiceField(["add", "remove", "replace"])
    path = serializers.CharField()
    value = serializers.JSONField(required=False)


class CheckpointDetail(CheckpointRow):
    state = Object(
        allow_null=True, read_only=True, help_text="Null where it is too large to be kept twice."
    )
    next_checkpoint_id = serializers.CharField(allow_null=True)
    changes = Operation(
        many=True, allow_null=True, help_text="A JSON Patch: what makes the next state of this one."
    )

    class Meta(CheckpointRow.Meta):
        fields = (*CheckpointRow.Meta.fields, "state", "next_checkpoint_id", "changes")


class HistoryPage(serializers.Serializer[Any]):
    results = CheckpointRow(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    status = serializers.ChoiceField([reading.value for reading in Reading])
    problem = serializers.CharField(help_text="Why nothing could be read; else empty.")
    is_cut = serializers.BooleanField(help_text="Whether there are older ones than are read.")


class ForkBody(serializers.Serializer[Any]):
    checkpoint_id = Text(allow_blank=False, help_text="As listed by runs/{id}/history/.")
    values = Object(
        required=False,
        allow_null=True,
        help_text="Fields of the state to change, of the input where no step had taken it yet.",
    )
