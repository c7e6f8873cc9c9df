"""What the admin calls tables and columns. Django makes these names of ours, out of xgettext's sight."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

NAMES = {
    _("action"),
    _("actor"),
    _("agent"),
    _("agent version"),
    _("agents"),
    _("applied at"),
    _("assignee"),
    _("at"),
    _("attempts"),
    _("audit entries"),
    _("audit entry"),
    _("audit seal"),
    _("audit seals"),
    _("auth method"),
    _("commitment"),
    _("count"),
    _("created at"),
    _("decision"),
    _("decisions"),
    _("delivered at"),
    _("deliveries"),
    _("delivery"),
    _("description"),
    _("dialect"),
    _("digest"),
    _("due at"),
    _("effect"),
    _("effective at"),
    _("escalated at"),
    _("event"),
    _("expires at"),
    _("finished at"),
    _("hash"),
    _("interrupt"),
    _("interrupts"),
    _("key"),
    _("last error"),
    _("last seen"),
    _("last used at"),
    _("name"),
    _("next at"),
    _("node"),
    _("on timeout"),
    _("prev hash"),
    _("reason"),
    _("reason code"),
    _("request"),
    _("requested by"),
    _("risk"),
    _("root"),
    _("run"),
    _("runs"),
    _("scopes"),
    _("seq"),
    _("signature"),
    _("status"),
    _("summary"),
    _("sweep error"),
    _("thread id"),
    _("title"),
    _("token"),
    _("tokens"),
    _("updated at"),
    _("user"),
    _("verb"),
    _("version"),
    _("via"),
    _("webhook id"),
}
"""Of what the admin shows; nobody reads the others."""


def translate_names(app: AppConfig) -> None:
    """Have them said in the reader's language.

    Done to the finished models: written at every field, each name would be in a migration.
    """
    for model in app.get_models():
        for named in (model._meta, *model._meta.local_fields):
            for which in ("verbose_name", "verbose_name_plural"):
                name = getattr(named, which, None)
                if name in NAMES:
                    setattr(named, which, gettext_lazy(name))
