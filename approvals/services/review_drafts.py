"""Drafts of answers, kept on the server: what somebody typed outlives their browser.

A draft decides nothing and tells nobody anything, so there is no history of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Now

from approvals.models import Interrupt, ReviewDraft
from approvals.policy import terms_of
from approvals.policy.places import places
from approvals.schemaform.pointers import child, lookup, parent
from approvals.schemaform.values import MISSING, same

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Pairs = Sequence[tuple[str, str]]
_ASKED_AGAIN = (Interrupt.Status.STALE, Interrupt.Status.SUPERSEDED)


@dataclass(frozen=True, kw_only=True)
class Clash:
    """A value that both the reviewer and the agent changed."""

    action: int
    pointer: str
    before: Any
    yours: Any
    now: Any


@dataclass(frozen=True, kw_only=True)
class Rebased:
    """An older question's draft, carried over to the one that is asked now.

    `args` are those of each action with what could be carried over.
    """

    draft: ReviewDraft
    args: list[Any]
    carried: list[tuple[int, str, Any]] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)


def keep(
    question: Interrupt,
    *,
    person: User,
    form: Pairs,
    values: Sequence[Any],
    says_more: bool = False,
) -> ReviewDraft | None:
    """Keep what the form holds, instead of what was kept before. None: there is nothing to keep.

    `values` are the arguments of each action as edited, `says_more` whether there is anything
    else to keep. Whoever calls leaves the controls of
    hidden values out of `form`. Called twice, or by two windows at once,
    the last one stays.
    """
    pairs = [list(pair) for pair in form]
    changes = [
        _open_changes(question, action["args"], value)
        for action, value in zip(question.actions, values, strict=True)
    ]
    if not any(changes) and not says_more:
        discard(question, person=person)
        return None
    ReviewDraft.objects.bulk_create(
        [
            ReviewDraft(
                interrupt=question, person=person, version=question.version,
                digest=question.digest, form=pairs, changes=changes, saved_at=Now(),
            )
        ],
        update_conflicts=True,
        unique_fields=["person", "interrupt"],
        update_fields=["version", "digest", "form", "changes", "saved_at"],
    )  # fmt: skip
    return ReviewDraft.objects.get(person=person, interrupt=question)


def keepable(question: Interrupt, args: Any, value: Any) -> Any:
    """An edited value without what was changed where a policy masks: there it is as it was."""
    if not hidden(question, args, value):
        return value
    found = deepcopy(args)
    for change in _open_changes(question, args, value):
        _set(found, change["pointer"], change.get("after", MISSING))
    return found


def _open_changes(question: Interrupt, args: Any, value: Any) -> list[dict[str, Any]]:
    places = hidden(question, args, value)
    return [one for one in _changed(args, value, "") if not is_hidden(one["pointer"], places)]


def discard(question: Interrupt, *, person: User) -> None:
    """Forget this person's draft of it, and those of earlier forms of the question."""
    ReviewDraft.objects.filter(person=person, interrupt=question).delete()
    _earlier(question, person).delete()


def kept(question: Interrupt, *, person: User) -> ReviewDraft | None:
    return ReviewDraft.objects.filter(person=person, interrupt=question).first()


def rebased(question: Interrupt, *, person: User) -> Rebased | None:
    """What this person had begun to change when the agent asked in other words, if they had.

    A value is carried over where the agent still proposes what it did; where it does not, and
    proposes neither what the person had set, the two clash.
    """
    draft = _earlier(question, person).order_by("-saved_at").first()
    if draft is None or len(draft.changes) != len(question.actions):
        return None
    found = Rebased(draft=draft, args=[deepcopy(one["args"]) for one in question.actions])
    for action, changes in enumerate(draft.changes):
        for change in changes:
            _carry(found, action, change)
    return found if found.carried or found.clashes else None


def _carry(found: Rebased, action: int, change: Mapping[str, Any]) -> None:
    pointer = change["pointer"]
    before, yours = change.get("before", MISSING), change.get("after", MISSING)
    now = lookup(found.args[action], pointer)
    if same(now, yours):
        return
    if not same(now, before):
        found.clashes.append(
            Clash(action=action, pointer=pointer, before=before, yours=yours, now=now)
        )
        return
    if _set(found.args[action], pointer, yours):
        found.carried.append((action, pointer, yours))


def _set(args: Any, pointer: str, value: Any) -> bool:
    """Put a value, or none, into its place; whether that is a field of an object."""
    head, key = parent(pointer)
    holder = lookup(args, head)
    if not isinstance(holder, dict):
        return False
    if value is MISSING:
        del holder[key]
    else:
        holder[key] = value
    return True


def _earlier(question: Interrupt, person: User) -> Any:
    """This person's drafts for what the same step of the run asked before it asked this."""
    return ReviewDraft.objects.filter(
        person=person,
        interrupt__run=question.run_id,
        interrupt__node=question.node,
        interrupt__status__in=_ASKED_AGAIN,
        interrupt_id__lt=question.pk,
    )


def _changed(before: Any, after: Any, pointer: str) -> Iterator[dict[str, Any]]:
    """Value by value; a list is one value, since its items have no names to find them by."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            there, here = before.get(key, MISSING), after.get(key, MISSING)
            yield from _changed(there, here, child(pointer, key))
    elif not same(before, after):
        sides = {"before": before, "after": after}
        yield {"pointer": pointer} | {
            name: value for name, value in sides.items() if value is not MISSING
        }


def hidden(question: Interrupt, *args: Any) -> frozenset[str]:
    """The pointers into these arguments that a policy masks: nothing there may be kept."""
    patterns = terms_of(question).masked
    return frozenset(place for value in args for one in patterns for place in places(value, one))


def is_hidden(pointer: str, hidden: Collection[str]) -> bool:
    """Whether a value is masked, lies inside one that is, or has one inside."""
    return any(
        pointer == one or pointer.startswith(f"{one}/") or one.startswith(f"{pointer}/")
        for one in hidden
    )
