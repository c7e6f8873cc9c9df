from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from approvals.admin.readonly import ReadOnlyAdmin, link, pretty
from approvals.hiding.masking import Veil, masks_of
from approvals.hiding.veiling import veiled
from approvals.models import Decision, Vote
from approvals.models.decision import DONE, DecisionQuerySet
from approvals.stored import effect_of

PROOFS = {
    "session": _("a sign-in"),
    "token": _("a token"),
    "system": _("the deadline"),
}
"""By which kind of proof the actor was known."""


class OneOf(admin.SimpleListFilter):
    """A column whose values are words of ours, listed as they are said."""

    words: ClassVar[Mapping[str, Any]]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        return queryset.filter(**{self.parameter_name: self.value()} if self.value() else {})


class VerbFilter(OneOf):
    title, parameter_name, words = _("decision"), "verb", DONE


class ProofFilter(OneOf):
    title, parameter_name, words = _("auth method"), "auth_method", PROOFS


class ReasonFilter(admin.SimpleListFilter):
    """Named reasons that were given; where no policy names any there is nothing to choose."""

    title, parameter_name = _("reason"), "reason_code"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(code, code) for code in Decision.objects.reason_codes()]

    def queryset(self, request: HttpRequest, queryset: DecisionQuerySet) -> DecisionQuerySet:
        return queryset.because(self.value()) if self.value() else queryset


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """One page tells the whole story: what was asked and shown, who decided what, what came of it."""

    shows_state = True
    list_display = ("created_at", "of_question", "decided", "actor", "via", "applied_at")
    list_filter = (VerbFilter, ReasonFilter, "via", ProofFilter, "interrupt__agent", "created_at")
    list_select_related = ("interrupt", "actor")
    search_fields = ("actor__username", "interrupt__title", "reason", "digest")
    ordering = ("-created_at", "-id")
    fieldsets = (
        (
            _("What was asked"),
            {
                "fields": (
                    "of_question",
                    "of_run",
                    "asked_by",
                    "effect",
                    "risk",
                    "proposed",
                    "state",
                )
            },
        ),
        (
            _("What was decided"),
            {
                "fields": (
                    "decided",
                    "actor",
                    "voices",
                    "created_at",
                    "reason_code",
                    "reason",
                    "given",
                    "changes",
                    "via",
                    "known_by",
                    "digest",
                )
            },
        ),
        (
            _("What came of it"),
            {"fields": ("effective_at", "applied_at", "told", "run_status", "result", "error")},
        ),
        (_("History"), {"fields": ("history",)}),
    )

    @admin.display(description=_("Decision"), ordering="verb")
    def decided(self, decision: Decision) -> str:
        return str(DONE.get(decision.verb, decision.verb))

    @admin.display(description=_("auth method"), ordering="auth_method")
    def known_by(self, decision: Decision) -> str:
        return str(PROOFS.get(decision.auth_method, decision.auth_method))

    @admin.display(description=_("Question"), ordering="interrupt")
    def of_question(self, decision: Decision) -> str | SafeString:
        return link(decision.interrupt)

    @admin.display(description=_("Run"))
    def of_run(self, decision: Decision) -> str | SafeString:
        return link(decision.interrupt.run)

    @admin.display(description=_("Asked for by"))
    def asked_by(self, decision: Decision) -> str:
        return str(decision.interrupt.requested_by)

    @admin.display(description=_("Effect"))
    def effect(self, decision: Decision) -> str:
        return effect_of(decision.interrupt) or "-"

    @admin.display(description=_("Risk"))
    def risk(self, decision: Decision) -> str:
        return decision.interrupt.get_risk_display()

    @admin.display(description=_("Proposed"))
    def proposed(self, decision: Decision) -> SafeString:
        return pretty(decision.interrupt.actions)

    @admin.display(description=_("State at the pause"))
    def state(self, decision: Decision) -> SafeString:
        return pretty(decision.interrupt.state)

    @admin.display(description=_("Votes"))
    def voices(self, decision: Decision) -> str:
        votes = Vote.objects.filter(interrupt=decision.interrupt_id).select_related("reviewer")
        return ", ".join(f"{vote.reviewer}: {DONE.get(vote.verb, vote.verb)}" for vote in votes)

    @admin.display(description=_("Decisions"))
    def given(self, decision: Decision) -> SafeString:
        return pretty(decision.decisions)

    @admin.display(description=_("Changes (RFC 6902)"))
    def changes(self, decision: Decision) -> SafeString:
        return pretty(decision.patch)

    @admin.display(description=_("What the agent was told"))
    def told(self, decision: Decision) -> SafeString:
        veil = Veil(masks_of(decision.interrupt))
        return pretty(veil.over_anything(decision.resume_value))

    @admin.display(description=_("Status of the run"))
    def run_status(self, decision: Decision) -> str:
        return decision.interrupt.run.get_status_display()

    @admin.display(description=_("Result"))
    def result(self, decision: Decision) -> SafeString:
        run = decision.interrupt.run
        return pretty(veiled(run, run.result, user=None))

    @admin.display(description=_("Error"))
    def error(self, decision: Decision) -> SafeString:
        return pretty(decision.interrupt.run.error)

    @admin.display(description=_("Audit entries of the run"))
    def history(self, decision: Decision) -> SafeString:
        entries = decision.interrupt.run.audit_entries.select_related("actor").order_by("seq")
        return format_html_join(
            "\n",
            '<p>{} · <code class="quiet">{}</code> · {} · {} · {}</p>',
            (
                (
                    link(entry),
                    entry.action,
                    f"{entry.at:%Y-%m-%d %H:%M:%S}",
                    entry.actor or gettext("the system"),
                    entry.hash,
                )
                for entry in entries
            ),
        )
