"""Who may do what, asked by pages, API, sockets, admin and services alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from approvals.models import Interrupt, Run

SUPERVISORS = "supervisors"
"""The group that escalations go to."""


def sees_everything(user: User | AnonymousUser) -> bool:
    return user.has_perm("approvals.view_all_runs")


def sees_people(user: User) -> bool:
    """Whether the numbers of single reviewers are theirs to see: a means to judge colleagues."""
    return sees_everything(user) and user.has_perm("approvals.view_insights_people")


def can_start_runs(user: User) -> bool:
    return user.has_perm("approvals.start_run")


def is_reviewer(user: User) -> bool:
    return user.has_perm("approvals.decide_interrupt")


def is_own_request(user: User, interrupt: Interrupt) -> bool:
    """The requester of a run never decides its questions, whatever groups they are in.

    Nor do those who asked for the runs it was forked from.
    """
    return user.pk in (interrupt.requested_by_id, *(interrupt.earlier_requesters or ()))


def can_decide(user: User, interrupt: Interrupt) -> bool:
    return (
        is_reviewer(user)
        and not is_own_request(user, interrupt)
        and not groups_lacked(user, interrupt)
    )


def missing_groups(interrupt: Interrupt, names: frozenset[str]) -> list[str]:
    """The groups of which the question asks for one, when none of them is among `names`.

    What was escalated is for the supervisors too.
    """
    asked: list[str] = interrupt.policy.get("groups", [])
    heard = {*asked, SUPERVISORS} if getattr(interrupt, "escalated_at", None) else {*asked}
    return [] if not asked or heard & names else asked


def groups_lacked(user: User, interrupt: Interrupt) -> list[str]:
    """The groups that keep this person from deciding; empty for most, and then without a query."""
    asked = interrupt.policy.get("groups")
    return missing_groups(interrupt, groups_of(user)) if asked else []


def groups_of(user: User) -> frozenset[str]:
    return frozenset(user.groups.values_list("name", flat=True))


def is_supervisor(user: User) -> bool:
    return user.groups.filter(name=SUPERVISORS).exists()


def can_cancel(user: User, run: Run) -> bool:
    """A requester may stop what they asked for."""
    return user.has_perm("approvals.cancel_run") or run.requested_by_id == user.pk


def can_retry(user: User, run: Run) -> bool:
    return user.has_perm("approvals.retry_run") or run.requested_by_id == user.pk


def can_fork(user: User) -> bool:
    """A fork may begin after a question that was answered and with other values than those it was
    answered for: no requester has this right by having asked."""
    return user.has_perm("approvals.fork_run")
