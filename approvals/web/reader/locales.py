"""The reader's language: what their account says, else what their browser asks for."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from approvals.web.reader.chosen import chosen_by

BROWSERS = ""
"""Stored where nobody chose: the browser's own language."""
LANGUAGES = dict(settings.LANGUAGES)
"""Each under its own name: whoever looks for theirs may not read the one in force."""


def language_of(request: HttpRequest) -> str:
    """Costs no query: every page reads who is signed in, and with them what they chose."""
    if request.user.is_authenticated:
        chosen = chosen_by(request).language
        if chosen in LANGUAGES:
            return chosen
    return translation.get_language_from_request(request)


class LanguageMiddleware:
    """In place of Django's own, which knows no accounts and leaves its language on the thread.

    After the one that says who is signed in; pages of errors are rendered inside it, too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ("Accept-Language",))
        return response
