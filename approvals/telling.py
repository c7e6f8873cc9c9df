"""Mail to the supervisors about questions that were handed to them. Each is told of once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from approvals.hiding.covering import Cover
from approvals.models import Escalation
from approvals.permissions import SUPERVISORS
from approvals.stored import in_words, title_of

log = logging.getLogger(__name__)

MOST = 200
"""Questions of one mail, sent once in each language; the next mail is about the next ones."""

ANSWERED = "It was answered before anybody had to be told."
NOBODY = "No supervisor has an e-mail address."

# As long again as it has waited already, up to an hour.
_TRY_LATER = """
    UPDATE approvals_escalation
       SET problem = %s, try_at = statement_timestamp() + least(interval '1 hour',
             greatest(interval '1 minute', statement_timestamp() - created_at))
     WHERE id = ANY(%s)
"""


def tell_supervisors() -> int:
    """Send what is in the outbox, in one mail; of how many questions somebody was told.

    The rows are locked while the mail is on its way, so nobody sends it twice. Only a process that
    dies between the two leaves them to be told of again.
    """
    told = 0
    while (sent := _next_mail()) is not None:
        told += sent
    return told


@transaction.atomic
def _next_mail() -> int | None:
    outbox = Escalation.objects.to_tell().select_related("interrupt__agent").order_by("id")
    waiting = list(outbox.select_for_update(of=("self",), skip_locked=True)[:MOST])
    if not waiting:
        return None
    open_ones = [one for one in waiting if one.interrupt.is_pending]
    _close([one for one in waiting if one not in open_ones], problem=ANSWERED)
    people = _addresses()
    if not people or not open_ones:
        _close(open_ones, problem=NOBODY)
        return 0
    try:
        get_connection().send_messages(_mails(open_ones, people))
    except (SMTPException, OSError) as error:
        log.warning("supervisors could not be told by mail: %s", error)
        with connection.cursor() as cursor:
            cursor.execute(_TRY_LATER, [str(error)[:500], [one.pk for one in open_ones]])
        return 0
    _close(open_ones, problem="")
    return len(open_ones)


def _close(told: Sequence[Escalation], *, problem: str) -> None:
    Escalation.objects.filter(pk__in=[one.pk for one in told]).update(
        told_at=Now(), problem=problem
    )


def _addresses() -> dict[str, list[str]]:
    """By language: what each chose, else the site's, for mail has no browser to ask."""
    people = get_user_model().objects.filter(groups__name=SUPERVISORS, is_active=True)
    rows = people.exclude(email="").order_by("pk").values_list("preferences__language", "email")
    found: dict[str, list[str]] = {}
    for language, address in rows:
        known = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        found.setdefault(known, []).append(address)
    return found


def _mail(told: Sequence[Escalation], *, to: Sequence[str]) -> EmailMessage:
    """Nobody sees the others' addresses. Titles stay out of the subject: they are an agent's words."""
    subject = ngettext(
        "A question waits for you: nobody answered in time",
        "%(count)s questions wait for you: nobody answered in time",
        len(told),
    )
    body = "\n\n".join(map(_paragraph, told))
    lead = _("As a supervisor you may decide what nobody decided in time.")
    return EmailMessage(subject=subject % {"count": len(told)}, body=f"{lead}\n\n{body}\n", bcc=to)


def _mails(told: Sequence[Escalation], people: Mapping[str, Sequence[str]]) -> list[EmailMessage]:
    mails = []
    for language, addresses in people.items():
        with translation.override(language):
            mails.append(_mail(told, to=addresses))
    return mails


def _paragraph(told: Escalation) -> str:
    question = told.interrupt
    address = settings.PUBLIC_URL.geturl().rstrip("/") + reverse("interrupt", args=[question.pk])
    title = " ".join(Cover.of(question).over_text(title_of(question)).split())
    return f"{title} ({question.agent.title})\n{in_words(told.reason)}\n{address}"
