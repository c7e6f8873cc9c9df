"""With REDIS_URL set, the same news travels through Redis."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import transaction

from approvals.live import Audience, announce

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.fixture
async def layer(settings, redis_url):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_url], "prefix": "langvel"},
        }
    }
    layer = get_channel_layer()
    yield layer
    await layer.flush()


@database_sync_to_async
def change(*, commits: bool) -> None:
    with transaction.atomic():
        announce("item.created", id=1, version=1, run=1, audience=Audience(None))
        transaction.set_rollback(not commits)


async def test_news_goes_out_at_commit(layer):
    channel = await layer.new_channel()
    await layer.group_add("queue", channel)

    await change(commits=True)

    message = await asyncio.wait_for(layer.receive(channel), 3)
    assert message["frame"]["type"] == "item.created"


async def test_news_of_a_rolled_back_change_never_goes_out(layer):
    channel = await layer.new_channel()
    await layer.group_add("queue", channel)

    await change(commits=False)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(layer.receive(channel), 0.3)


async def test_a_dead_redis_does_not_undo_a_change(settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["unix:///nonexistent/redis.sock"]},
        }
    }

    await change(commits=True)
