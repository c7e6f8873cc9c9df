"""Sentences of ours that rows keep, for ever and in English, said in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from agents import dialects
from agents.dialects import breakpoint, node_interrupt

if TYPE_CHECKING:
    from approvals.models import Interrupt

KNOWN = (
    # approvals.driving.compat, .settling, .holding: why a question is held.
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
    # approvals.driving.settling, .advance, approvals.requests, .outcomes: why a question was closed.
    _("It is asked in other words now."),
    _("It was asked again."),
    _("Another program answered it in a way the step could not use, so it was asked again."),
    _("It expired before anybody answered."),
    _("The thread of this run was deleted, so its graph cannot take an answer any more."),
    _(
        "The checkpoint at which this was asked was deleted, so the graph cannot take an answer "
        "any more."
    ),
    # agents.traces: what another program did to a thread.
    _("Another program gave the thread a new input."),
    _("Another program changed the thread's state."),
    _("Another program forked the thread."),
    _("Another program answered this question."),
    _("Another program moved the thread on."),
    _("The graph does not ask this any more."),
    _("The thread no longer exists on its server."),
    # approvals.timeouts, .deadlines: what became of a deadline.
    _("Nobody answered by %(moment)s UTC."),
    _("It was to be rejected then, but the run has failed."),
    _("It was to be rejected then, but this question cannot be rejected."),
    _("It was to be rejected then, but it is held: %(why)s."),
    _("It was to be rejected then, but it cannot be rejected: %(why)s."),
    # approvals.outcomes, .advance, agents.forking, .runner, .remote: why a run failed.
    _("The worker died %(count)s times while moving this run."),
    _("Find out why in the workers' logs, then retry the run."),
    _("A retry goes on from the last one there is, and may repeat what came after it."),
    _("A retry starts the run again from its input."),
    _("The state this run was to begin with is no longer stored: somebody deleted it."),
    _(
        "The agent's code has changed: it has no step “%(step)s” any more, and that step would run "
        "next."
    ),
    _("Bring the earlier code back and retry, or fork another state."),
    _("The step “%(step)s” no longer exists, so it cannot ask again."),
    _("Bring the earlier code back, or cancel the run."),
    _("A step beside this one waits at a breakpoint, which asking again would pass."),
    _("Cancel the run, or fork it from an earlier checkpoint."),
    _("Another program moved this thread; next in it is %(steps)s."),
    _("Nothing was run."),
    _("A retry goes on from there."),
    _("This agent runs on an Agent Server now, which keeps its checkpoints to itself."),
    _("The question comes from a graph compiled with checkpointer=False."),
    _(
        "LangGraph can hand such a graph one answer at a time, and neither null nor an empty object."
    ),
    _("The graph stopped in %(steps)s, at a breakpoint that cannot be seen from outside."),
    _("Call interrupt() in a node of that graph instead."),
    _("The thread stands still on its server and asks nothing."),
    _("Retry to have it go on."),
)
OF_FAILURES = frozenset(
    {
        "CannotAskAgain",
        "CannotFork",
        "ChangedOutside",
        "CheckpointGone",
        "CodeChanged",
        "NeedsAttention",
        "NoCheckpoints",
        "PausedWithoutQuestion",
        "StepGone",
        "ThreadGone",
    }
)
"""Kinds of a run's error whose message is ours, not an exception's."""

# agents.dialects: what is said of a pause that says nothing itself.
OF_BREAKPOINTS = (
    _("Continue with the next node?"),
    _("Continue with %(step)s?"),
    _("The graph stopped here because it was compiled or started with a breakpoint."),
    _("Runs the next node."),
    _("Runs %(step)s."),
)
OF_NODE_INTERRUPTS = (
    _("The node stops again unless the state is changed first."),
    _("Runs %(step)s again from its start."),
)
OF_CALLS = (
    _("%(count)s actions: %(names)s"),
    _("Runs %(names)s with the host %(hosts)s."),
    _("Runs %(names)s."),
)
_LISTS = ("names", "hosts")
_LISTED = re.compile(r"((?:[^\s,]+, )*[^\s,]+) and ([^\s,]+)")
Patterns = Sequence[tuple[str, re.Pattern[str]]]
_BETWEEN = re.compile(r"(?<=[.!?]) (?=[A-Z])")


def in_words(stored: str) -> str:
    """As it was stored where a sentence is not one of ours: an agent's, or an exception's."""
    if whole := _known(stored, _PATTERNS):
        return whole
    return " ".join(_known(one, _PATTERNS) or one for one in _BETWEEN.split(stored))


def title_of(question: Interrupt) -> str:
    return _put(question.title, question.dialect)


def summary_of(question: Interrupt) -> str:
    return _put(question.summary, question.dialect)


def effect_of(question: Interrupt) -> str:
    return _put(question.effect, question.dialect)


def _put(text: str, dialect: str) -> str:
    """Of dialects that let a graph say such things itself, nothing is ours."""
    return _known(text, _PUT.get(dialect, ())) or text


def _known(text: str, patterns: Patterns) -> str:
    for sentence, pattern in patterns:
        if found := pattern.fullmatch(text):
            return gettext(sentence) % {
                name: _list(told) if name in _LISTS else told
                for name, told in found.groupdict().items()
            }
    return ""


def _list(told: str) -> str:
    """`a, b and c`, where none of them can hold the word itself."""
    listed = _LISTED.fullmatch(told)
    return gettext(" and ").join(listed.groups()) if listed else told


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", sentence)
    named = [
        f"(?P<{part}>.+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    ]
    return re.compile("".join(named), re.DOTALL)


def _patterns(sentences: Sequence[str]) -> Patterns:
    return [(sentence, _pattern(sentence)) for sentence in sentences]


_PATTERNS = _patterns(KNOWN)
_PUT: Mapping[str, Patterns] = {
    breakpoint.NAME: _patterns(OF_BREAKPOINTS),
    node_interrupt.NAME: _patterns(OF_NODE_INTERRUPTS),
    **dict.fromkeys(dialects.CALLS, _patterns(OF_CALLS)),
}
