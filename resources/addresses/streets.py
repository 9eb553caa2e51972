"""An address taken apart: number, street, town, zip; written the same however it was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

TYPES = {
    short: full
    for full, shorts in {
        "alley": "aly",
        "avenue": "ave av aven",
        "boulevard": "blvd boul",
        "circle": "cir circ",
        "close": "",
        "court": "ct crt",
        "drive": "dr drv",
        "expressway": "expy",
        "extension": "ext extn",
        "heights": "hts hgts hights",
        "highway": "hwy hiway",
        "landing": "lndg",
        "lane": "ln",
        "loop": "",
        "parkway": "pkwy pky",
        "path": "",
        "place": "pl",
        "plaza": "plz",
        "road": "rd",
        "row": "",
        "square": "sq",
        "street": "st str",
        "terrace": "ter terr",
        "trail": "trl",
        "way": "wy",
    }.items()
    for short in (full, *shorts.split())
}
HEADINGS = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "north": "north",
    "south": "south",
    "east": "east",
    "west": "west",
}
_SPELLED = """first 1st second 2nd third 3rd fourth 4th fifth 5th sixth 6th seventh 7th eighth 8th ninth 9th tenth 10th
    eleventh 11th twelfth 12th thirteenth 13th fourteenth 14th fifteenth 15th sixteenth 16th seventeenth 17th
    eighteenth 18th nineteenth 19th twentieth 20th"""
ORDINALS = dict(zip(_SPELLED.split()[::2], _SPELLED.split()[1::2], strict=True))
SHORT = {
    "hwy": "highway",
    "mt": "mount",
    "mtn": "mountain",
    "ft": "fort",
    "vly": "valley",
    "av": "avenue",
    "avda": "avenida",
}
PLACEHOLDERS = {
    "tbc",
    "tbd",
    "tba",
    "unknown",
    "none",
    "n a",
    "na",
    "various",
    "scattered",
    "scattered sites",
    "no address",
}
_NUMBERED_ROADS = {"highway", "hwy", "route", "rt", "sr", "interstate", "road", "us", "ca"}

_UNIT = re.compile(
    r"(?:#|\b(?:apt|apartment|suite|ste|unit|space|spc|room|rm|bldg|building|floor)\b\.?)\s*#?\s*[\w&-]*.*$", re.I
)
_NUMBER = re.compile(r"^(\d+[a-z]?)(?:\s*-\s*(\d+[a-z]?))?(?:\s+1/2)?(?=[\s,]|$)", re.I)
_ZIP = re.compile(r"#?\b(\d{5})(?:-\d{4})?\s*$")


@dataclass(frozen=True)
class Street:
    """A street's name without its kind and heading, and those two; an empty one was not said."""

    core: str
    type: str
    heading: str

    def could_be(self, other: Street) -> bool:
        """True when nothing that both say differs."""
        return (
            self.core == other.core
            and (not self.type or not other.type or self.type == other.type)
            and (not self.heading or not other.heading or self.heading == other.heading)
        )


@dataclass(frozen=True)
class Parsed:
    """What one line says; `numbers` has both ends of a range such as 823-863."""

    numbers: tuple[str, ...]
    street: Street | None
    town: str
    zip: str | None


def words(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces: 'Nation’s  Finest' and "NATION'S FINEST" are one."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"['’ʼ`´.]", "", plain)
    return " ".join(re.sub(r"[^\w]+", " ", plain.replace("_", " ")).split())


def street(text: str) -> Street:
    """Takes a street's name apart: 'N. McDowell Blvd' -> core mcdowell, type boulevard, heading north.

    A name that is only a letter or a heading keeps it ('E Street', 'West Street'), and names in other orders stay whole
    ('Avenida de los Robles').
    """
    tokens = [ORDINALS.get(t, SHORT.get(t, t)) for t in words(text).split()]
    heading = ""
    if len(tokens) > 1 and tokens[-1] in HEADINGS:
        heading = HEADINGS[tokens.pop()]
    elif len(tokens) > 1 and tokens[0] in HEADINGS and not (len(tokens) == 2 and tokens[1] in TYPES):
        heading = HEADINGS[tokens.pop(0)]
    if len(tokens) > 1 and tokens[0] in ("st", "street", "saint") and tokens[1] not in TYPES:
        tokens[0] = "saint"  # one address table writes 'Street Francis Drive'
    kind = ""
    if len(tokens) > 1 and tokens[-1] in TYPES:
        kind = TYPES[tokens.pop()]
    return Street(" ".join(tokens), kind, heading)


def parse(text: str, towns: Collection[str] = (), town: str | None = None, zip_code: str | None = None) -> Parsed:
    """Takes one line apart.

    `towns` are the keys (see `words`) of the towns that may stand in the line; `town` and `zip_code` are said beside it
    and win.
    """
    line = text.strip()
    if found := _ZIP.search(line):
        head = line[: found.start()].rstrip(" ,")
        if head and not _NUMBER.fullmatch(head):  # '17310 95476' is no street, and a five-figure house number is no zip
            zip_code = zip_code or found.group(1)
            line = head
    said = words(town) if town else ""
    parts = [
        p for p in (part.strip() for part in line.split(",")) if words(p) not in ("", "ca", "california", "usa", "us")
    ]
    known = set(towns) | ({said} if said else set())
    if len(parts) > 1:
        ends = [words(re.sub(r"\bCA\b\.?\s*$", "", p)) for p in parts[1:]]
        said = said or next((e for e in reversed(ends) if e in known), "")
    first = _UNIT.sub("", parts[0]).strip() if parts else ""
    first, inside = _without_town(first or (parts[0] if parts else ""), known)
    numbers, rest = _number(first)
    if not words(rest) or words(rest) in PLACEHOLDERS:
        return Parsed(numbers, None, said or inside, zip_code)
    return Parsed(numbers, street(rest), said or inside, zip_code)


def without_state(text: str) -> str:
    """The line without a zip and 'CA' at its end."""
    return re.sub(r"[\s,]+(?:CA|Calif\.?|California)[\s.,]*$", "", _ZIP.sub("", text).rstrip(" ,"), flags=re.I)


def _without_town(line: str, towns: Collection[str]) -> tuple[str, str]:
    """The line without a town at its end, and the town; 'CA' at the end is dropped too."""
    tokens = re.sub(r"\s+CA\.?$", "", line).split()
    for start in range(1, len(tokens)):
        tail = words(" ".join(tokens[start:]))
        if tail in towns and not _NUMBER.fullmatch(" ".join(tokens[:start])):
            return " ".join(tokens[:start]), tail
    return " ".join(tokens), ""


def _number(line: str) -> tuple[tuple[str, ...], str]:
    """House numbers and the rest; the number may stand behind the street, as in 'Avenida de los Robles 45'."""
    if found := _NUMBER.match(line):
        return tuple(n.upper() for n in found.groups() if n), line[found.end() :].strip()
    tokens = line.split()
    if len(tokens) > 1 and re.fullmatch(r"\d+[A-Za-z]?", tokens[-1]) and words(tokens[-2]) not in _NUMBERED_ROADS:
        return (tokens[-1].upper(),), " ".join(tokens[:-1])
    return (), line


def is_placeholder(address: str) -> bool:
    """True for what people type where there is no address: '1234 TBC', 'n/a', 'Scattered Sites'."""
    return words(_number(address.strip())[1]) in PLACEHOLDERS | {""}
