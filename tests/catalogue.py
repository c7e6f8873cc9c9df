"""The texts of the pages as locale/de has them, for tests that hold pages against them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

GERMAN = Path(settings.LOCALE_PATHS[0]) / "de" / "LC_MESSAGES" / "django.po"
_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[\d+\])? )?(".*")$')
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|</?\w+[^>]*>")


@dataclass
class Entry:
    context: str = ""
    said: list[str] = field(default_factory=list)
    """One and many."""
    translated: list[str] = field(default_factory=list)
    is_fuzzy: bool = False

    def __str__(self) -> str:
        return self.said[0]


def entries(path: Path = GERMAN) -> list[Entry]:
    found = [_entry(block) for block in path.read_text().split("\n\n")]
    return [entry for entry in found if entry.said and entry.said[0]]


def _entry(block: str) -> Entry:
    entry, at = Entry(), ""
    for line in block.splitlines():
        entry.is_fuzzy |= line.startswith("#,") and "fuzzy" in line
        match = _LINE.match(line)
        if line.startswith("#") or match is None:
            continue
        at, text = match[1] or at, ast.literal_eval(match[2])
        if at == "msgctxt":
            entry.context += text
            continue
        texts = entry.translated if at == "msgstr" else entry.said
        if match[1]:
            texts.append(text)
        else:
            texts[-1] += text
    return entry


def placeholders(text: str) -> set[str]:
    """What a translation may not lose: names that are put in, and tags."""
    return set(_PLACEHOLDER.findall(text))


def sentences(least: int = 4) -> Iterator[re.Pattern[str]]:
    """English of at least so many words, whatever is put into it; not what German says alike."""
    for entry in entries():
        for said in entry.said:
            bare = " ".join(re.sub(r"<[^>]*>", " ", said).split())
            words = re.findall(r"[A-Za-z]{2,}", re.sub(r"%\(\w+\)[a-z]|\{\w+\}", "", bare))
            if len(words) >= least and said not in entry.translated:
                parts = re.split(r"%\(\w+\)[a-z]|\{\w+\}", bare)
                yield re.compile(r"\S.*?".join(map(re.escape, parts)))
