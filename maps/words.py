"""The words on a page, in English or Spanish: gettext messages, read from the .po file when they are first needed."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from maps.vocabulary import VALUES, recognised

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = ("en", "es")
PSEUDO = "en-XA"
SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z])")
ENGLISH_DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Messages are written in English in the code, with values in braces: `say("{n} beds", n=3)`.  Values are put in after
    the translation and are never read as a message, so a brace in stored text is only a brace.
    """

    lang: str
    catalog: Catalog | None

    @property
    def formats(self) -> str:
        """The locale for dates and numbers; Spanish as in the United States writes 1,234.5 as English does."""
        return "es_US" if self.lang == "es" else "en_GB"

    def say(self, message: str, **values: object) -> str:
        """The message in this language, with its values in place."""
        return self._framed(self._found(message) or message).format(**values)

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """The message for one or for many, with `n` and the other values in place."""
        entry = self.catalog.get(one) if self.catalog else None
        if entry is not None and isinstance(entry.string, tuple) and all(entry.string) and not entry.fuzzy:
            text = entry.string[0 if n == 1 else 1]
        else:
            text = one if n == 1 else many
        return self._framed(text).format(n=n, **values)

    def stored(self, text: object) -> Markup:
        """Text that came with the data, safe for a page: translated where it is ours, else marked as English.

        The sentences our own programs write into tables are in maps/vocabulary.py and so in the catalog; what a
        publisher wrote is shown as it was written.
        """
        plain = "" if text is None else str(text)
        if self.lang == "en":
            return escape(plain)
        english = Markup('<span lang="en">{}</span>')
        return Markup(" ").join(escape(told) if ours else english.format(told) for told, ours in self.parts(plain))

    def parts(self, text: str) -> list[tuple[str, bool]]:
        """The sentences of a stored text, and whether each is in this language; else it is a publisher's English."""
        if self.lang == "en":
            return [(text, True)]
        found = ((part, self._translated(part)) for part in self._sentences(text))
        return [(part, False) if told is None else (told, True) for part, told in found]

    def known(self, text: str) -> str:
        """Like `stored`, as plain text for where no element can be marked."""
        if self.lang == "en":
            return text
        told = ((part, self._translated(part)) for part in self._sentences(text))
        return " ".join(part if found is None else found for part, found in told)

    def _sentences(self, text: str) -> list[str]:
        return [text] if self._translated(text) is not None else [p for p in SENTENCE_END.split(text) if p]

    def _translated(self, sentence: str) -> str | None:
        found = recognised(sentence)
        if found is None or self._found(found[0]) is None:
            # some remarks follow each other in one sentence
            *first, last = sentence.rsplit("; ", 1)
            told = [self._translated(part) for part in (*first, last)] if first else [None]
            return None if None in told else "; ".join(part for part in told if part is not None)
        stop = "." if sentence.rstrip().endswith(".") else ""
        return self.say(found[0], **{name: self._value(value) for name, value in found[1].items()}) + stop

    def _value(self, text: str) -> str:
        day = ENGLISH_DAY.fullmatch(text)
        if day and self.lang == "es":
            when = dt.datetime.strptime(text, "%d %B %Y").date()
            return str(format_date(when, "d 'de' MMMM 'de' y", locale=self.formats))
        if text in VALUES:
            return self.say(text)
        return self._translated(text) or text  # a sentence may stand in another: how, and from where

    def _found(self, message: str) -> str | None:
        if self.catalog is None:
            return message if self.lang == PSEUDO and message in _english() else None
        entry = self.catalog.get(message)
        if entry is None or entry.fuzzy or not isinstance(entry.string, str):
            return None
        return entry.string or None

    def _framed(self, text: str) -> str:
        # the pseudo-language shows which words went through here: those that did not stand outside the brackets
        return f"⟦{text}⟧" if self.lang == PSEUDO else text


@lru_cache(maxsize=4)
def of(lang: str) -> Words:
    """The words of `lang`: "en", "es", or the pseudo-language that tests read; KeyError for another."""
    if lang in ("en", PSEUDO):
        return Words(lang, None)
    if lang not in LANGUAGES:
        raise KeyError(lang)
    return Words(lang, catalog(LOCALES / f"{lang}.po"))


def catalog(path: Path) -> Catalog:
    """The messages of a .po or .pot file."""
    with path.open("rb") as file:
        return read_po(file)


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    return frozenset(str(m.id) for m in catalog(LOCALES / "messages.pot") if m.id and isinstance(m.id, str))
