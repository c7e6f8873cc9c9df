"""manage.py serve: pages, API and sockets in one process."""

import socket
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from approvals import lifeline
from approvals.api.waiting import closing
from approvals.services.policies import note_policies
from approvals.startup import collect_static_files, refuse_to_serve_unsafely

# The browser never has much to say on a socket.
LARGEST_FRAME = 64 * 1024


class Server(uvicorn.Server):
    """Sends home those who wait for news, so that it ends at once when told to."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        closing.set()
        await super().shutdown(sockets)


class Command(BaseCommand):
    help = "Serve the site on HOST and PORT. Run as many as you like over one database."
    requires_system_checks = ["database"]

    def handle(self, *args: Any, **options: Any) -> None:
        lifeline.hold_on()
        refuse_to_serve_unsafely()
        collect_static_files()
        note_policies()
        module, _, name = settings.ASGI_APPLICATION.rpartition(".")
        config = uvicorn.Config(
            f"{module}:{name}",
            host=settings.HOST,
            port=settings.PORT,
            ws="websockets-sansio",
            ws_max_size=LARGEST_FRAME,
            # Frames are shorter than what a compressor would remember for each connection.
            ws_per_message_deflate=False,
            # Django has no lifespan, and its own log says what matters.
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        self.stdout.write(f"Serving http://{settings.HOST}:{settings.PORT}")
        self.stdout.flush()
        Server(config).run()
