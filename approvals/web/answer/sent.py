"""The key under which a page sent a form, so that it can send it again: static/js/forms.js."""

from __future__ import annotations

import hashlib
import re

from django.http import HttpRequest

from agents.jsonable import canonical
from approvals.services.repeats import Sent

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[0-9a-f]{32}")
_OF_THE_MOMENT = "csrfmiddlewaretoken"


def sent_by(request: HttpRequest) -> Sent | None:
    """None for a form sent without scripts, or under what is no key of ours."""
    key = request.headers.get(HEADER, "")
    if not _KEY.fullmatch(key):
        return None
    pairs = [[name, texts] for name, texts in request.POST.lists() if name != _OF_THE_MOMENT]
    said = f"{request.path}\n{canonical(pairs)}"
    return Sent(key=key, said=hashlib.sha256(said.encode()).hexdigest())
