from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual

from approvals.models.interrupt import Interrupt

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 10_000


class Comment(models.Model):
    """What somebody said about a question, beside its decision. Never edited; who wrote it may
    withdraw it, and then its text is gone.

    `pointer` names a value of an action, "/0/args/amount", or is empty: the whole question.
    """

    interrupt = models.ForeignKey(
        "approvals.Interrupt", on_delete=models.PROTECT, related_name="comments", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    body = models.TextField(blank=True)
    pointer = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("body"), LONGEST), name="comment_of_bounded_length"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(body=""),
                name="comment_withdrawn_is_empty",
            ),
        ]
        indexes = [
            # The comments on one question, oldest first.
            models.Index(fields=["interrupt", "id"], name="comment_of_question"),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk} on question {self.interrupt_id}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of(self, person: User) -> Self:
        """What this person was told, of questions that they may still see."""
        seen = Interrupt.objects.visible_to(person).filter(pk=models.OuterRef("comment__interrupt"))
        return self.filter(models.Exists(seen), person=person)

    def unread(self) -> Self:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """That somebody was mentioned in a comment."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notifications",
        db_index=False,
    )
    comment = models.ForeignKey(
        "approvals.Comment", on_delete=models.CASCADE, related_name="mentions", db_index=False
    )
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also finds who was mentioned in a comment.
            models.UniqueConstraint(fields=["comment", "person"], name="notification_one_each"),
        ]
        indexes = [
            # What one person was told, newest first.
            models.Index(fields=["person", "-id"], name="notification_newest"),
            # How many of them are unread: the bell of every page.
            models.Index(
                fields=["person"], condition=Q(read_at__isnull=True), name="notification_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"Notification {self.pk} for {self.person_id}"
