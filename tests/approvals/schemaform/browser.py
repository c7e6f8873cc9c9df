"""A browser without a screen: what a real one would submit of a rendered form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from django.http import QueryDict

_LOCAL = re.compile(r"(\d{4,}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(\.\d{1,3})?")
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?")
_DATE = re.compile(r"\d{4,}-\d\d-\d\d")


@dataclass
class Control:
    name: str
    kind: str
    value: str = ""
    checked: bool = False
    options: list[str] = field(default_factory=list)
    id: str = ""

    @property
    def submitted(self) -> str | None:
        if self.kind == "checkbox" and not self.checked:
            return None
        return _line_ends(self.value)


class Page(HTMLParser):
    """Follows the HTML standard where it changes values: newlines, date controls, first options."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.controls: list[Control] = []
        self.buttons: list[str] = []
        self.labels: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.described: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self._textarea: Control | None = None
        self._select: Control | None = None
        self.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes |= found.keys()
        self.ids += [found["id"]] if "id" in found else []
        self.described += found.get("aria-describedby", "").split()
        name, own_id = _line_ends(found.get("name", "")), found.get("id", "")
        if tag == "input":
            kind = found.get("type", "text")
            value = _sanitised(kind, found.get("value", ""))
            self.controls.append(Control(name, kind, value, "checked" in found, id=own_id))
        elif tag == "textarea":
            self._textarea = Control(name, "textarea", id=own_id)
            self.controls.append(self._textarea)
        elif tag == "select":
            self._select = Control(name, "select", id=own_id)
            self.controls.append(self._select)
        elif tag == "option" and self._select is not None:
            self._option(found)
        elif tag == "button":
            self.buttons.append(_line_ends(found["value"]))
        elif tag == "label":
            self.labels.append(found["for"])
        elif tag == "a":
            self.links.append(found["href"])

    def _option(self, found: dict[str, str]) -> None:
        assert self._select is not None
        if not self._select.options or "selected" in found:
            self._select.value = found["value"]
        self._select.options.append(found["value"])

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.value += data
        else:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None:
            self._textarea.value = self._textarea.value.removeprefix("\n")
            self._textarea = None
        elif tag == "select":
            self._select = None

    def submit(self, **changes: str | None) -> QueryDict:
        """The post; `changes` replaces values by control name, None unticks or leaves out."""
        return self.submit_with(changes)

    def submit_with(self, changes: dict[str, str | None]) -> QueryDict:
        pairs = [
            (control.name, changes.get(control.name, control.submitted))
            for control in self.controls
        ]
        extra = [
            pair for pair in changes.items() if pair[0] not in {one.name for one in self.controls}
        ]
        return QueryDict(urlencode([pair for pair in [*pairs, *extra] if pair[1] is not None]))

    @property
    def inputs(self) -> list[Control]:
        return [control for control in self.controls if control.kind != "hidden"]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def _line_ends(text: str) -> str:
    """In names as in values, a form is sent with CR LF only."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def _sanitised(kind: str, value: str) -> str:
    if kind == "hidden":
        return value
    if kind == "datetime-local":
        found = _LOCAL.fullmatch(value)
        return _shortest(*found.groups()) if found else ""
    if kind == "date":
        return value if _DATE.fullmatch(value) else ""
    if kind == "time":
        return value if _CLOCK.fullmatch(value) else ""
    return value.replace("\n", "") if kind == "text" else value


def _shortest(day: str, minutes: str, seconds: str | None, rest: str | None) -> str:
    """Browsers leave out what is zero."""
    rest = "" if rest is None or not rest.strip(".0") else rest
    seconds = "" if not rest and seconds in (None, ":00") else seconds or ":00"
    return f"{day}T{minutes}{seconds}{rest}"
