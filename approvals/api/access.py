"""What a token is good for, and how often anybody may post."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from approvals.exceptions import Forbidden
from approvals.models import Token

WINDOW_SECONDS = 60


class InsufficientScope(Forbidden):
    code = "insufficient_scope"


class HasScope(BasePermission):
    """A token needs the scope that the view names for the method; a session has them all."""

    def has_permission(self, request: Request, view: Any) -> bool:
        needed = view.scopes.get("GET" if request.method == "HEAD" else request.method)
        if needed and isinstance(request.auth, Token) and not request.auth.allows(needed):
            raise InsufficientScope(_("The token lacks the scope %(scope)s.") % {"scope": needed})
        return True


class PostThrottle(BaseThrottle):
    """A limit of POSTs a minute and person, counted in the cache: one addition a request."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.method != "POST":
            return True
        key = f"posts:{request.user.pk}:{int(time.time() // WINDOW_SECONDS)}"
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        try:
            return bool(cache.incr(key) <= settings.LANGVEL_POSTS_PER_MINUTE)
        except ValueError:
            # The cache dropped the key between the two calls: nothing is known against anybody.
            return True

    def wait(self) -> float:
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS
