"""A websocket client for ASGI applications (the one of Channels needs Daphne to be imported)."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator


class Socket(ApplicationCommunicator):
    def __init__(self, application: Any, path: str, *, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {"type": "websocket", "path": path, "query_string": b"", "headers": headers}
        super().__init__(application, scope | {"subprotocols": []})

    async def connect(self) -> bool:
        """Whether the handshake was accepted."""
        await self.send_input({"type": "websocket.connect"})
        return bool((await self.receive_output(timeout=3))["type"] == "websocket.accept")

    async def say(self, text: str) -> None:
        await self.send_input({"type": "websocket.receive", "text": text})

    async def hear(self) -> Any:
        """The next frame, as JSON."""
        event = await self.receive_output(timeout=3)
        assert event["type"] == "websocket.send", event
        return json.loads(event["text"])

    async def closing_code(self) -> int:
        event = await self.receive_output(timeout=3)
        assert event["type"] == "websocket.close", event
        return int(event["code"])

    async def leave(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=3)
