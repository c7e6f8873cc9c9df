from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Func, Q
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.models.fields import OrderedJSONField

DONE = {
    "approve": _("approved"),
    "edit": _("approved with changes"),
    "reject": _("rejected"),
    "respond": _("answered"),
    "mixed": _("decided differently"),
}
"""What was done, by the verb that is stored."""


_EACH = Cast("decisions", models.JSONField())


class _Codes(Func):
    """The reasons named with single actions, a row each."""

    function = "jsonb_path_query"
    template = "%(function)s(%(expressions)s, '$[*].reason_code') #>> '{}'"
    output_field = models.TextField()
    set_returning = True


class Vote(models.Model):
    """One reviewer's voice on one question. The database allows each reviewer one."""

    interrupt = models.ForeignKey(
        "approvals.Interrupt", on_delete=models.PROTECT, related_name="votes", db_index=False
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes"
    )
    verb = models.CharField(max_length=20)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["interrupt", "reviewer"], name="vote_one_per_reviewer"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.reviewer_id}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def because(self, reason_code: str) -> DecisionQuerySet:
        """Those with which this reason was named, be it of one action among several."""
        return self.alias(each=_EACH).filter(
            Q(reason_code=reason_code) | Q(each__contains=[{"reason_code": reason_code}])
        )

    def reason_codes(self) -> list[str]:
        """All that were named."""
        of_all = self.exclude(reason_code="").values_list("reason_code", flat=True)
        of_actions = self.exclude(verb__in=("approve", "edit")).values_list(
            _Codes(_EACH), flat=True
        )
        return sorted({*of_all.distinct(), *of_actions.distinct()} - {""})


class Decision(models.Model):
    """The final word on a question: what was decided, by whom, and what the graph resumes with.

    `verb` is the verb of all actions, or `mixed`. `patch` is the RFC 6902 difference between the
    arguments proposed and the arguments decided, one list an action.
    """

    class Via(models.TextChoices):
        PAGE = "page", _("Page")
        API = "api", _("API")
        BULK = "bulk", _("Bulk")
        APPROVE = "approve", "POST /approve"
        TIMEOUT = "timeout", _("Timeout")

    interrupt = models.OneToOneField(
        "approvals.Interrupt", on_delete=models.PROTECT, related_name="decision"
    )
    verb = models.CharField(max_length=20)
    decisions = OrderedJSONField()
    patch = OrderedJSONField(default=list)
    resume_value = OrderedJSONField(null=True)
    reason = models.TextField(blank=True)
    # Of those the question's terms name, the one chosen for all; `decisions` hold those of single actions.
    reason_code = models.CharField(max_length=100, blank=True, default="", db_default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions"
    )
    via = models.CharField(max_length=20, choices=Via)
    auth_method = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    effective_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        permissions = [("view_insights_people", "Can see the numbers of single reviewers")]
        constraints = [
            # No approval by silence, whatever the code above thinks.
            models.CheckConstraint(
                condition=~Q(via="timeout") | Q(verb="reject"), name="decision_timeouts_reject"
            ),
        ]
        indexes = [
            # The admin's decision list, and what insights counts, newest first.
            models.Index(fields=["-created_at", "-id"], name="decision_newest"),
        ]

    def __str__(self) -> str:
        return gettext("%(decided)s by %(who)s") % {
            "decided": DONE.get(self.verb, self.verb),
            "who": self.actor,
        }
