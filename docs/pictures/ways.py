"""The ways a browser goes to what is worth a picture."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.template.loader import render_to_string
from playwright.sync_api import Page

from approvals.models import Run
from approvals.services.decisions import decide
from docs.pictures.staging import last_state, person, question, run_of


def at(path: str) -> Callable[[Page], None]:
    return lambda page: go(page, path)


def go(page: Page, path: str) -> None:
    page.goto(path)
    if page.locator("#live").count():
        page.wait_for_selector("#live[data-state=on]", state="attached")


def ask(title: str) -> Callable[[Page], None]:
    return lambda page: go(page, _of(title))


def _of(title: str) -> str:
    return f"/interrupts/{question(title).pk}/"


def run(number: str) -> Callable[[Page], None]:
    return lambda page: go(page, f"/runs/{run_of(number).pk}/")


def fork(page: Page) -> None:
    go(page, f"/runs/{Run.objects.filter(parent__isnull=False).latest('pk').pk}/")


# --- the review page


def edited(page: Page) -> None:
    go(page, _of("Refund 1999.99"))
    page.locator("[name='/amount']").fill("640.00")
    page.locator("#fields").get_by_label("Priority").select_option("low")
    page.locator("#changes table").wait_for()
    _rest(page)


def refused(page: Page) -> None:
    go(page, _of("Refund 249.90"))
    page.locator("[name='/amount']").fill("a lot")
    page.locator("[name='/method/iban']").fill("DE00")
    page.locator(".bar .approve").click()
    page.wait_for_selector(".sf-errors")
    _rest(page)


def several_refused(page: Page) -> None:
    go(page, _of("Close the account"))
    page.locator("#action-0").get_by_label("Reject").check()
    page.locator("#action-1").get_by_label("Approve").check()
    page.get_by_role("button", name="Send 3 decisions").click()
    page.wait_for_selector("#problems")
    _rest(page)


def careful(page: Page) -> None:
    go(page, _of("Refund 780.00"))
    page.locator(".bar .approve").click()
    page.wait_for_selector("#problems")
    _rest(page)


def conflict(page: Page) -> None:
    """Carol was quicker, and bob's page had not heard of it."""
    go(page, _of("Give mei"))
    page.route(re.compile("/(banner|parts)/"), lambda route: route.fulfill(status=204))
    page.locator("#fields").get_by_label("For how many days").fill("7")
    page.locator("#changes table").wait_for()
    _decide("Give mei", "carol", "reject")
    page.locator(".bar .approve").evaluate("(button) => button.form.requestSubmit(button)")
    page.wait_for_selector("#banner .banner.warn")
    _rest(page)


def taken_over(page: Page) -> None:
    go(page, _of("Give mei"))
    page.locator("#fields").get_by_label("For how many days").fill("7")
    _decide("Give mei", "carol", "approve")
    page.wait_for_selector("#banner[data-freeze]")
    _rest(page)


def decided(page: Page) -> None:
    _decide("Give amara", "carol", "approve", message="She closes the quarter this week.")
    go(page, _of("Give amara"))


def rejecting(page: Page) -> None:
    go(page, _of("Process order 1004"))
    page.locator(".bar .drop > summary").first.click()


def toast(page: Page) -> None:
    go(page, _of("Give pavel"))
    page.locator(".bar .approve").click()
    page.wait_for_selector(".toast.held")
    _rest(page)


# --- the inbox and what lies over it


def picked(page: Page) -> None:
    go(page, "/?q=access")
    for box in page.locator("[name=item]").all():
        box.check()


def bulk(page: Page) -> None:
    picked(page)
    page.get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_selector("#sheet[open] h1")


def bulk_done(page: Page) -> None:
    bulk(page)
    _decide("Give jonas", "carol", "reject")
    page.locator("#sheet").get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_selector("#sheet .left-out")


def split(page: Page) -> None:
    go(page, f"/?item={question('Refund 249.90').pk}")


def filters(page: Page) -> None:
    go(page, "/")
    page.locator(".filters > .menu > summary").click()


def saving(page: Page) -> None:
    go(page, "/?q=risk%3Ahigh+agent%3Aorders")
    page.locator(".filter-row > .menu > summary").click()


def palette(page: Page) -> None:
    go(page, "/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#sheet[open] .palette-input")


def keys(page: Page) -> None:
    go(page, "/")
    page.keyboard.press("?")
    page.wait_for_selector("#sheet[open] .key-groups")


def menu(page: Page) -> None:
    go(page, "/")
    page.locator(".topbar .menu > summary").click()


# --- runs, agents, the rest


def starting_refused(page: Page) -> None:
    go(page, "/agents/refunds/start/")
    page.get_by_role("button", name=re.compile("Start")).last.click()
    page.wait_for_selector(".sf-errors")
    _rest(page)


def history(page: Page) -> None:
    go(page, f"/runs/{run_of('R-301').pk}/history/")


def checkpoint(page: Page) -> None:
    run = run_of("R-301")
    go(page, f"/runs/{run.pk}/history/{last_state(run).checkpoint_id}/")


def fork_error(page: Page) -> None:
    checkpoint(page)
    page.get_by_text("Fork from here").click()
    page.get_by_label("Amount").first.fill("much")
    page.get_by_role("button", name=re.compile("Fork|Begin|Start")).last.click()
    page.wait_for_selector(".sf-errors")
    _rest(page)


def entry(page: Page) -> None:
    newest = question("Refund 780.00").audit_entries.latest("pk")
    go(page, f"/admin/approvals/auditentry/{newest.pk}/change/")


def sign_in_refused(page: Page) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#sign-in-problem")


def posted(path: str, **values: str) -> Callable[[Page], None]:
    """The page that answers a form nobody could have sent by clicking."""

    def arrange(page: Page) -> None:
        go(page, "/")
        page.evaluate(
            """([path, values]) => {
              const form = Object.assign(document.createElement("form"), {method: "post", action: path});
              values.csrfmiddlewaretoken = document.querySelector("[name=csrfmiddlewaretoken]").value;
              for (const [name, value] of Object.entries(values))
                form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
              document.body.append(form);
              form.submit();
            }""",
            [path, values],
        )
        page.wait_for_selector(".error-code")

    return arrange


def gone(page: Page) -> None:
    posted(f"/runs/{run_of('1104').pk}/cancel/")(page)


def broken(page: Page) -> None:
    page.route(
        "**/broken/",
        lambda route: route.fulfill(
            status=500, content_type="text/html", body=render_to_string("500.html")
        ),
    )
    page.goto("/broken/")


def _rest(page: Page) -> None:
    """Nothing has the focus, and the page is at its top."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def _decide(title: str, name: str, verb: str, **said: str) -> None:
    row = question(title)
    decide(
        row.pk,
        actor=person(name),
        version=row.version,
        digest=row.digest,
        decisions=[{"type": verb} | said],
        via="page",
        auth_method="session",
        undo_seconds=120,
    )
