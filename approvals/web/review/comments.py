"""Comments beside a question, and the bell that says where somebody was mentioned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.exceptions import Forbidden, NotFound
from approvals.hiding.covering import NOTHING, Cover, cover_for, covers_of
from approvals.models import Comment, Interrupt, Notification
from approvals.models.comment import LONGEST
from approvals.schemaform.pointers import child, field_id, tokens
from approvals.services import comments as service
from approvals.services.comments import InvalidComment
from approvals.web.answer.sheets import sheets_of
from approvals.web.shell import go, is_htmx, page, part, signed_in

MOST = 200
"""Comments shown of one question, and notifications of one person: the newest."""

MOST_PLACES, DEEPEST = 80, 3


@dataclass(frozen=True, kw_only=True)
class Place:
    """A value of the question that a comment can be about, and where the page shows it."""

    pointer: str
    label: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One comment as this person sees it."""

    comment: Comment
    body: str
    is_own: bool
    place: Place | None
    told: list[str]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """The comments on a question; `body` and `pointer` are what is being written."""

    interrupt: Interrupt
    remarks: list[Remark]
    places: list[Place]
    body: str = ""
    pointer: str = ""
    is_previewed: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)
    longest: int = LONGEST


def talk_of(
    interrupt: Interrupt, user: User, *, cover: Cover | None = None, **writing: Any
) -> Talk:
    cover = cover_for(interrupt, user=user) if cover is None else cover
    places = list(places_of(interrupt))
    named = {place.pointer: place for place in places}
    newest = interrupt.comments.select_related("author").prefetch_related("mentions__person")
    return Talk(
        interrupt=cover.over_question(interrupt) if cover else interrupt,
        remarks=[
            Remark(
                comment=one,
                body=cover.over_text(one.body),
                is_own=one.author_id == user.pk,
                place=named.get(one.pointer) or _unlisted(one.pointer),
                told=sorted(mention.person.get_username() for mention in one.mentions.all()),
            )
            for one in reversed(newest.order_by("-id")[:MOST])
        ],
        places=places,
        **writing,
    )


def places_of(interrupt: Interrupt) -> Iterator[Place]:
    """The values that can be chosen from a list, in the order of the form; deep ones are left out."""
    sheets = sheets_of(interrupt)
    left = MOST_PLACES
    for index, sheet in enumerate(sheets):
        name = f"{sheet.action['name']}: " if len(sheets) > 1 else ""
        for pointer in _walk(sheet.action["args"], "", DEEPEST):
            if not left:
                return
            left -= 1
            yield Place(
                pointer=f"/{index}/args{pointer}",
                label=name + " / ".join(tokens(pointer)),
                anchor=field_id(pointer, prefix=sheet.prefix),
            )


def _walk(value: Any, pointer: str, depth: int) -> Iterator[str]:
    if pointer:
        yield pointer
    if not depth:
        return
    inside = value.items() if isinstance(value, dict) else ()
    for key, one in enumerate(value) if isinstance(value, list) else inside:
        yield from _walk(one, child(pointer, key), depth - 1)


def _unlisted(pointer: str) -> Place | None:
    """A place that was named by the API, deeper than the list goes."""
    return (
        Place(pointer=pointer, label=" / ".join(tokens(pointer)[2:]), anchor="")
        if pointer
        else None
    )


@require_http_methods(["GET", "POST"])
@signed_in
def comments(request: HttpRequest, pk: int) -> HttpResponse:
    """The comments on a question, and the way to add one."""
    interrupt = _find(request, pk)
    if request.method == "POST":
        return _add(request, interrupt)
    if not is_htmx(request):
        return go(request, _place_of(pk))
    return part(request, "comments/list.html", talk=talk_of(interrupt, request.user))


@require_POST
@signed_in
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        gone = service.withdraw(pk, author=request.user)
    except NotFound as error:
        raise Http404 from error
    except Forbidden as error:
        raise PermissionDenied(error.detail) from error
    if not is_htmx(request):
        return go(request, _place_of(gone.interrupt_id))
    talk = talk_of(_find(request, gone.interrupt_id), request.user)
    return part(request, "comments/list.html", talk=talk)


@require_GET
@signed_in
def notifications(request: HttpRequest) -> HttpResponse:
    """Where this person was mentioned, newest first."""
    told = request.user.notifications.of(request.user).order_by("-id")
    rows = told.select_related("comment__author", "comment__interrupt")[:MOST]
    heavy = (f"comment__interrupt__{name}" for name in ("request", "actions", "state"))
    return page(
        request,
        "notifications.html",
        section="notifications",
        rows=_covered(rows.defer(*heavy), request.user),
    )


def _covered(rows: Iterable[Notification], user: User) -> list[Notification]:
    """To be shown, never saved: what somebody has to say first is quoted by nobody."""
    told = list(rows)
    covers = covers_of({row.comment.interrupt for row in told}, user=user)
    for row in told:
        comment, cover = row.comment, covers.get(row.comment.interrupt_id, NOTHING)
        comment.body = cover.over_text(comment.body)
        comment.interrupt = cover.over_question(comment.interrupt) if cover else comment.interrupt
    return told


@require_POST
@signed_in
def read(request: HttpRequest) -> HttpResponse:
    """Mark one as read, or all of them."""
    one = request.POST.get("notification", "")
    if one and not (one.isdecimal() and len(one) < 19):
        raise Http404
    count = service.read(request.user, [int(one)] if one else None)
    if count > 1:
        told = ngettext("%(count)d marked as read.", "%(count)d marked as read.", count)
        messages.success(request, told % {"count": count})
    return go(request, reverse("notifications"))


@require_GET
@signed_in
def bell(request: HttpRequest) -> HttpResponse:
    return part(request, "components/bell.html", unread=unread_count(request.user))


def unread_count(user: User) -> int:
    return user.notifications.unread().count()


def _add(request: HttpRequest, interrupt: Interrupt) -> HttpResponse:
    body, pointer = request.POST.get("body", ""), request.POST.get("pointer", "")
    if request.POST.get("_op") == "preview":
        talk = talk_of(interrupt, request.user, body=body, pointer=pointer, is_previewed=True)
        return _answer(request, talk, status=200)
    try:
        service.comment(interrupt.pk, author=request.user, body=body, pointer=pointer)
    except NotFound as error:
        raise Http404 from error
    except InvalidComment as error:
        problems = {fault["pointer"].strip("/"): fault["message"] for fault in error.errors}
        talk = talk_of(interrupt, request.user, body=body, pointer=pointer, problems=problems)
        return _answer(request, talk, status=422)
    if not is_htmx(request):
        return go(request, _place_of(interrupt.pk))
    return _answer(request, talk_of(interrupt, request.user), status=200)


def _answer(request: HttpRequest, talk: Talk, *, status: int) -> HttpResponse:
    if is_htmx(request):
        return part(request, "comments/card.html", talk=talk, status=status)
    return page(request, "comments/page.html", section="inbox", talk=talk, status=status)


def _find(request: HttpRequest, pk: int) -> Interrupt:
    interrupt = Interrupt.objects.visible_to(request.user).defer("request", "state")
    found = interrupt.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _place_of(pk: int) -> str:
    return f"{reverse('interrupt', args=[pk])}#comments"
