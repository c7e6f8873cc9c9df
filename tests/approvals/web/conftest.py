from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from agents import registry
from tests.factories import make_user


@pytest.fixture
def as_user(db: None) -> Callable[..., Client]:
    """`as_user("bob", "reviewers")`: a browser in which bob has signed in."""

    def as_user(name: str, *groups: str) -> Client:
        client = Client()
        client.force_login(make_user(name, *groups))
        return client

    return as_user


@pytest.fixture
def bob(as_user: Callable[..., Client]) -> Client:
    return as_user("bob", "reviewers")


@pytest.fixture
def alice(as_user: Callable[..., Client]) -> Client:
    return as_user("alice", "requesters")


@pytest.fixture
def _registered(settings: Any) -> Iterator[None]:
    """The agent of the factories exists as code, so that its edits can be checked."""
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    registry.load.cache_clear()
    yield
    registry.load.cache_clear()
