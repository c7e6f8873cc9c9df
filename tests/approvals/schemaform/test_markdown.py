"""Which texts are offered to be shown as Markdown."""

from __future__ import annotations

import pytest

from approvals.schemaform.markdown import is_markdown


@pytest.mark.parametrize(
    "schema",
    [
        {"contentMediaType": "text/markdown"},
        {"contentMediaType": "Text/Markdown; charset=utf-8"},
        {"contentMediaType": "text/markdown ;charset=utf-8"},
        {"format": "markdown"},
    ],
)
def test_a_schema_says_that_a_text_is_markdown(schema):
    assert is_markdown(schema, "plain words")


def test_a_schema_says_that_a_text_is_something_else():
    assert not is_markdown({"contentMediaType": "text/html"}, "# looks like a heading")


@pytest.mark.parametrize(
    "text",
    [
        "# Your refund",
        "Dear Ana,\n\n- two mugs\n- a lamp",
        "1. first\n2. second",
        "we refund **59.00 EUR** today",
        "we are _very_ sorry",
        "see [the terms](https://shop.example/terms)",
        "for `MUG-BLUE`",
        "> as you wrote",
        "```\ncode\n```",
        "~~~\ncode\n~~~",
        "   # Your refund",
        "* two mugs",
        "+ a lamp",
        "2) second",
        "this is __final__",
        "this is *final*",
    ],
)
def test_marks_say_so_where_the_schema_is_silent(text):
    assert is_markdown({}, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dear Ana,\n\nyour order has left us.\nMany greetings",
        "2 * 3 = 6, and 4 * 5 = 20",
        "#hashtag and order #10",
        "a snake_case name and an_other",
        "-5 degrees",
        "    # indented so far that it is no heading",
        "a file_name or name_ of it",
        "_private and an_other",
        "5 * 4 and 3* is a footnote",
        "*note: 3 * 4",
        "two lines with *one\nstar* in each",
        "rows[0]( 1 ) of the sheet",
        "``",
    ],
)
def test_plain_words_are_left_alone(text):
    assert not is_markdown({}, text)
