"""Saved views: only their owner changes them; a group one is in may be shown them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.exceptions import Forbidden, Invalid, NotFound
from approvals.models import SavedView

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 30


class InvalidView(Invalid):
    code, detail = "invalid_view", gettext_lazy("This view cannot be saved.")


def save_view(*, owner: User, name: str, query: str) -> SavedView:
    """Keep a view; under a name one uses already, it takes the place of that one."""
    name = _named(name)
    if len(query) > 600:
        raise InvalidView(_("The filter is too long to be kept."))
    with transaction.atomic():
        others = owner.saved_views.exclude(name=name).count()
        if others >= MOST:
            raise InvalidView(_("You can keep %(most)s views; delete one first.") % {"most": MOST})
        return SavedView.objects.update_or_create(
            owner=owner, name=name, defaults={"query": query}
        )[0]


@transaction.atomic
def change_view(pk: int, *, actor: User, name: str, group: str) -> SavedView:
    """Rename it, and share it with one of one's groups, or with nobody.

    Raises NotFound; Forbidden for the view of another or a group one is not in; InvalidView.
    """
    view = _own(pk, actor)
    shared = actor.groups.filter(name=group).first() if group else None
    if group and shared is None:
        raise Forbidden(_("You are not in that group."))
    view.name, view.group = _named(name), shared
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "group"])
    except IntegrityError as error:
        told = _("You have a view called “%(name)s” already.") % {"name": view.name}
        raise InvalidView(told) from error
    return view


@transaction.atomic
def delete_view(pk: int, *, actor: User) -> None:
    _own(pk, actor).delete()


def _own(pk: int, actor: User) -> SavedView:
    view = SavedView.objects.seen_by(actor).select_for_update(of=("self",)).filter(pk=pk).first()
    if view is None:
        raise NotFound
    if view.owner_id != actor.pk:
        raise Forbidden(_("Only its owner changes a view."))
    return view


def _named(name: str) -> str:
    name = name.replace("\0", "").strip()
    if not 0 < len(name) <= 40:
        raise InvalidView(_("A name has 1 to 40 characters."))
    return name
