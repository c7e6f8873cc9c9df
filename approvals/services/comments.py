"""Comments on questions: said once, never edited, withdrawn by whoever said it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals import audit, live, news
from approvals.exceptions import Forbidden, Invalid, NotFound
from approvals.hiding.untrusted import fingerprint
from approvals.jsontext import refuse_unstorable
from approvals.models import Comment, Interrupt, Notification, Run
from approvals.models.comment import LONGEST
from approvals.schemaform.pointers import lookup
from approvals.schemaform.values import MISSING
from approvals.services.runs import fresh

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_MENTIONS = 20
_MENTION = re.compile(r"(?<![\w@./+-])@([\w.@+-]{1,150})")


class InvalidComment(Invalid):
    code, detail = "invalid_comment", gettext_lazy("The comment cannot be stored like this.")


@transaction.atomic
def comment(interrupt_id: int, *, author: User, body: str, pointer: str = "") -> Comment:
    """Add a comment for everybody who sees the question, and tell those it mentions.

    The question's version stays as it is: what was said beside it changes nobody's consent.
    Raises NotFound, or InvalidComment with pointers into `{body, pointer}`.
    """
    writer = fresh(author)
    question, run = _locked(interrupt_id, writer)
    text = body.replace("\r\n", "\n").strip()
    _check(question, text, pointer)
    made = Comment.objects.create(interrupt=question, author=writer, body=text, pointer=pointer)
    told = list(_mentioned(question, text, writer))
    Notification.objects.bulk_create(Notification(person=one, comment=made) for one in told)
    audit.append(
        run,
        "comment.added",
        actor=writer,
        interrupt=question,
        row=made.pk,
        pointer=pointer,
        sha256=fingerprint(text),
        mentions=[one.get_username() for one in told],
    )
    news.item("updated", question, by=writer.get_username())
    live.ring(one.pk for one in told)
    return made


@transaction.atomic
def withdraw(comment_id: int, *, author: User) -> Comment:
    """Empty a comment. Doing it again changes nothing. Raises NotFound, Forbidden."""
    writer = fresh(author)
    place = Comment.objects.filter(pk=comment_id).values_list("interrupt_id", flat=True).first()
    if place is None:
        raise NotFound
    question, run = _locked(place, writer)
    made = Comment.objects.get(pk=comment_id)
    if made.author_id != writer.pk:
        raise Forbidden(_("Only who wrote a comment may withdraw it."))
    if made.withdrawn_at is not None:
        return made
    told = list(made.mentions.values_list("person_id", flat=True))
    Comment.objects.filter(pk=made.pk).update(body="", withdrawn_at=Now())
    made.mentions.all().delete()
    audit.append(run, "comment.withdrawn", actor=writer, interrupt=question, row=made.pk)
    news.item("updated", question, by=writer.get_username())
    live.ring(told)
    made.refresh_from_db()
    return made


def read(person: User, ids: Iterable[int] | None = None) -> int:
    """Mark what this person was told as read: these, or all. How many were unread."""
    unread = person.notifications.unread()
    found = unread if ids is None else unread.filter(pk__in=ids)
    count: int = found.update(read_at=Now())
    if count:
        live.ring([person.pk])
    return count


def names_in(text: str) -> list[str]:
    """Who a text may mention, each once; a full stop at the end of a sentence is no part of a name."""
    found: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        found[match[1]] = None
        found[match[1].rstrip(".@+-")] = None
    return [name for name in found if name]


def _locked(interrupt_id: int, writer: User) -> tuple[Interrupt, Run]:
    """The question, if this person sees it, under its run's lock: the history is a chain."""
    visible = Interrupt.objects.visible_to(writer).defer("request", "state")
    question = visible.filter(pk=interrupt_id).first()
    if question is None:
        raise NotFound
    return question, Run.objects.select_for_update().get(pk=question.run_id)


def _check(question: Interrupt, text: str, pointer: str) -> None:
    errors: dict[str, str] = {}
    if not text:
        errors["/body"] = _("Say something.")
    elif len(text) > LONGEST:
        errors["/body"] = _("A comment has at most %(most)s characters.") % {"most": f"{LONGEST:,}"}
    if pointer and not is_place(question.actions, pointer):
        errors["/pointer"] = _("This names no value of the question.")
    if errors:
        raise InvalidComment(errors=errors)
    refuse_unstorable({"body": text, "pointer": pointer})


def is_place(actions: list[Any], pointer: str) -> bool:
    """Whether it names a value that an action proposes: "/0/args/amount"."""
    parts = pointer.split("/")
    if len(pointer) > 500 or len(parts) < 4 or parts[0] or parts[2] != "args":
        return False
    return lookup(actions, pointer) is not MISSING


def _mentioned(question: Interrupt, text: str, writer: User) -> Iterator[User]:
    """People of these names who see the question; nobody else learns that there is one."""
    named = User.objects.filter(username__in=names_in(text)[: 2 * MOST_MENTIONS], is_active=True)
    for person in named.exclude(pk=writer.pk).order_by("username")[:MOST_MENTIONS]:
        if Interrupt.objects.visible_to(person).filter(pk=question.pk).exists():
            yield person
