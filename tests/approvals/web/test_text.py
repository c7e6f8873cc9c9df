from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.web.moments import span
from approvals.web.text import render_markdown, reveal
from approvals.web.values import MAX_TEXT, describe


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a<b>&", "a&lt;b&gt;&amp;"),
        ("x\u202ey", 'x<span class="unseen">U+202E</span>y'),
        ("pay\u200bpal", 'pay<span class="unseen">U+200B</span>pal'),
        ("a\u200db", 'a<span class="unseen">U+200D</span>b'),
        ("\x00\x1b", '<span class="unseen">U+0000</span><span class="unseen">U+001B</span>'),
        ("tag\U000e0041", 'tag<span class="unseen">U+E0041</span>'),
        ("two\nlines\tand more", "two\nlines\tand more"),
        ("👩\u200d💻 \u06cc\u200c\u062e", "👩\u200d💻 \u06cc\u200c\u062e"),
    ],
)
def test_text_shows_what_would_hide(text, seen):
    assert reveal(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<a href='javascript:x'>a</a>",
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "![i](http://tracker.example/p.png)",
        "<img src=x onerror=alert(1)>",
        "<p style='position:fixed'>x</p>",
    ],
)
def test_markdown_does_nothing_but_format(text):
    html = render_markdown(text)

    assert not any(
        bad in html for bad in ("<script", 'javascript:alert(1)"', "<img", "<p style", 'href="data')
    )


def test_markdown_spells_out_invisible_characters():
    assert render_markdown("pay\u202e") == "<p>pay⟨U+202E⟩</p>\n"


def test_very_long_markdown_is_shown_as_it_is():
    assert render_markdown("**b**" * 10_000) == "**b**" * 10_000


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "mark"), (True, "mark"), (0, "number"), (1.5, "number"), ("", "text"), ([], "mark"),
     ({}, "mark"), ([1], "list"), ({"a": 1}, "map"), (list(range(101)), "json")],
)  # fmt: skip
def test_each_json_value_has_a_way_to_be_shown(value, kind):
    assert describe(value).kind == kind


def test_a_value_too_long_to_read_says_how_long_it_is():
    assert describe("x" * (MAX_TEXT + 1)).text.endswith("… (20,001 characters)")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "< 1 min"),
        (59, "< 1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (90_000, "1 d"),
    ],
)
def test_spans_are_said_in_their_largest_unit(seconds, text):
    assert span(timedelta(seconds=seconds)) == text
