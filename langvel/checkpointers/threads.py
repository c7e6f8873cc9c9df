"""Threads for blocking database work, so that it doesn't block an event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def _new() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="langvel-saver")


# Not the loop's default threads: those may all be busy with steps that block.
_threads = _new()


def _renew() -> None:
    global _threads
    _threads = _new()


# A forked child inherits the executor but not its threads, and would wait for them forever.
os.register_at_fork(after_in_child=_renew)


async def in_thread(call: Callable[[], T]) -> T:
    """Run it to its end, even when the caller is cancelled meanwhile."""
    return await asyncio.shield(asyncio.get_running_loop().run_in_executor(_threads, call))
