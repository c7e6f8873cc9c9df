"""Why a question is asked, and how it wants to be answered, as far as anything tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from agents.dialects import external
from approvals.models import Interrupt
from approvals.web.answer.sheets import Sheet
from approvals.web.showing.wording import wording

GRAVE = (Interrupt.Risk.HIGH, Interrupt.Risk.CRITICAL)
_OPEN = re.compile(
    r"(what|which|who|whom|whose|when|where|why|how"
    r"|(please )?(enter|provide|give|tell|write|describe|name|type|specify|choose|select|pick))\b",
    re.IGNORECASE,
)


def reasons_of(interrupt: Interrupt) -> list[str]:
    """Why somebody is asked, where neither policy nor agent says."""
    if interrupt.dialect == external.NAME:
        stops = _("A program waits for a person's answer.")
    else:
        stops = _("The graph stops at “%(step)s” until a person has answered.") % {
            "step": interrupt.node
        }
    if interrupt.risk not in GRAVE:
        return [stops]
    risk = _("It counts as %(risk)s risk.") % {"risk": interrupt.get_risk_display().lower()}
    return [risk, stops]


def is_question(interrupt: Interrupt, sheets: Sequence[Sheet]) -> bool:
    """Whether it wants an answer rather than consent."""
    if len(sheets) > 1 or not sheets[0].takes_value or wording(interrupt.dialect).skip:
        return False
    return "approve" not in sheets[0].action["allowed"] or sheets[0].answer.schema is not None


def offers_yes_and_no(interrupt: Interrupt, sheets: Sequence[Sheet]) -> bool:
    """Whether its page has a button for each."""
    return (
        is_question(interrupt, sheets)
        and sheets[0].answer.schema is None
        and is_yes_or_no(interrupt)
    )


def is_yes_or_no(interrupt: Interrupt) -> bool:
    """Whether yes and no can be an answer; only a question that asks for more says otherwise."""
    return _OPEN.match(interrupt.title.strip()) is None
