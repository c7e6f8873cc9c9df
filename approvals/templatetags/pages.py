"""What templates of the pages need beyond Django's own tags."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from approvals.hiding import untrusted
from approvals.models import Decision, Interrupt, Run
from approvals.schemaform.pointers import field_id
from approvals.stored import effect_of, in_words, summary_of, title_of
from approvals.web.showing import (
    conversation,
    deadlines,
    icons,
    moments,
    text,
    values,
    words,
)

register = template.Library()

register.filter("reveal", text.reveal)
register.filter("brief", text.brief)
register.filter("whole", text.whole)
register.filter("spelt_out", untrusted.spelt_out)
register.filter("markdown", text.render_markdown)
register.filter("folded", text.folded)
register.filter("conversation_in", conversation.conversation_in)
register.filter("inline", values.inline)
register.filter("described", values.describe)
register.filter("without_empty", values.without_empty)
register.filter("promise", deadlines.promise)
register.filter("then", deadlines.then)
register.filter("verdict", words.verdict)
register.filter("why_closed", words.why_closed)
register.filter("field_id", field_id)
register.filter("in_words", in_words)
register.filter("title_of", title_of)
register.filter("summary_of", summary_of)
register.filter("effect_of", effect_of)
register.simple_tag(icons.icon)
register.simple_tag(icons.mark)


@register.filter
def said(decision: Decision) -> str:
    """What the reviewer said with their decision; of silence the verdict tells already."""
    if decision.via == Decision.Via.TIMEOUT:
        return ""
    return words.said(decision.reason, decision.decisions, code=decision.reason_code)


@register.filter
def did(decision: Decision) -> str:
    """What somebody did: "Approved"."""
    return words.verb_word(decision.interrupt, decision.verb).capitalize()


@register.filter
def number_in(badge: str) -> int:
    """How many a badge such as "1000+" says, to choose between one and many."""
    return int(badge.rstrip("+") or 0)


@register.filter
def answered_failed(interrupt: Interrupt) -> bool:
    """Whether its answer waits in a run that failed."""
    is_open = interrupt.status == Interrupt.Status.DECIDED
    return is_open and interrupt.run.status == Run.Status.ERROR


@register.filter
def run_word(run: Run) -> tuple[str, str, str]:
    """A run's status as word, tone and icon."""
    return words.RUN_WORDS[Run.Status(run.status)]


@register.simple_tag
def risk(name: str) -> SafeString:
    """A risk as a word and a colour."""
    return format_html('<span class="badge {}">{}</span>', name, _(name.capitalize()))


@register.simple_tag
def ago(moment: datetime) -> SafeString:
    return _time(moment, moments.ago(moment, timezone.now()), "ago")


@register.simple_tag
def waiting_for(moment: datetime) -> SafeString:
    return _time(moment, moments.span(timezone.now() - moment), "span")


@register.simple_tag
def due(moment: datetime | None) -> SafeString | str:
    if moment is None:
        return "—"
    return _limit(moment, moments.due(moment, timezone.now()), "due")


@register.simple_tag
def deadline(moment: datetime) -> SafeString:
    return _limit(moment, moments.deadline(moment, timezone.now()), "deadline")


def _limit(moment: datetime, words: str, kind: str) -> SafeString:
    return _time(moment, words, kind, "overdue" if moment <= timezone.now() else "")


def _time(moment: datetime, words: str, kind: str, css: str = "") -> SafeString:
    local = timezone.localtime(moment)
    day = _day(local.date(), get_language())
    return format_html(
        '<time datetime="{}" title="{}" data-time="{}" class="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{day}, {local:%H:%M:%S} {local.tzname()}",
        kind,
        css,
        words,
    )


@lru_cache(maxsize=512)
def _day(day: date, language: str) -> str:
    """Formatting a date takes longer than all else of a row's time; a page's are mostly one day's."""
    return date_format(day, _("j M Y"))
