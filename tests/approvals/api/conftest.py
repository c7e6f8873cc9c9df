from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest
from django.db import connections

from approvals.models import Run
from tests.approvals.conftest import jobs


@pytest.fixture
def worker(drive: Callable[[Run | int], Run]) -> Iterator[None]:
    """A worker beside the test: it does every job that is deferred meanwhile."""
    stop, done = Event(), 0

    def work() -> None:
        nonlocal done
        try:
            while not stop.wait(0.02):
                for _, run_id in jobs()[done:]:
                    drive(run_id)
                    done += 1
        finally:
            connections.close_all()

    thread = Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
