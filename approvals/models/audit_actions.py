"""What each action of the history is called by those who read it. Stored is the code, for ever."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: Mapping[str, str | Promise] = {
    "run.started": _("Run started"),
    "run.found": _("Run found on its server"),
    "run.finished": _("Run finished"),
    "run.failed": _("Run failed"),
    "run.cancelled": _("Run cancelled"),
    "run.retried": _("Run retried"),
    "run.forked": _("Run forked"),
    "question.asked": _("Question asked"),
    "question.claimed": _("Question claimed"),
    "question.unclaimed": _("Question unclaimed"),
    "question.assigned": _("Question assigned"),
    "question.snoozed": _("Question snoozed"),
    "question.woken": _("Question woken"),
    "question.overdue": _("Question not answered in time"),
    "question.escalated": _("Question handed to the supervisors"),
    "question.timeout_failed": _("Deadline could not be applied"),
    "question.held": _("Question held"),
    "question.released": _("Question can be answered again"),
    "question.decided": _("Question decided"),
    "decision.undone": _("Decision taken back"),
    "question.applied": _("Run went on with the answer"),
    "question.superseded": _("Question withdrawn"),
    "question.stale": _("Question asked in other words"),
    "question.orphaned": _("Question lost its run"),
    "question.expired": _("Question expired"),
    "question.cancelled": _("Question cancelled"),
    "comment.added": _("Comment added"),
    "comment.withdrawn": _("Comment withdrawn"),
    "callback.delivered": _("Callback delivered"),
    "callback.failed": _("Callback given up"),
    "policy.changed": _("Policy changed"),
    "sign_in.ok": _("Signed in"),
    "sign_in.failed": _("Sign-in failed"),
    "sign_out": _("Signed out"),
    "access.denied": _("Access denied"),
    "access.changed": _("Rights or account changed"),
    "token.created": _("Token created"),
    "token.revoked": _("Token revoked"),
    "state.viewed": _("State viewed"),
    "secrets.viewed": _("Masked values viewed"),
    "audit.exported": _("History exported"),
    "audit.verified": _("History verified"),
    "audit.erased": _("History erased in part"),
}


def action_label(code: str) -> str:
    """In the reader's language; the code itself where nobody has named it."""
    return str(ACTIONS.get(code, code))


def actions_like(words: str) -> list[str]:
    """The codes of those whose label holds these words, as the reader's language has it."""
    sought = " ".join(words.casefold().split())
    return [code for code, label in ACTIONS.items() if sought and sought in str(label).casefold()]
