"""A real site in a real Chromium: the ASGI application, a worker, browsers that tell on themselves."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from channels.layers import get_channel_layer
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from procrastinate.contrib.django import app as jobs

from agents import registry
from approvals.driving.drive import Driver
from approvals.services.agents import publish
from approvals.tasks import use_driver
from tests.factories import PASSWORD, make_user
from tests.programs import find_chromium

HERE = Path(__file__).parent
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EXPECTED = (
    "Failed to load resource: the server responded with a status of 4",
    "WebSocket is closed before the connection is established",
)
"""What Chromium reports of refusals a page is made for, and of pages left while they load."""

TELL = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`));
"""

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # This hook is given the tests of the whole session.
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(autouse=True)
def _no_window(settings: Any) -> None:
    """Runs go on at once; tests of taking back ask under a policy of their own."""
    settings.LANGVEL_UNDO_SECONDS = 0


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The Chromium found, else Playwright's own; without any the tests are skipped, not in CI."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGS)
        except Exception as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """The address of the running site."""
    from langvel_site.asgi import application

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        application, lifespan="off", log_level="error", ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)

    async def serve() -> None:
        await server.serve(sockets=[listener])
        await get_channel_layer().close()

    with _thread(serve, stop=lambda: setattr(server, "should_exit", True)):
        while not server.started:
            threading.Event().wait(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """A worker in this process, with the sample agents."""
    publish(registry.load_all())
    loop_of: dict[str, Any] = {}
    ready = threading.Event()

    async def work() -> None:
        loop_of["loop"], loop_of["task"] = asyncio.get_running_loop(), asyncio.current_task()
        connected = jobs.with_connector(jobs.connector.get_worker_connector())
        async with connected.open_async():
            driver = await Driver.open(concurrency=2)
            use_driver(driver)
            ready.set()
            try:
                await connected.run_worker_async(
                    concurrency=2, fetch_job_polling_interval=0.5, install_signal_handlers=False
                )
            finally:
                await driver.close()

    def stop() -> None:
        loop_of["loop"].call_soon_threadsafe(loop_of["task"].cancel)

    with _thread(work, stop=stop):
        assert ready.wait(20)
        yield


class _thread:
    """Runs a coroutine function in a thread of its own until it is told to stop."""

    def __init__(self, main: Callable[[], Any], *, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._thread = threading.Thread(target=self._run, args=(main,), daemon=True)

    @staticmethod
    def _run(main: Callable[[], Any]) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(main())

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._stop()
        self._thread.join(15)


@pytest.fixture
def forgiven() -> list[str]:
    """What the browsers of a test may report, because the test brings it about."""
    return []


@pytest.fixture
def forgive(forgiven: list[str]) -> Callable[..., None]:
    return lambda *texts: forgiven.extend(texts)


@pytest.fixture
def visit(chromium: Browser, site: str, forgiven: list[str]) -> Iterator[Visit]:
    """`visit("/runs/", "bob", "reviewers")`: a page in a browser of bob's own, signed in.

    The test fails if any of its browsers reports a policy violation or an error.
    """
    contexts: dict[str, BrowserContext] = {}
    told: list[str] = []

    def visit(path: str, name: str, *groups: str, **options: Any) -> Page:
        if name not in contexts:
            contexts[name] = _browser(chromium, told, options)
            make_user(name, *groups)
            sign_in(contexts[name].new_page(), site, name)
        page = contexts[name].pages[0]
        page.goto(site + path)
        return page

    yield visit
    for context in contexts.values():
        context.close()
    assert [text for text in told if not any(part in text for part in forgiven)] == []


def _browser(chromium: Browser, told: list[str], options: dict[str, Any]) -> BrowserContext:
    context = chromium.new_context(**{"viewport": WIDE} | options)
    context.set_default_timeout(10_000)
    context.add_init_script(TELL)
    context.on("console", lambda message: _note(told, message.type, message.text))
    context.on("weberror", lambda error: told.append(str(error.error)))
    return context


def _note(told: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning") and not any(known in text for known in EXPECTED):
        told.append(text)


def sign_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site}/")


def live(page: Page) -> Page:
    """The page, once its socket is open."""
    page.wait_for_selector("#live[data-state=on]")
    return page
