"""The channel layer over LISTEN and NOTIFY."""

import asyncio
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.exceptions import ChannelFull
from django.conf import settings
from django.db import connection, transaction

from approvals.channel_layer import MessageTooLarge, PostgresChannelLayer

pytestmark = pytest.mark.django_db(transaction=True)

HELLO = {"type": "hello", "n": 1}


@pytest.fixture
async def layer():
    layer = PostgresChannelLayer(capacity=5)
    yield layer
    await layer.close()


@pytest.fixture
async def other():
    """The layer of another process, as far as the first can tell."""
    layer = PostgresChannelLayer()
    yield layer
    await layer.close()


async def next_message(layer: PostgresChannelLayer, channel: str, seconds: float = 3) -> Any:
    return await asyncio.wait_for(layer.receive(channel), seconds)


async def nothing_arrives(layer: PostgresChannelLayer, channel: str) -> bool:
    try:
        await next_message(layer, channel, 0.25)
    except TimeoutError:
        return True
    return False


async def member(layer: PostgresChannelLayer, group: str) -> str:
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    return channel


async def test_a_group_message_reaches_members_in_every_process(layer, other):
    here, there = await member(layer, "queue"), await member(other, "queue")

    await layer.group_send("queue", HELLO)

    assert await next_message(layer, here) == HELLO
    assert await next_message(other, there) == HELLO


async def test_a_group_message_reaches_nobody_else(layer):
    outsider = await member(layer, "elsewhere")

    await layer.group_send("queue", HELLO)

    assert await nothing_arrives(layer, outsider)


async def test_a_discarded_channel_hears_nothing_more(layer):
    channel = await member(layer, "queue")
    await layer.group_discard("queue", channel)

    await layer.group_send("queue", HELLO)

    assert await nothing_arrives(layer, channel)


async def test_messages_arrive_in_the_order_they_were_sent(layer):
    channel = await member(layer, "queue")

    for n in range(4):
        await layer.group_send("queue", {"type": "hello", "n": n})

    assert [(await next_message(layer, channel))["n"] for _ in range(4)] == [0, 1, 2, 3]


async def test_a_channel_in_two_groups_gets_one_message_once(layer):
    channel = await member(layer, "queue")
    await layer.group_add("user-1", channel)

    await database_sync_to_async(layer.notify_groups)(["queue", "user-1"], HELLO)

    assert await next_message(layer, channel) == HELLO
    assert await nothing_arrives(layer, channel)


async def test_members_do_not_share_one_message_object(layer):
    first, second = await member(layer, "queue"), await member(layer, "queue")
    await layer.group_send("queue", HELLO)

    (await next_message(layer, first))["n"] = "changed"

    assert await next_message(layer, second) == HELLO


async def test_a_message_to_one_channel_crosses_processes(layer, other):
    channel = await layer.new_channel()
    waiting = asyncio.create_task(next_message(layer, channel))
    await asyncio.sleep(0.2)

    await other.send(channel, HELLO)

    assert await waiting == HELLO


async def test_a_message_to_one_channel_waits_between_two_receives(layer, other):
    channel = await member(layer, "queue")

    await other.send(channel, HELLO)
    await asyncio.sleep(0.2)

    assert await next_message(layer, channel) == HELLO


async def test_a_local_send_to_a_full_channel_is_refused(layer):
    channel = await layer.new_channel()
    for _ in range(5):
        await layer.send(channel, HELLO)

    with pytest.raises(ChannelFull):
        await layer.send(channel, HELLO)


async def test_a_message_within_a_transaction_is_delivered_at_commit(layer):
    channel = await member(layer, "queue")
    about_to_commit: list[bool] = []

    @sync_to_async
    def change() -> None:
        with transaction.atomic():
            layer.notify_groups(["queue"], HELLO)
            with psycopg.connect(settings_of_test_database()) as outside:
                outside.execute("SELECT pg_sleep(0.2)")
            about_to_commit.append(not layer_has_mail(layer, channel))

    await change()

    assert about_to_commit == [True]
    assert await next_message(layer, channel) == HELLO


async def test_a_message_within_a_rolled_back_transaction_is_never_delivered(layer):
    channel = await member(layer, "queue")

    @sync_to_async
    def change() -> None:
        with transaction.atomic():
            layer.notify_groups(["queue"], HELLO)
            transaction.set_rollback(True)

    await change()

    assert await nothing_arrives(layer, channel)


async def test_members_resync_after_the_listener_was_lost(layer):
    channel = await member(layer, "queue")

    await cut_off_listeners()

    assert await next_message(layer, channel) == {"type": "resync"}
    await layer.group_send("queue", HELLO)
    assert await next_message(layer, channel) == HELLO


async def test_a_slow_reader_resyncs_instead_of_filling_memory(layer):
    channel = await member(layer, "queue")

    for n in range(6):
        await layer.group_send("queue", {"type": "hello", "n": n})
    await asyncio.sleep(0.2)

    assert await next_message(layer, channel) == {"type": "resync"}
    assert await nothing_arrives(layer, channel)


async def test_a_channel_nobody_reads_is_forgotten(other):
    layer = PostgresChannelLayer(capacity=1, expiry=0.05)
    channel = await member(layer, "queue")

    for _ in range(2):
        await layer.group_send("queue", HELLO)
        await asyncio.sleep(0.2)

    assert layer._listener().groups == {}
    await layer.close()
    assert channel not in layer._listener().mailboxes


async def test_an_expired_message_is_not_delivered():
    layer = PostgresChannelLayer(expiry=0.05)
    channel = await layer.new_channel()
    await layer.send(channel, HELLO)

    await asyncio.sleep(0.1)

    assert await nothing_arrives(layer, channel)
    await layer.close()


async def test_a_message_too_large_for_a_notification_is_refused(layer):
    with pytest.raises(MessageTooLarge, match="send an id"):
        await layer.group_send("queue", {"type": "hello", "text": "x" * 8000})


async def test_the_largest_message_that_fits_arrives(layer):
    channel = await member(layer, "queue")
    frame = len('{"g":["queue"],"m":{"type":"hello","text":""}}')
    message = {"type": "hello", "text": "x" * (7999 - frame)}

    await layer.group_send("queue", message)

    assert await next_message(layer, channel) == message


async def test_flush_forgets_groups_and_messages(layer):
    channel = await member(layer, "queue")
    await layer.send(channel, HELLO)

    await layer.flush()

    assert layer._listener().groups == {}
    assert await nothing_arrives(layer, channel)


@pytest.mark.parametrize("name", ["", "with space", "x" * 100, "bang!bang"])
async def test_a_bad_group_name_is_refused(layer, name):
    with pytest.raises(TypeError):
        await layer.group_send(name, HELLO)


def settings_of_test_database() -> str:
    params = connection.get_connection_params()
    return psycopg.conninfo.make_conninfo(
        host=params.get("host", ""),
        user=params.get("user", ""),
        password=params.get("password", ""),
        port=params.get("port", ""),
        dbname=connection.settings_dict["NAME"],
    )


def layer_has_mail(layer: PostgresChannelLayer, channel: str) -> bool:
    return any(
        listener.mailboxes.get(channel) and listener.mailboxes[channel].messages
        for listener in layer._listeners.values()
    )


@database_sync_to_async
def cut_off_listeners() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'langvel live' AND datname = current_database()"
        )


def test_the_site_uses_this_layer_when_there_is_no_redis():
    assert settings.CHANNEL_LAYERS["default"]["BACKEND"].endswith("PostgresChannelLayer")
