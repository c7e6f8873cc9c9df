"""What pages weigh and when they are there, in Chromium, with ten thousand questions waiting.

    .venv/bin/python benchmarks/pages.py [--rows 10000] [--rounds 5] [--weights-only]

The site runs in a folder of its own, served as in production, static files compressed. Chromium
gets a quarter of its processor and a line of 10 Mbit/s with 40 ms. Each page is opened with an
empty cache and once more, by a reviewer who is signed in; times are medians. Prints one JSON line a page and exits with 1 when a
budget is broken. Times on a busy machine say nothing, so the load is told, too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="langvel-pages-")
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    os.environ |= {
        "LANGVEL_DATA_DIR": FOLDER,
        "PORT": str(probe.getsockname()[1]),
        "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
        # Playwright keeps a loop in this thread; nothing of ours runs in it.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright  # noqa: E402

from agents import registry  # noqa: E402
from approvals.services.agents import publish  # noqa: E402
from benchmarks.inbox import FILL  # noqa: E402
from docs.pictures.serving import served  # noqa: E402
from tests.factories import (  # noqa: E402
    ACTION,
    PASSWORD,
    make_agent,
    make_interrupt,
    make_run,
    make_user,
)
from tests.weights import BUDGETS, OF_A_RUN, OF_BOTH, RICH  # noqa: E402

LCP_MS = 1200
BUDGET_OF = {"inbox beside a question": OF_BOTH, "run": OF_A_RUN}
WINDOW = ViewportSize(width=1280, height=800)
LINE = {"offline": False, "latency": 40, "downloadThroughput": 1.25e6, "uploadThroughput": 1.25e6}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

READ = """async () => {
  const seen = (type) => new Promise((tell) => {
    new PerformanceObserver((list) => tell(list.getEntries())).observe({type, buffered: true});
    setTimeout(() => tell([]), 100);
  });
  const shifts = (await seen("layout-shift")).filter((entry) => !entry.hadRecentInput);
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {
    lcp: (await seen("largest-contentful-paint")).at(-1).startTime,
    shift: shifts.reduce((sum, entry) => sum + entry.value, 0),
    paint: paint ? paint.startTime : 0, ttfb: page.responseStart,
    nodes: document.querySelectorAll("*").length,
    files: [["document", page.name, page.transferSize, page.encodedBodySize],
            ...performance.getEntriesByType("resource").map(
              (file) => [file.initiatorType, file.name, file.transferSize, file.encodedBodySize])],
  };
}"""


def main() -> int:
    options, broken = _options(), False
    try:
        addresses = _filled(options.rows)
        with served() as site, sync_playwright() as playwright:
            chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
            who = _signed_in(browser, site)
            for name, path in addresses.items():
                found = _page(browser, site, name, path, who, rounds=options.rounds)
                found["broken"] = _broken(found, times=not options.weights_only)
                broken |= bool(found["broken"])
                print(json.dumps(found), flush=True)
            browser.close()
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
    return int(broken)


def _filled(rows: int) -> dict[str, str]:
    """A site with that many questions waiting; what to open there."""
    call_command("migrate", verbosity=0, skip_checks=True)
    publish(registry.load_all())
    bob, alice = make_user("bob", "reviewers"), make_user("alice", "requesters")
    make_agent("bench1", title="Bench 1")
    run = make_run(agent=make_agent("bench"), requested_by=alice)
    fill = {"run": run.pk, "alice": alice.pk, "bob": bob.pk, "actions": json.dumps([ACTION])}
    with connection.cursor() as cursor:
        cursor.execute(FILL, fill | {"first": 1, "last": rows})
        cursor.execute("VACUUM ANALYZE")
    rich = make_interrupt(**RICH)
    return {
        "inbox": "/",
        "inbox beside a question": f"/?item={rich.pk}",
        "review": f"/interrupts/{rich.pk}/",
        "decided": "/?view=decided",
        "runs": "/runs/",
        "run": f"/runs/{rich.run_id}/",
        "agents": "/agents/",
        "agent": "/agents/refunds/",
        "insights": "/insights/?range=30d",
        "settings": "/settings/",
        "sign-in": "/login/",
    }


def _page(
    browser: Browser, site: str, name: str, path: str, who: Any, *, rounds: int
) -> dict[str, Any]:
    taken = [_visit(browser, site, path, who) for _ in range(rounds)]
    cold, warm = taken[0][0], taken[0][1]
    return {
        "page": name,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}",
        **_weight(cold["files"], site),
        "html_gzipped": cold["gzipped"],
        "nodes": cold["nodes"],
        "cached_requests": sum(size > 0 for _, _, size, _ in warm["files"]),
        "cached_transferred": sum(size for _, _, size, _ in warm["files"]),
        **{
            f"{key}_ms": _middle(key, [one for one, _ in taken]) for key in ("ttfb", "paint", "lcp")
        },
        "cached_lcp_ms": _middle("lcp", [one for _, one in taken]),
        "shift": round(max(one["shift"] for pair in taken for one in pair), 4),
    }


def _middle(key: str, visits: list[dict[str, Any]]) -> int:
    return round(median(one[key] for one in visits))


def _visit(
    browser: Browser, site: str, path: str, who: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """With an empty cache, and once more."""
    context = browser.new_context(viewport=WINDOW, storage_state=None if path == "/login/" else who)
    context.set_default_timeout(120_000)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    found = _read(page, site + path), _read(page, site + path)
    context.close()
    return found


def _signed_in(browser: Browser, site: str) -> Any:
    """The cookies of a reviewer."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/login/")
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site}/")
    cookies = context.storage_state()
    context.close()
    return cookies


def _read(page: Page, url: str) -> dict[str, Any]:
    answer = page.goto(url, wait_until="load")
    page.wait_for_timeout(600)
    assert answer is not None
    return page.evaluate(READ) | {"gzipped": len(gzip.compress(answer.body(), 6))}


def _weight(files: list[list[Any]], site: str) -> dict[str, int]:
    """Bytes of compressed bodies by kind; `transferred` has the headers, too."""
    sizes = {"html": 0, "js": 0, "css": 0, "rest": 0}
    for kind, url, _, size in files:
        name = url.removeprefix(site).partition("?")[0]
        is_look = name.endswith(".css")
        is_script = name.endswith(".js")
        of = "html" if kind == "document" else "css" if is_look else "js" if is_script else "rest"
        sizes[of] += size
    return {
        "requests": len(files),
        "transferred": sum(size for _, _, size, _ in files),
        **sizes,
    }


def _broken(found: dict[str, Any], *, times: bool) -> list[str]:
    limits = dict(BUDGET_OF.get(found["page"], BUDGETS))
    if times:
        limits |= {"lcp_ms": LCP_MS}
    return [f"{name} {found[name]} > {most}" for name, most in limits.items() if found[name] > most]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--weights-only", action="store_true", help="times break no budget")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
