"""Text from data as the pages' own fonts can show it: nothing invisible, formless or endless.

The typesetter refuses a page with a letter that its fonts lack, and is right to: such a letter would be lost for a
screen reader too.  What cannot be shown is named by its number in Unicode, never dropped.
"""

import re
import unicodedata

LONGEST = 600  # a filed note may be pages long; the tables of the run hold all of it
UNBROKEN = re.compile(r"\S{28,}")
BREAK = "\u200b"  # lets a long word go on in the next line
SHOWN = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x36F), (0x374, 0x375), (0x388, 0x38A), (0x38E, 0x3A1), (0x3A3, 0x4FF),
    (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x202F, 0x2040), (0x2070, 0x2071), (0x2074, 0x208E), (0x20A0, 0x20BF),
    (0x2190, 0x21FF), (0x2200, 0x22FF),
)  # fmt: skip


def line(value: object, most: int = LONGEST) -> str:
    """The text of a cell on one line; empty for nothing, cut with an ellipsis after `most` characters."""
    if value is None or value != value:  # NaN is not itself
        return ""
    text = unicodedata.normalize("NFC", " ".join(str(value).split()))
    if len(text) > most:
        text = text[: most - 1].rstrip() + "…"
    shown = "".join(c if can_show(c) else f"[U+{ord(c):04X}]" for c in text)
    return UNBROKEN.sub(lambda word: _breakable(word[0]), shown)


def can_show(letter: str) -> bool:
    """Whether the fonts that come with the typesetter have the letter."""
    return any(first <= ord(letter) <= last for first, last in SHOWN)


def _breakable(word: str) -> str:
    return BREAK.join(word[i : i + 14] for i in range(0, len(word), 14))
