"""One action of a question, laid out: its forms, its verbs, what was decided on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from approvals import schemaform
from approvals.models import Interrupt
from approvals.policy import terms_of
from approvals.policy.reasons import said_of
from approvals.web.answer.drafts import Draft, Part
from approvals.web.answer.sheets import Sheet
from approvals.web.review.caring import flagged_in
from approvals.web.showing.wording import Wording, approving
from approvals.web.showing.words import verb_word


@dataclass(frozen=True, kw_only=True)
class ActionPart:
    """One proposed action: its forms when there are schemas, else its arguments as they are.

    `decision` is what was decided on it, once something was.
    """

    index: int
    sheet: Sheet
    part: Part
    args: Any
    form: SafeString | None
    answer_form: SafeString | None
    words: Wording
    changes: list[schemaform.Change]
    decision: Mapping[str, Any] = field(default_factory=dict)
    verdict: str = ""

    @property
    def name(self) -> str:
        return str(self.sheet.action["name"])

    @property
    def description(self) -> str:
        return str(self.sheet.action.get("description", ""))

    @property
    def verbs(self) -> list[str]:
        return self.sheet.verbs

    @property
    def only_responds(self) -> bool:
        return self.verbs == ["respond"]

    @property
    def is_editable(self) -> bool:
        return self.sheet.edit.schema is not None

    @property
    def is_text(self) -> bool:
        """Whether its arguments are edited as JSON text."""
        return self.part.edit.text is not None

    @property
    def problems(self) -> list[str]:
        return list(self.part.problems.values())

    @property
    def said(self) -> str:
        """What was said with the decision on it."""
        return said_of(self.decision)

    @property
    def approve_label(self) -> str:
        """What approving this one action of several means now."""
        return approving(self.words, edits=len(self.changes))


def part_of(
    interrupt: Interrupt,
    index: int,
    sheet: Sheet,
    draft: Draft,
    *,
    words: Wording,
    is_open: bool,
    decision: Mapping[str, Any],
) -> ActionPart:
    part = draft.parts[index]
    flagged = flagged_in(interrupt, terms_of(interrupt), index)
    return ActionPart(
        index=index,
        sheet=sheet,
        part=part,
        args=_without_title(sheet.action["args"], interrupt.title),
        form=_arguments(sheet, part, flagged=flagged, zone=draft.zone, is_open=is_open),
        answer_form=_answer(sheet, part, zone=draft.zone, is_open=is_open),
        words=words,
        changes=sheet.edit.changes(part.edit),
        decision=decision,
        verdict=verb_word(interrupt, decision["type"]) if decision else "",
    )


def _arguments(
    sheet: Sheet, part: Part, *, flagged: Collection[str], zone: str, is_open: bool
) -> SafeString | None:
    """The arguments as a form; read-only where nobody may change them."""
    if sheet.schema is None:
        return None
    if sheet.edit.schema is None:
        return schemaform.render(
            sheet.schema,
            sheet.edit.base,
            flagged=flagged,
            readonly=True,
            tz=zone,
            prefix=sheet.prefix,
        )
    return sheet.edit.render(part.edit, zone=zone, readonly=not is_open, flagged=flagged)


def _answer(sheet: Sheet, part: Part, *, zone: str, is_open: bool) -> SafeString | None:
    if sheet.answer.schema is None:
        return None
    return sheet.answer.render(part.answer, zone=zone, readonly=not is_open)


def _without_title(args: Any, title: str) -> Any:
    """A payload need not repeat what the heading of its page already says."""
    if args == title:
        return None
    if not isinstance(args, dict):
        return args
    return {key: value for key, value in args.items() if value != title}
