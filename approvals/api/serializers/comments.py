from __future__ import annotations

from rest_framework import serializers

from approvals.api.fields import Text
from approvals.models import Comment
from approvals.models.comment import LONGEST


class CommentRow(serializers.ModelSerializer[Comment]):
    """One comment; a withdrawn one has no words left."""

    author = serializers.CharField(source="author.username")
    mentions = serializers.SerializerMethodField()

    class Meta:
        model = Comment
        fields = ("id", "interrupt", "author", "body", "pointer", "mentions", "created_at",
                  "withdrawn_at")  # fmt: skip
        read_only_fields = fields

    def get_mentions(self, comment: Comment) -> list[str]:
        return sorted(one.person.get_username() for one in comment.mentions.all())


class CommentBody(serializers.Serializer[Comment]):
    """`pointer` names a value of an action, "/0/args/amount"; without one it is on all of it."""

    body = Text(max_length=LONGEST, allow_blank=False)
    pointer = Text(max_length=500, required=False, default="")


class WithdrawCommentBody(serializers.Serializer[Comment]):
    pass
