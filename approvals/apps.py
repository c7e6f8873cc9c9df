from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from approvals.groups import create_groups


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        post_migrate.connect(create_groups, sender=self)
        # Its receivers name models, which exist only now.
        import_module("approvals.audit.doors")
