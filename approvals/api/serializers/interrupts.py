from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals.models import Decision, Interrupt

VERBS = ("approve", "edit", "reject", "respond")


class Action(serializers.Serializer[Any]):
    """What the agent proposes to do. `schema` is the JSON Schema of `args`, null when unknown."""

    name = serializers.CharField()
    description = serializers.CharField()
    args = serializers.JSONField()
    schema = serializers.DictField(allow_null=True)
    allowed = serializers.ListField(child=serializers.ChoiceField(VERBS))
    response = serializers.ChoiceField(
        ("message", "value"),
        required=False,
        help_text="What carries a response, where one is allowed.",
    )
    response_schema = serializers.DictField(
        required=False,
        help_text="JSON Schema of a response's value, else of what the graph resumes with.",
    )


class DecisionItem(serializers.Serializer[Any]):
    """The decision on one action, in words only: the service judges it and says what is wrong."""

    type = serializers.ChoiceField(VERBS)
    args = serializers.DictField(required=False, help_text="With edit: the whole arguments.")
    message = serializers.CharField(
        required=False, help_text="With approve or reject, and what a response to a tool call says."
    )
    value = serializers.JSONField(
        required=False, help_text="With respond, where the action says so: any JSON value."
    )
    reason_code = serializers.CharField(
        required=False,
        help_text="With reject or respond, where there are several actions: this one's reason, "
        "in place of the one for all.",
    )


@extend_schema_field(DecisionItem(many=True))
class DecisionList(serializers.ListField):
    """One for each action, in order. What each must hold depends on the question."""

    child = serializers.JSONField(allow_null=True)


class DecisionRow(serializers.ModelSerializer[Decision]):
    """The final word. `patch` holds an RFC 6902 patch of the arguments for each action."""

    actor = serializers.CharField(source="actor.username")
    decisions = DecisionList()
    patch = serializers.ListField(child=serializers.ListField(child=serializers.DictField()))

    class Meta:
        model = Decision
        fields = (
            "verb",
            "decisions",
            "patch",
            "reason",
            "reason_code",
            "actor",
            "via",
            "auth_method",
            "created_at",
            "effective_at",
            "applied_at",
        )
        read_only_fields = fields


class InterruptRow(serializers.ModelSerializer[Interrupt]):
    """A question without its payloads, as lists show it."""

    run = serializers.IntegerField(source="run_id")
    agent = serializers.CharField(source="agent_id")
    assignee = serializers.CharField(source="assignee.username", allow_null=True, default=None)
    claimed_by = serializers.CharField(
        source="claimed_by.username",
        allow_null=True,
        default=None,
        help_text="Who is on it, until `claimed_until`.",
    )
    snoozed_by = serializers.CharField(source="snoozed_by.username", allow_null=True, default=None)
    requested_by = serializers.CharField(source="requested_by.username")

    class Meta:
        model = Interrupt
        fields: tuple[str, ...] = (
            "id",
            "run",
            "agent",
            "agent_version",
            "status",
            "held_reason",
            "closed_reason",
            "version",
            "digest",
            "dialect",
            "node",
            "title",
            "summary",
            "effect",
            "risk",
            "due_at",
            "on_timeout",
            "escalated_at",
            "assignee",
            "claimed_by",
            "claimed_until",
            "snoozed_by",
            "snoozed_until",
            "requested_by",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class InterruptFull(InterruptRow):
    """A question in full. `request` is the graph's own payload, `state` the run's at the pause."""

    actions = Action(many=True)
    decision = DecisionRow(allow_null=True, default=None)

    class Meta(InterruptRow.Meta):
        fields = (
            *InterruptRow.Meta.fields,
            "description",
            "request",
            "state",
            "policy",
            "actions",
            "decision",
        )
        read_only_fields = fields


class WaitingRow(InterruptRow):
    """A row of /pending-approvals: it names the thread, which is what POST /approve asks for."""

    thread_id = serializers.CharField(source="run.thread_id")
    can_decide = serializers.SerializerMethodField(
        help_text="Whether you may: you are a reviewer and did not ask for the run yourself."
    )

    class Meta(InterruptRow.Meta):
        fields = (*InterruptRow.Meta.fields, "thread_id", "can_decide")
        read_only_fields = fields

    def get_can_decide(self, interrupt: Interrupt) -> bool:
        return self.context["can_decide"](interrupt)


class InterruptQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(Interrupt.Status.choices, required=False)
    run = serializers.IntegerField(required=False, min_value=0)
    agent = serializers.CharField(required=False, help_text="Key of an agent.")
    risk = serializers.ChoiceField(Interrupt.Risk.choices, required=False)
    assignee = serializers.CharField(required=False, help_text="Name of a user, or me.")
    q = serializers.CharField(required=False, help_text="Text within title or summary.")
