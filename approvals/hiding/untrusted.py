"""Text that can deceive its reader: letters nobody sees, words written in two alphabets."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from django.utils.translation import gettext as _

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    # Joiners belong between letters of many scripts and in emoji, never beside ASCII.
    r"|(?:(?<=[\x00-\x7f])|\A)[\u200c\u200d]|[\u200c\u200d](?=[\x00-\x7f]|\Z)"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_ALPHABETS = {
    "LATIN": "Latin", "CYRILLIC": "Cyrillic", "GREEK": "Greek", "ARMENIAN": "Armenian",
    "CHEROKEE": "Cherokee", "COPTIC": "Coptic", "FULLWIDTH": "wide", "MATHEMATICAL": "mathematical",
}  # fmt: skip
"""Alphabets with letters that look like those of another one."""

_GREEK_ALIKE = set("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορτυχϲϳ")
"""Greek letters one takes for Latin ones; the others stand in formulas and units."""


def name_of(char: str) -> str:
    return f"U+{ord(char):04X}"


def spelt_out(text: str) -> str:
    """Plain text in which what would be invisible can be read, and mixed words say so."""
    shown = UNSEEN.sub(lambda found: f"⟨{name_of(found[0])}⟩", text)
    for word, why in set(mixed_words(shown)):
        shown = re.sub(rf"(?<!\w){word}(?!\w)", f"{word}⟨{why}⟩", shown)
    return shown


def mixed_words(text: str) -> Iterator[tuple[str, str]]:
    """Words with letters of several alphabets, and of which: the word, "Cyrillic + Latin"."""
    if text.isascii():
        return
    for found in _WORD.finditer(text):
        if why := mixture(found[0]):
            yield found[0], why


def mixture(word: str) -> str:
    """The alphabets a word mixes; empty for nearly every word."""
    if word.isascii():
        return ""
    alphabets = {name for char in word if (name := _alphabet(char))}
    return " + ".join(sorted(alphabets)) if len(alphabets) > 1 else ""


def warnings(text: str) -> list[str]:
    """What a reader of a text field should know about it."""
    unseen = sorted({name_of(char) for char in UNSEEN.findall(text.replace("\r", ""))})
    hidden = (
        [_("Contains characters you cannot see: %(names)s") % {"names": ", ".join(unseen)}]
        if unseen
        else []
    )
    mixed = [
        _("“%(word)s” mixes letters: %(alphabets)s") % {"word": word, "alphabets": why}
        for word, why in dict(mixed_words(text)).items()
    ]
    return hidden + mixed[:5]


def fingerprint(text: str) -> str:
    """Enough of a text's SHA-256 to tell two long texts apart at a glance."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def size_of(text: str) -> str:
    """What stands for the rest of a text that is cut: how long all of it is, and its hash."""
    return _("%(count)s characters, sha256 %(hash)s") % {
        "count": f"{len(text):,}",
        "hash": fingerprint(text),
    }


def _alphabet(char: str) -> str:
    first = unicodedata.name(char, "").partition(" ")[0]
    if first == "GREEK" and char not in _GREEK_ALIKE:
        return ""
    return _ALPHABETS.get(first, "")
