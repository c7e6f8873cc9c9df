from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.hiding.untrusted import fingerprint, warnings
from approvals.web.showing.moments import span
from approvals.web.showing.text import LONG, WHOLE, brief, render_markdown, reveal, whole
from approvals.web.showing.values import describe, inline


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


def test_html_of_an_agent_stands_there_as_text():
    assert "&lt;h1&gt;Approved&lt;/h1&gt;" in render_markdown("<h1>Approved</h1>")


@pytest.mark.parametrize("scheme", ["ftp", "ssh", "intent"])
def test_links_lead_to_pages_and_mail_alone(scheme):
    assert "href" not in render_markdown(f"[open]({scheme}://example.com)")


def test_markdown_spells_out_invisible_characters():
    assert render_markdown("pay\u202e") == "<p>pay⟨U+202E⟩</p>\n"


def test_very_long_markdown_is_shown_as_it_is():
    assert render_markdown("**b**" * 10_000) == whole("**b**" * 10_000)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(None, "mark"), (True, "mark"), (0, "number"), (1.5, "number"), ("", "text"), ([], "mark"),
     ({}, "mark"), ([1], "list"), ({"a": 1}, "map"), (list(range(101)), "json")],
)  # fmt: skip
def test_each_json_value_has_a_way_to_be_shown(value, kind):
    assert describe(value).kind == kind


def test_a_list_of_alike_objects_is_a_table():
    rows = describe([{"sku": "A", "n": 1}, {"sku": "B", "n": 2}])

    assert (rows.kind, rows.columns) == ("table", ["sku", "n"])
    assert describe([{"sku": "A", "n": 1}, {"n": 2, "sku": "B"}]).kind == "list"
    assert describe([{"sku": "A", "n": [1]}, {"sku": "B", "n": []}]).kind == "list"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(12345678901234567890123, "12345678901234567890123"), (0.1 + 0.2, "0.30000000000000004"),
     (1e22, "1e+22"), (100.0, "100.0"), (-0.0, "-0.0"), (True, "true"), ("1", "1")],
)  # fmt: skip
def test_numbers_are_shown_to_the_last_digit(value, shown):
    assert inline(value) == shown


def test_a_long_text_is_folded_behind_its_start_its_length_and_its_hash():
    text = "x" * LONG + "THE END"

    html = whole(text)

    assert html.startswith('<details class="long"><summary>')
    assert f"2,007 characters, sha256 {fingerprint(text)}" in html
    assert html.endswith("THE END</span></details>")


def test_texts_that_differ_only_in_what_is_folded_away_have_different_hashes():
    one, other = ("x" * LONG + end for end in ("pay Ana", "pay Eve"))

    assert brief(one) != brief(other)


def test_a_text_too_long_for_a_page_says_where_the_rest_is():
    assert "… 5 more characters: see the raw data" in whole("x" * (WHOLE + 5))


@pytest.mark.parametrize(
    ("text", "why"),
    [("p\u0430ypal", "Cyrillic + Latin"), ("\u0410pple", "Cyrillic + Latin"),
     ("g\u03bf\u03bfgle", "Greek + Latin"), ("\uff50aypal", "Latin + wide")],
)  # fmt: skip
def test_a_word_of_two_alphabets_is_marked(text, why):
    marked = f'<span class="mixed">{text} <span class="unseen">{why}</span></span>'

    assert reveal(f"to <{text}>") == f"to &lt;{marked}&gt;"
    assert f"{text}⟨{why}⟩" in render_markdown(f"to {text}")
    assert warnings(text) == [f"“{text}” mixes letters: {why}"]


@pytest.mark.parametrize("text", ["Привет, Ana", "5 μm", "Δt", "naïve Straße", "東京タワー", "T恤"])
def test_words_of_one_alphabet_are_left_alone(text):
    assert reveal(text) == text


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
