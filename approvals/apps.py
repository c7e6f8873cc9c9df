from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from approvals.groups import create_groups
from approvals.naming import translate_names


class ApprovalsConfig(AppConfig):
    name = "approvals"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        post_migrate.connect(create_groups, sender=self)
        # Its receivers name models, which exist only now.
        import_module("approvals.audit.doors")
        translate_names(self)
