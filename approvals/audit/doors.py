"""Entries about who comes in and who may what, written by Django's signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest

from approvals.audit.acting import address_of, is_request, person
from approvals.audit.chain import append
from approvals.models import Token

if TYPE_CHECKING:
    from django.db.models import Model

MAX_NAME = 150
_RIGHTS = ("is_active", "is_staff", "is_superuser", "password")
_CHANGES = {"post_add": "added", "post_remove": "removed", "pre_clear": "cleared"}


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    append(None, "sign_in.ok", actor=user, address=address_of(request))


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        append(None, "sign_out", actor=user, address=address_of(request))


@receiver(user_login_failed)
def note_failed_sign_in(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """The name that was tried, never the password. People do type that into the wrong field, so
    a name that no account has is not kept."""
    name = str(credentials.get("username", ""))[:MAX_NAME].replace("\0", "")
    known = User.objects.filter(username=name).exists()
    append(
        None,
        "sign_in.failed",
        status="known" if known else "unknown",
        address=address_of(request),
        **({"username": name} if known else {}),
    )


@receiver(post_save, sender=Token)
def note_new_token(instance: Token, created: bool, **_: Any) -> None:
    if created:
        append(
            None,
            "token.created",
            actor=person(),
            token=instance.pk,
            scopes=instance.scopes,
            name=instance.name,
            username=instance.user.get_username(),
        )


@receiver(post_delete, sender=Token)
def note_revoked_token(instance: Token, **_: Any) -> None:
    append(None, "token.revoked", actor=person(), token=instance.pk, name=instance.name)


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def note_rights(
    instance: Model, action: str, model: type[Model], pk_set: set[int] | None, **_: Any
) -> None:
    """Only what somebody does by the site: `migrate` gives the groups their rights, too."""
    if action in _CHANGES and is_request():
        append(
            None,
            "access.changed",
            actor=person(),
            type=_CHANGES[action],
            model=instance._meta.model_name,
            row=instance.pk,
            named=str(instance),
            what=sorted(str(row) for row in model._default_manager.filter(pk__in=pk_set or ())),
        )


@receiver(pre_save, sender=User)
def note_account(instance: User, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    """Which of a person's rights or whether their password changed, never to what password."""
    # Signing in writes the time, and at times the same password hashed with more rounds.
    is_sign_in = update_fields is not None and update_fields <= {"last_login", "password"}
    if is_sign_in or not is_request() or instance.pk is None:
        return
    before = User.objects.filter(pk=instance.pk).values(*_RIGHTS).first()
    changed = [name for name in _RIGHTS if before and before[name] != getattr(instance, name)]
    if changed:
        append(
            None,
            "access.changed",
            actor=person(),
            type="account",
            model="user",
            row=instance.pk,
            named=instance.get_username(),
            what=changed,
        )
