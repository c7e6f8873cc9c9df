"""Sentences of ours that rows keep, for ever and in English, said in the reader's language."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

KNOWN = (
    # approvals.compat, .settling, .holding: why a question is held.
    _("No agent of that name is registered here."),
    _("The code of the step “%(step)s” has changed since it asked this."),
    _("The step “%(step)s”, which asked this, no longer exists."),
    _("Version %(before)s of the agent asked this; its code is now version %(now)s."),
    _("The agent's steps have changed since this was asked."),
    _("The agent's code has changed since this was asked."),
    _("It can be answered when the earlier code is back, or be asked again."),
    _("Another program is moving this thread. What it asks then will be asked here."),
    _(
        "Another step of this run failed. The question can be answered when the run has been "
        "retried."
    ),
    # approvals.settling, .advance, .requests, .outcomes: why a question was closed.
    _("It is asked in other words now."),
    _("It was asked again."),
    _("Another program answered it in a way the step could not use, so it was asked again."),
    _("It expired before anybody answered."),
    _("The thread of this run was deleted, so its graph cannot take an answer any more."),
    _(
        "The checkpoint at which this was asked was deleted, so the graph cannot take an answer "
        "any more."
    ),
    # approvals.timeouts, .deadlines: what became of a deadline.
    _("Nobody answered by %(moment)s UTC."),
    _("It was to be rejected then, but the run has failed."),
    _("It was to be rejected then, but this question cannot be rejected."),
    _("It was to be rejected then, but it is held: %(why)s."),
    _("It was to be rejected then, but it cannot be rejected: %(why)s."),
    # approvals.outcomes: why a run failed.
    _("The worker died %(count)s times while moving this run."),
    _("Find out why in the workers' logs, then retry the run."),
    _("A retry goes on from the last one there is, and may repeat what came after it."),
    _("A retry starts the run again from its input."),
)
_BETWEEN = re.compile(r"(?<=[.!?]) (?=[A-Z])")


def in_words(stored: str) -> str:
    """As it was stored where a sentence is not one of ours: an agent's, or an exception's."""
    if whole := _known(stored):
        return whole
    return " ".join(_known(sentence) or sentence for sentence in _BETWEEN.split(stored))


def _known(text: str) -> str:
    for sentence, pattern in _PATTERNS:
        if found := pattern.fullmatch(text):
            return gettext(sentence) % found.groupdict()
    return ""


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", sentence)
    named = [
        f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    ]
    return re.compile("".join(named), re.DOTALL)


_PATTERNS = [(sentence, _pattern(sentence)) for sentence in KNOWN]
