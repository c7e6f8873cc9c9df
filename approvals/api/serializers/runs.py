from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals.api.fields import Object, Text, YesNo
from approvals.models import Agent, AuditEntry, Run

OPERATORS_ONLY = "detail"
"""The traceback within a run's error."""


class AgentRow(serializers.ModelSerializer[Agent]):
    class Meta:
        model = Agent
        fields = (
            "key",
            "kind",
            "title",
            "description",
            "version",
            "input_schema",
            "drawing",
            "last_seen",
        )
        read_only_fields = fields


class RunError(serializers.Serializer[Any]):
    type = serializers.CharField()
    message = serializers.CharField()
    node = serializers.CharField()
    detail = serializers.CharField(
        required=False, help_text="The traceback, for those who may retry any run."
    )


class RunRow(serializers.ModelSerializer[Run]):
    """A run. `config` is not shown: it may hold what only the graph should know."""

    agent = serializers.CharField(source="agent_id")
    requested_by = serializers.CharField(source="requested_by.username")
    parent = serializers.IntegerField(
        source="parent_id", allow_null=True, help_text="The run that this one was forked from."
    )
    error = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id",
            "agent",
            "agent_version",
            "parent",
            "thread_id",
            "status",
            "input",
            "metadata",
            "result",
            "error",
            "requested_by",
            "created_at",
            "updated_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(RunError(allow_null=True))
    def get_error(self, run: Run) -> dict[str, Any] | None:
        error: dict[str, Any] | None = run.error
        if error is None or self.context["request"].user.has_perm("approvals.retry_run"):
            return error
        return {name: value for name, value in error.items() if name != OPERATORS_ONLY}


class RunStamp(serializers.ModelSerializer[Run]):
    """A run in an answer about something else."""

    agent = serializers.CharField(source="agent_id")

    class Meta:
        model = Run
        fields = ("id", "agent", "thread_id", "status")
        read_only_fields = fields


class RunQuery(serializers.Serializer[Any]):
    agent = serializers.CharField(required=False, help_text="Key of an agent.")
    status = serializers.ChoiceField(Run.Status.choices, required=False)
    thread_id = serializers.CharField(required=False)


class StartBody(serializers.Serializer[Any]):
    agent = Text(allow_blank=False, help_text="Key of an agent, as listed by agents/.")
    input = Object(help_text="Must fit the agent's input_schema.")
    thread_id = Text(
        required=False,
        allow_null=True,
        help_text="A thread of your own to go on with, or a new name. Made up when absent.",
    )
    config = Object(
        required=False,
        allow_null=True,
        help_text="configurable, context, tags, metadata and recursion_limit, as LangGraph takes them.",
    )
    metadata = Object(required=False, allow_null=True, help_text="Labels of your own.")


class CancelBody(serializers.Serializer[Any]):
    reason = Text(required=False, default="")


class RetryBody(serializers.Serializer[Any]):
    reask = YesNo(
        required=False,
        default=False,
        help_text="Ask the question of the failed node anew instead of repeating its answer.",
    )


class AuditRow(serializers.ModelSerializer[AuditEntry]):
    """One line of history. `actor` is null for what no person did, `run` for what belongs to none."""

    run = serializers.IntegerField(source="run_id", allow_null=True)
    interrupt = serializers.IntegerField(source="interrupt_id", allow_null=True)
    actor = serializers.CharField(source="actor.username", allow_null=True, default=None)
    data = Object(read_only=True)
    erased = serializers.BooleanField(source="is_erased", read_only=True)

    class Meta:
        model = AuditEntry
        fields = (
            "id",
            "run",
            "seq",
            "interrupt",
            "actor",
            "action",
            "data",
            "erased",
            "at",
            "prev_hash",
            "hash",
        )
        read_only_fields = fields


class AuditQuery(serializers.Serializer[Any]):
    run = serializers.IntegerField(required=False, min_value=0)
    interrupt = serializers.IntegerField(required=False, min_value=0)
    actor = serializers.CharField(required=False, help_text="Name of a user.")
    action = serializers.CharField(required=False, help_text="For example question.decided.")
    since = serializers.DateTimeField(required=False, help_text="Written then or later.")
    until = serializers.DateTimeField(required=False, help_text="Written before then.")
