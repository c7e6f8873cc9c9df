from __future__ import annotations

from typing import Any

from rest_framework import serializers

from approvals.insights.queue import MOST_WAITING
from approvals.insights.spans import RANGES

COUNTED = ("all", "own")


class InsightsQuery(serializers.Serializer[Any]):
    range = serializers.ChoiceField(
        list(RANGES), required=False, default="24h", help_text="How far to look back."
    )


class Counts(serializers.Serializer[Any]):
    """How often it was decided, and how. Half waited under `waited_median`, 9 of 10 under `waited_ninth`.

    `timed` are those whose reviewer had opened the question before, `took_…` is how long deciding
    took them: for those alone who may see the numbers of single reviewers, else null.
    """

    decided = serializers.IntegerField()
    approve = serializers.IntegerField()
    edit = serializers.IntegerField()
    reject = serializers.IntegerField()
    respond = serializers.IntegerField()
    mixed = serializers.IntegerField(help_text="Several actions, answered differently.")
    waited_median = serializers.FloatField(allow_null=True, help_text="Seconds.")
    waited_ninth = serializers.FloatField(allow_null=True, help_text="Seconds.")
    timed = serializers.IntegerField(allow_null=True)
    took_median = serializers.FloatField(allow_null=True, help_text="Seconds.")
    took_ninth = serializers.FloatField(allow_null=True, help_text="Seconds.")


class AgentCounts(Counts):
    agent = serializers.CharField(help_text="Key of the agent.")


class NodeCounts(AgentCounts):
    node = serializers.CharField()


class ReasonCounts(Counts):
    """Decisions that named it, for the whole question or for one of its actions."""

    reason_code = serializers.CharField()


class PersonCounts(Counts):
    reviewer = serializers.CharField(help_text="Name of the user.")


class Slot(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    asked = serializers.IntegerField()
    decided = serializers.IntegerField()


class LengthClass(serializers.Serializer[Any]):
    up_to = serializers.IntegerField(
        allow_null=True, help_text="Seconds; null: longer than all others."
    )
    decided = serializers.IntegerField()


class Outlook(serializers.Serializer[Any]):
    """At the pace of this range. `empty_in` is null while the queue does not shrink."""

    asked_per_hour = serializers.FloatField()
    decided_per_hour = serializers.FloatField()
    empty_in = serializers.FloatField(allow_null=True, help_text="Seconds.")


class InsightsTold(serializers.Serializer[Any]):
    """The numbers of the page. Of every run (`all`), or of those you asked for (`own`)."""

    range = serializers.ChoiceField(list(RANGES))
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(help_text="The end of the slot that is going on.")
    of = serializers.ChoiceField(COUNTED)
    waiting = serializers.IntegerField(help_text=f"Now; {MOST_WAITING + 1} means more than that.")
    overdue = serializers.IntegerField(help_text="Of those; counted as far.")
    forecast = Outlook()
    sampled = serializers.IntegerField(
        help_text="More than 1: all but over_time are estimates, from every nth decision."
    )
    total = Counts()
    over_time = Slot(many=True)
    waits = LengthClass(many=True, help_text="Decisions by how long their question had waited.")
    agents = AgentCounts(many=True)
    nodes = NodeCounts(many=True)
    reasons = ReasonCounts(many=True)
    took = LengthClass(
        many=True,
        allow_null=True,
        help_text="Decisions by how long they took. Null for those who may not see such numbers.",
    )
    people = PersonCounts(
        many=True, allow_null=True, help_text="Null for those who may not see such numbers."
    )
