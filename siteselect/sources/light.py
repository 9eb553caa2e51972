"""GeoJSON whose coordinates stay text: a page of outlines costs its own size, not five times as much."""

import json
import re
import secrets
from typing import Any

# what Python needs for an object, a list, a name and a value: a text of "{}," costs twenty times its own size
_COSTS = {b"{": 184, b"[": 64, b":": 120, b",": 64}
MOST_COST_BYTES = 60_000_000
_COORDINATES = re.compile(rb'(?<!\\)"coordinates"\s*:\s*(\[[\d\s,.eE+\-\[\]]*\])')
_NUMBER = rb"-?\d{1,30}(?:\.\d{1,30})?+(?:[eE](?:-\d{1,3}|\+?\d{1,2}))?+"
_POINT = rb"\[\s*+" + _NUMBER + rb"(?:\s*+,\s*+" + _NUMBER + rb"){1,3}+\s*+\]"


def _nested(inner: bytes) -> bytes:
    return rb"\[\s*+(?:" + inner + rb"(?:\s*+,\s*+" + inner + rb")*+)?+\s*+\]"


_LINE = _nested(_POINT)
_POLYGON = _nested(_LINE)
_SOUND = tuple(re.compile(pattern) for pattern in (_POINT, _LINE, _POLYGON, _nested(_POLYGON)))


class Heavy(Exception):
    """A text of so many parts that taking it apart would fill the memory."""


class Light:
    """A JSON text read without its coordinates; `told` is what it says, `text` gives parts of it back, whole.

    ValueError when it is not JSON, holds a number that is none, or coordinates that are not numbers in nested lists;
    Heavy when its objects and lists would take far more memory than its text.
    """

    def __init__(self, raw: bytes) -> None:
        self._mark = secrets.token_hex(8)  # unknown to the publisher, so that no text of theirs can be taken for one
        self._kept: list[bytes] = []
        rest = _COORDINATES.sub(self._put_aside, raw)
        if sum(cost * rest.count(mark) for mark, cost in _COSTS.items()) > MOST_COST_BYTES:
            raise Heavy
        self.told: Any = json.loads(rest, parse_constant=_no_number)

    def text(self, part: Any) -> bytes:
        """A part of what it says as JSON on one line, with its coordinates."""
        bare = json.dumps(part, allow_nan=False, separators=(",", ":")).encode()
        return re.sub(rb'"%b-(\d+)"' % self._mark.encode(), lambda found: self._kept[int(found[1])], bare)

    def _put_aside(self, found: re.Match[bytes]) -> bytes:
        coordinates = found[1]
        if not any(pattern.fullmatch(coordinates) for pattern in _SOUND):
            raise ValueError("coordinates that are none")
        self._kept.append(coordinates.replace(b"\n", b" "))
        return b'"coordinates":"%b-%d"' % (self._mark.encode(), len(self._kept) - 1)


def _no_number(text: str) -> float:
    raise ValueError(text)
