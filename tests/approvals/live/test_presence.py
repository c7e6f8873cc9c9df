"""Who has a question open: heard by those who may see the question, and by nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.test import Client

from approvals import presence
from approvals.consumers import InboxConsumer
from tests.approvals.live.test_inbox_consumer import Browser, connect
from tests.factories import make_interrupt, make_user
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(name: str, *groups: str) -> Browser:
    client = Client()
    client.force_login(make_user(name, *groups))
    return Browser(client)


@pytest.fixture
async def _layer():
    yield
    await get_channel_layer().close()


@pytest.fixture
async def question(_layer):
    return await database_sync_to_async(make_interrupt)()


async def opened(name: str, *groups: str) -> Socket:
    return await connect(await database_sync_to_async(sign_in)(name, *groups))


def here(question: Any, **said: Any) -> str:
    return json.dumps({"type": "here", "id": question.pk} | said)


def told(frame: dict[str, Any]) -> tuple[str, int, str, str]:
    return frame["type"], frame["id"], frame["by"], frame["status"]


async def test_colleagues_hear_who_looks_who_types_and_who_leaves(question):
    bob, carol = await opened("bob", "reviewers"), await opened("carol", "reviewers")

    await bob.say(here(question))
    assert told(await carol.hear()) == ("presence", question.pk, "bob", "viewing")
    await bob.say(here(question, editing=True))
    assert told(await carol.hear()) == ("presence", question.pk, "bob", "editing")
    await bob.leave()
    assert told(await carol.hear()) == ("presence", question.pk, "bob", "left")
    await carol.leave()


async def test_a_frame_says_a_name_and_a_number_and_no_more(question):
    bob, carol = await opened("bob", "reviewers"), await opened("carol", "reviewers")

    await bob.say(here(question, title="anything"))

    assert set(await carol.hear()) == {"v", "seq", "type", "id", "by", "status"}
    await bob.leave()
    await carol.leave()


async def test_going_on_to_the_next_question_leaves_the_one_before(question):
    other = await database_sync_to_async(make_interrupt)()
    bob, carol = await opened("bob", "reviewers"), await opened("carol", "reviewers")

    await bob.say(here(question))
    await bob.say(here(other))

    heard = [told(await carol.hear())[1:] for _ in range(3)]
    assert heard == [
        (question.pk, "bob", "viewing"),
        (question.pk, "bob", "left"),
        (other.pk, "bob", "viewing"),
    ]
    await bob.leave()
    await carol.leave()


async def test_beats_between_are_heard_by_those_with_the_question_open_alone(question):
    bob, carol = await opened("bob", "reviewers"), await opened("carol", "reviewers")
    dora = await opened("dora", "reviewers")
    await bob.say(here(question))
    for socket in (carol, dora):
        await socket.hear()
    await carol.say(here(question))
    for socket in (bob, bob, carol, dora):
        await socket.hear()

    await bob.say(here(question))

    assert told(await carol.hear())[2:] == ("bob", "viewing")
    assert await dora.receive_nothing(timeout=0.3)
    for socket in (bob, carol, dora):
        await socket.leave()


async def test_who_does_not_see_the_question_neither_hears_nor_is_heard(question):
    bob, zoe = await opened("bob", "reviewers"), await opened("zoe", "requesters")

    await zoe.say(here(question))
    await bob.say(here(question))

    assert told(await bob.hear())[2:] == ("bob", "viewing")
    assert await bob.receive_nothing(timeout=0.3)
    assert await zoe.receive_nothing(timeout=0.1)
    await bob.leave()
    await zoe.leave()


async def test_who_asked_for_the_run_hears_that_somebody_looks(question):
    bob, alice = await opened("bob", "reviewers"), await opened("alice", "requesters")

    await bob.say(here(question))

    assert told(await alice.hear())[2:] == ("bob", "viewing")
    await bob.leave()
    await alice.leave()


async def test_a_right_taken_away_ends_the_looking(question, monkeypatch):
    monkeypatch.setattr(InboxConsumer, "recheck_seconds", 0.2)
    bob, carol = await opened("bob", "reviewers"), await opened("carol", "reviewers")
    await bob.say(here(question))
    await carol.hear()

    await database_sync_to_async(make_user)("bob")

    assert told(await carol.hear())[2:] == ("bob", "left")
    await bob.leave()
    await carol.leave()


async def test_a_browser_that_talks_without_end_is_not_listened_to(question):
    bob, carol = await opened("bob", "reviewers"), await opened("carol", "reviewers")

    for turn in range(40):
        await bob.say(here(question, editing=turn % 2 == 0))

    heard = 0
    while not await carol.receive_nothing(timeout=0.3):
        await carol.hear()
        heard += 1
    assert 5 <= heard < 40
    await bob.leave()
    await carol.leave()


@pytest.mark.parametrize(
    "text",
    [None, "", "{", "[]", "7", '"here"', '{"type": "here"}', '{"type": "here", "id": "5"}',
     '{"type": "here", "id": true}', '{"type": "here", "id": -1}', '{"type": "gone", "id": 5}',
     '{"type": "here", "id": 99999999999999999999}', '{"type": "here", "id": 5' + " " * 300 + "}"],
)  # fmt: skip
def test_what_no_page_of_ours_says_is_not_understood(text):
    assert presence.understood(text) is None


def test_only_true_means_that_somebody_types():
    assert presence.understood('{"type": "here", "id": 5, "editing": "no"}') == presence.Said(
        5, False
    )
    assert presence.understood('{"type": "here", "id": 5, "editing": true}') == presence.Said(
        5, True
    )
