from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from django.db import connections

from approvals.models import Run


@pytest.fixture
def worker(drive: Callable[[Run | int], Run]) -> Iterator[None]:
    """A worker beside the test: it drives every run whose question is decided meanwhile."""
    stop = Event()

    def work() -> None:
        try:
            while not stop.wait(0.02):
                decided = Run.objects.filter(interrupts__status="decided", status="interrupted")
                for run in decided:
                    drive(run)
        finally:
            connections.close_all()

    thread = Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
