"""The socket at /ws/inbox/, through the site's own ASGI application."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from approvals.consumers import InboxConsumer
from approvals.live import Audience, announce
from langvel_site.asgi import application
from tests.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = (b"origin", b"http://127.0.0.1:8000")


class Browser:
    """A signed-in browser, and the sockets it opened."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def socket(self, *, origin: tuple[bytes, bytes] = ORIGIN) -> Socket:
        cookie = "; ".join(f"{name}={m.value}" for name, m in self.client.cookies.items())
        headers = [(b"host", b"127.0.0.1:8000"), (b"cookie", cookie.encode()), origin]
        return Socket(application, "/ws/inbox/", headers=headers)


def sign_in(name: str, **rights: bool) -> Browser:
    client = Client()
    client.force_login(User.objects.create_user(name, **rights))
    return Browser(client)


@pytest.fixture
async def _layer():
    yield
    await get_channel_layer().close()


@pytest.fixture
async def reviewer(_layer) -> Browser:
    return await database_sync_to_async(sign_in)("bob", is_superuser=True)


@pytest.fixture
async def requester(_layer) -> Browser:
    return await database_sync_to_async(sign_in)("alice")


async def connect(browser: Browser) -> Socket:
    socket = browser.socket()
    assert await socket.connect()
    await joined()
    return socket


async def joined() -> None:
    """Wait for the consumer to be in its groups: it accepts the socket before that."""
    await asyncio.sleep(0.15)


@database_sync_to_async
def news(event: str = "item.created", **extra: object) -> None:
    values = {"id": 7, "version": 1, "run": 3, "audience": Audience(None)} | extra
    with transaction.atomic():
        announce(event, **values)


def own(browser: Browser) -> Audience:
    return Audience(int(browser.client.session["_auth_user_id"]))


async def test_a_reviewer_is_told_what_changed(reviewer):
    socket = await connect(reviewer)

    await news("item.decided", version=2, by="carol", status="decided")

    assert await socket.hear() == {
        "v": 1,
        "seq": 1,
        "type": "item.decided",
        "id": 7,
        "run": 3,
        "ver": 2,
        "by": "carol",
        "status": "decided",
    }
    await socket.leave()


async def test_frames_of_one_connection_are_counted_from_one(reviewer):
    socket = await connect(reviewer)

    await news()
    await news(version=2)

    frames = [await socket.hear() for _ in range(2)]
    assert [frame["seq"] for frame in frames] == [1, 2]
    await socket.leave()


async def test_news_of_a_rolled_back_change_is_never_told(reviewer):
    socket = await connect(reviewer)

    @database_sync_to_async
    def change() -> None:
        with transaction.atomic():
            announce("item.created", id=1, version=1, run=1, audience=Audience(None))
            transaction.set_rollback(True)

    await change()

    assert await socket.receive_nothing(timeout=0.3)
    await socket.leave()


async def test_a_requester_hears_of_their_own_runs(requester):
    socket = await connect(requester)

    await news("run.updated", audience=await database_sync_to_async(own)(requester))

    assert (await socket.hear())["type"] == "run.updated"
    await socket.leave()


async def test_a_requester_hears_nothing_of_the_runs_of_others(requester):
    socket = await connect(requester)

    await news(audience=Audience(run_requester_id=999))

    assert await socket.receive_nothing(timeout=0.3)
    await socket.leave()


async def test_a_reviewer_hears_of_their_own_run_once(reviewer):
    socket = await connect(reviewer)

    await news(audience=await database_sync_to_async(own)(reviewer))

    await socket.hear()
    assert await socket.receive_nothing(timeout=0.3)
    await socket.leave()


async def test_a_stranger_is_closed_with_4401(_layer):
    socket = Browser(Client()).socket()
    await socket.connect()

    assert await socket.closing_code() == 4401


async def test_a_page_of_another_site_may_not_open_the_socket(reviewer):
    socket = reviewer.socket(origin=(b"origin", b"https://evil.example"))

    assert await socket.connect() is False


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr(InboxConsumer, "recheck_seconds", 0.2)


async def test_logging_out_ends_the_socket(reviewer, _impatient):
    socket = await connect(reviewer)

    await database_sync_to_async(reviewer.client.logout)()

    assert await socket.closing_code() == 4401


async def test_deactivating_an_account_ends_its_socket(reviewer, _impatient):
    socket = await connect(reviewer)

    await User.objects.filter(username="bob").aupdate(is_active=False)

    assert await socket.closing_code() == 4401


async def test_a_new_password_ends_the_sockets_of_old_sessions(reviewer, _impatient):
    socket = await connect(reviewer)

    bob = await User.objects.aget(username="bob")
    bob.set_password("something new")
    await bob.asave()

    assert await socket.closing_code() == 4401


async def test_a_right_taken_away_narrows_what_is_heard(reviewer, _impatient):
    socket = await connect(reviewer)
    await User.objects.filter(username="bob").aupdate(is_superuser=False)
    await asyncio.sleep(0.6)

    await news()

    assert await socket.receive_nothing(timeout=0.3)
    await socket.leave()


async def test_what_a_browser_says_is_ignored(reviewer):
    socket = await connect(reviewer)

    await socket.say('{"type": "live.frame", "frame": {}}')

    assert await socket.receive_nothing(timeout=0.2)
    await socket.leave()


async def test_a_page_is_told_to_fetch_afresh_when_news_may_be_missing(reviewer):
    socket = await connect(reviewer)

    layer = get_channel_layer()
    await layer.group_send("queue", {"type": "resync"})

    assert await socket.hear() == {"v": 1, "seq": 1, "type": "resync"}
    await socket.leave()
