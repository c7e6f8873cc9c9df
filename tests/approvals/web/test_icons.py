"""Icons stand in the page itself, so that nothing more is fetched for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from approvals.web.runs import history
from approvals.web.showing import icons, words

TEMPLATES = Path(__file__).parents[3] / "templates"
NAMED = re.compile(r'{% icon "([^"]+)" %}')


def test_an_icon_is_drawn_where_it_stands():
    drawn = icons.icon("clock")

    assert drawn.startswith("<svg class=") and "<path" in drawn
    assert 'aria-hidden="true"' in drawn
    assert "href" not in drawn


def test_the_mark_is_as_large_as_asked():
    assert 'width="40" height="40"' in icons.mark(40)


def test_an_icon_nobody_vendored_is_named_with_where_to_add_it():
    with pytest.raises(LookupError, match=r"'unicorn': add it to frontend/icons.txt"):
        icons.icon("unicorn")


def test_every_icon_of_a_timeline_and_of_a_status_is_there():
    tables = [*history._ENTRIES.values(), *history._NOW.values(), *words.RUN_WORDS.values()]
    names = {row[-1] for row in tables} | {icon for _, icon in history._DECIDED.values()}

    assert len(names) > 12
    for name in names:
        assert icons.icon(name)


def test_every_icon_that_a_template_names_is_there():
    names = {name for path in TEMPLATES.rglob("*.html") for name in NAMED.findall(path.read_text())}

    assert len(names) > 20
    for name in names:
        assert icons.icon(name)
