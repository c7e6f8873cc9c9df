"""Everything a service refuses. Views and API translate `status`, `code` and `detail`; nobody else does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _


class ApprovalsError(Exception):
    """A request that cannot be carried out. Nothing has been changed."""

    status = 400
    code = "malformed"
    detail = _("The request could not be understood.")

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        # Said in the language of whoever asked; what is stored is never this, but `code`.
        self.detail = str(detail or self.detail)
        self.errors = [
            {"pointer": pointer, "message": str(message)}
            for pointer, message in (errors or {}).items()
        ]
        self.extra = dict(extra or {})
        super().__init__(self.detail)

    @property
    def told(self) -> str:
        """In one line, for where there is no field to put a fault beside."""
        return " ".join(fault["message"] for fault in self.errors) or self.detail


class Malformed(ApprovalsError):
    pass


class Forbidden(ApprovalsError):
    status, code, detail = 403, "forbidden", _("You may not do this.")


class OwnRequest(Forbidden):
    code, detail = "own_request", _("You asked for this run, so somebody else must decide it.")


class WrongGroup(Forbidden):
    code, detail = "wrong_group", _("Others are asked to decide this.")


class NotFound(ApprovalsError):
    """Unknown, or not for this person to know of: the answer is the same."""

    status, code, detail = 404, "not_found", _("Not found.")


class Conflict(ApprovalsError):
    """The world moved on. `extra` says how it stands now."""

    status, code, detail = 409, "conflict", _("This has changed meanwhile.")


class AlreadyDecided(Conflict):
    code, detail = "already_decided", _("Somebody else decided this first.")


class StaleQuestion(Conflict):
    code, detail = "stale", _("The question has changed since you saw it. Look at it again.")


class NotPending(Conflict):
    code, detail = "not_pending", _("This question no longer waits for an answer.")


class AlreadyResumed(Conflict):
    code, detail = "already_resumed", _("The run has gone on already.")


class NothingToUndo(Conflict):
    code, detail = "not_decided", _("There is no decision to take back: the question waits.")


class Held(Conflict):
    code = "held"
    detail = _("The agent's code has changed, so this question cannot be answered now.")


class Expired(NotPending):
    code, detail = "expired", _("Nobody answered this in time, so it can no longer be answered.")


class Claimed(Conflict):
    code, detail = "claimed", _("Somebody else is on this.")


class Reassigned(Conflict):
    code, detail = "assigned", _("Somebody else assigned this meanwhile.")


class Snoozed(Conflict):
    code, detail = "snoozed", _("Somebody else snoozed this.")


class ThreadBusy(Conflict):
    code, detail = "thread_busy", _("Another run of this thread has not finished.")


class NotFailed(Conflict):
    code, detail = "not_failed", _("Only a failed run can be retried.")


class AlreadyFinished(Conflict):
    code, detail = "already_finished", _("This run has already finished.")


class Invalid(ApprovalsError):
    status, code, detail = 422, "invalid", _("Some values are not valid.")


class InvalidDecision(Invalid):
    code, detail = "invalid_decision", _("The decision does not fit the question.")


class CareNeeded(Invalid):
    """`errors` point into the body of the decision: /reason, /checked, /retyped."""

    code, detail = "care_needed", _("This decision takes more care than it was given.")


class NotInBulk(Invalid):
    code, detail = "not_in_bulk", _("This question is decided by itself, not together with others.")


class InvalidInput(Invalid):
    code, detail = "invalid_input", _("The input does not fit the agent.")


class InvalidRequest(Invalid):
    code, detail = "invalid_request", _("The request cannot be put to a person like this.")


class InvalidHandling(Invalid):
    code, detail = "invalid_handling", _("This cannot be done with the question.")


class AgentUnavailable(ApprovalsError):
    """An edit can only be stored when the agent's own model has checked it."""

    status, code = 503, "agent_unavailable"
    detail = _("The agent's code cannot be loaded here, so an edit cannot be checked.")
