"""A reviewer's draft between two visits: kept while they type, put back when they return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from approvals.exceptions import Conflict, Forbidden
from approvals.models import Decision, Interrupt, ReviewDraft
from approvals.models.comment import LONGEST
from approvals.schemaform import MISSING
from approvals.schemaform.pointers import sendable, tokens
from approvals.schemaform.values import same
from approvals.services import claims, review_drafts
from approvals.services.review_drafts import Clash, Rebased
from approvals.web.answer import drafts, json_text
from approvals.web.answer.drafts import Draft
from approvals.web.answer.sheets import Filled, sheets_of
from approvals.web.review.question import barred_because
from approvals.web.shell import go, is_htmx, part, signed_in
from approvals.web.showing.values import inline

_OF_THE_MOMENT = {"csrfmiddlewaretoken", "version", "digest", "verb", "~confirmed", "~checked"}
"""What says something of one sending. Ticks are not kept: a field is checked when it is looked at."""

_SUFFIX = re.compile(r"~(?:n|v|b|json|was|keys|seen|root)$")
LONGEST_LINE = 300


@dataclass(frozen=True, kw_only=True)
class Carried:
    """One value of an earlier draft, in words: which, and what it is or was to be."""

    label: str
    yours: str
    before: str = ""
    now: str = ""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the page says of a draft. `draft` is what the form holds because of it."""

    saved: ReviewDraft
    draft: Draft | None = None
    is_unused: bool = False
    is_rebased: bool = False
    carried: list[Carried] = field(default_factory=list)
    clashes: list[Carried] = field(default_factory=list)

    @property
    def as_comment(self) -> str:
        """The edits as the text of a comment."""
        lines = [
            f"- {one.label}: {_short(one.before)} → {_short(one.yours)}" for one in self.carried
        ]
        text = "\n".join([_("My edits, which were not used:"), "", *lines, "", self.note]).strip()
        return text[:LONGEST]

    @property
    def note(self) -> str:
        said = [text.strip() for name, text in self.saved.form if name in ("~note", "~reason")]
        return "\n\n".join(filter(None, said))


def kept_for(request: HttpRequest, interrupt: Interrupt) -> Kept | None:
    """The draft this person left on the question, if there is one that still says anything."""
    saved = review_drafts.kept(interrupt, person=request.user)
    if not interrupt.is_pending:
        return _unused(interrupt, saved, request)
    if barred_because(request.user, interrupt):
        return None
    if saved is not None and saved.digest == interrupt.digest:
        return Kept(saved=saved, draft=drafts.read(interrupt, _posted(saved)))
    found = review_drafts.rebased(interrupt, person=request.user)
    return _rebased(interrupt, found) if found else None


@require_POST
@signed_in
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the form as it is; with JavaScript while somebody types, else by a button."""
    interrupt = _find(request, pk)
    if barred_because(request.user, interrupt):
        raise PermissionDenied(_("Only who may decide a question keeps a draft for it."))
    saved = review_drafts.kept(interrupt, person=request.user)
    # A form that was frozen meanwhile posts nothing: it must not wipe out what is kept.
    if interrupt.is_pending and "digest" in request.POST:
        saved = _keep(request, interrupt)
        if saved is not None:
            _tell_the_others(request, interrupt)
    if is_htmx(request):
        return part(request, "kept/saved.html", saved=saved, interrupt=interrupt)
    return go(request, reverse("interrupt", args=[pk]))


@require_POST
@signed_in
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget the draft, and let others be on it. Again: there is nothing left to forget."""
    review_drafts.discard(_find(request, pk), person=request.user)
    with suppress(Conflict, Forbidden):
        claims.release(pk, actor=request.user, via=Decision.Via.PAGE)
    return go(request, reverse("interrupt", args=[pk]))


def _tell_the_others(request: HttpRequest, interrupt: Interrupt) -> None:
    """Whoever begins to edit is on it for five minutes; who is on it already stays."""
    with suppress(Conflict):
        claims.claim(interrupt.pk, actor=request.user, via=Decision.Via.PAGE)


def _find(request: HttpRequest, pk: int) -> Interrupt:
    visible = Interrupt.objects.visible_to(request.user).select_related("run", "decision")
    found = visible.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _keep(request: HttpRequest, interrupt: Interrupt) -> ReviewDraft | None:
    draft = drafts.read(interrupt, request.POST)
    values = [one.edit.value for one in draft.parts]
    texts = _texts(interrupt, draft)
    if None in texts.values():
        return review_drafts.kept(interrupt, person=request.user)
    return review_drafts.keep(
        interrupt,
        person=request.user,
        form=_pairs(interrupt, request.POST, values, texts),
        values=values,
        says_more=_says_more(interrupt, draft),
    )


def _says_more(interrupt: Interrupt, draft: Draft) -> bool:
    """Whether something was said beside the values of actions: a word, an answer, a choice."""
    return bool(draft.note or draft.reason or draft.codes) or any(
        part.message
        or part.codes
        or (part.edit.text is not None and part.edit.errors)
        or part.text
        or (part.verb and sheet.verbs != [part.verb])
        or not same(part.answer.value, sheet.answer.base)
        for sheet, part in zip(sheets_of(interrupt), draft.parts, strict=True)
    )


def _texts(interrupt: Interrupt, draft: Draft) -> dict[str, str | None]:
    """By control, JSON as it may be kept where a policy masks: nothing changed in what it hides.

    None where nobody can tell what is hidden, since it cannot be read.
    """
    found: dict[str, str | None] = {}
    for sheet, one in zip(sheets_of(interrupt), draft.parts, strict=True):
        base, edit = sheet.action["args"], one.edit
        if edit.text is None or not review_drafts.hidden(interrupt, base, edit.value):
            continue
        value = review_drafts.keepable(interrupt, base, edit.value)
        found[sheet.edit.text_name] = json_text.written(value) if edit.is_read else None
    return found


def _pairs(
    interrupt: Interrupt, data: QueryDict, values: list[Any], texts: Mapping[str, str | None]
) -> list[tuple[str, str]]:
    """The controls worth keeping: none of a masked value; `texts` stand in for what was typed."""
    secret = [
        f"{sheet.prefix}{sendable(place)}"
        for sheet, value in zip(sheets_of(interrupt), values, strict=True)
        for place in review_drafts.hidden(interrupt, sheet.action["args"], value)
    ]
    return [
        (name, texts.get(name) or text)
        for name, typed in data.lists()
        if name not in _OF_THE_MOMENT
        and not name.endswith("_op")
        and not name.startswith("~retyped")
        and not review_drafts.is_hidden(_SUFFIX.sub("", name), secret)
        for text in typed
    ]


def _posted(saved: ReviewDraft) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, text in saved.form:
        data.appendlist(name, text)
    return data


def _unused(interrupt: Interrupt, saved: ReviewDraft | None, request: HttpRequest) -> Kept | None:
    """Somebody else's decision came first: what was typed is there to be copied."""
    decision = getattr(interrupt, "decision", None)
    if saved is None or (decision and decision.actor_id == request.user.pk):
        return None
    carried = [
        Carried(
            label=label(interrupt, at, change["pointer"]),
            before=_text(change.get("before", MISSING)),
            yours=_text(change.get("after", MISSING)),
        )
        for at, changes in enumerate(saved.changes)
        for change in changes
    ]
    return Kept(saved=saved, is_unused=True, carried=carried)


def _rebased(interrupt: Interrupt, found: Rebased) -> Kept:
    draft = drafts.blank(interrupt)
    for index, args in enumerate(found.args):
        draft = draft.with_part(index, edit=Filled(value=args))
    return Kept(
        saved=found.draft,
        draft=draft,
        is_rebased=True,
        carried=[
            Carried(label=label(interrupt, action, pointer), yours=_text(value))
            for action, pointer, value in found.carried
        ],
        clashes=[_clash(interrupt, one) for one in found.clashes],
    )


def _clash(interrupt: Interrupt, one: Clash) -> Carried:
    name = label(interrupt, one.action, one.pointer)
    return Carried(label=name, before=_text(one.before), yours=_text(one.yours), now=_text(one.now))


def label(interrupt: Interrupt, action: int, pointer: str) -> str:
    many = f"{interrupt.actions[action]['name']}: " if len(interrupt.actions) > 1 else ""
    return many + " / ".join(tokens(pointer))


def _text(value: Any) -> str:
    return _("nothing") if value is MISSING else inline(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"
