"""People and groups, as Django shows them, with rights named in the reader's language."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import ManyToManyField
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

_USUAL = {
    "add": _("Can add %(name)s"),
    "change": _("Can change %(name)s"),
    "delete": _("Can delete %(name)s"),
    "view": _("Can view %(name)s"),
}
OWN = {
    _("Can decide questions"),
    _("Can see what policies mask"),
    _("Can see the numbers of single reviewers"),
    _("Can start a run"),
    _("Can see every run and question"),
    _("Can cancel a run"),
    _("Can retry a failed run"),
    _("Can fork a run from an earlier state"),
}


def name_of(permission: Permission) -> str:
    """A right as a list shows it; its row has an English name, for the database knows no reader."""
    kind = permission.content_type
    verb, _, model = permission.codename.partition("_")
    said = permission.name
    if verb in _USUAL and model == kind.model:
        said = gettext(_USUAL[verb]) % {"name": kind.name}
    elif said in OWN:
        said = gettext(said)
    return f"{kind.app_labeled_name} | {said}"


class PermissionsField(ModelMultipleChoiceField):
    def label_from_instance(self, permission: Permission) -> str:
        return name_of(permission)


class NamedPermissions(admin.ModelAdmin):
    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        if db_field.related_model is Permission:
            kwargs["form_class"] = PermissionsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(NamedPermissions, UserAdmin):
    pass


@admin.register(Group)
class PeopleGroupAdmin(NamedPermissions, GroupAdmin):
    pass
