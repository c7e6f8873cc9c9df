"""Pages through WSGI threads, sockets through Channels, in one server.

Django's own ASGI handler hops threads twice per middleware; its WSGI application behind a2wsgi
serves four times as many requests.
"""

import os

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")

# Sets Django up, which the consumers need before they can be imported.
pages = get_wsgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from approvals.consumers import InboxConsumer  # noqa: E402

sockets = URLRouter([path("ws/inbox/", InboxConsumer.as_asgi())])

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(pages, workers=getattr(settings, "WSGI_THREADS", 8)),
        "websocket": AllowedHostsOriginValidator(SessionMiddlewareStack(sockets)),
    }
)
