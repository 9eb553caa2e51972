"""A site's pages as lines for a terminal: the same texts, so the same numbers."""

from collections.abc import Iterator
from typing import Any

from maps.handover.legible import BREAK
from maps.handover.phrases import Text


def lines(data: dict[str, Any]) -> Iterator[str]:
    """What `sheet.data` gives, without its pictures."""
    yield from filter(None, (_plain(data[k]) for k in ("name", "line", "kind", "sketch")))
    for box in data["boxes"]:
        yield f"{_plain(box['label'])}: {_plain(box['big'])}, {_plain(box['small'])}"
    yield f"{data['score']['title']}:"
    yield from (f"  {row['label']}: {row['told']}" for row in data["score"]["rows"])
    yield f"{data['facts']['title']}:"
    yield from (f"  {_plain(name)}: {_plain(told)}" for name, told in data["facts"]["rows"])
    yield f"{data['criteria']['title']}:"
    yield from (f"  {_criterion(row)}" for row in data["criteria"]["rows"])
    for part in [*data["parts"], *data["lifts"], data["points"] | {"items": []}]:
        yield f"{part['title']}:"
        yield from (f"  {_plain(line)}" for line in part["lines"])
        yield from (f"  - {_plain(item)}" for item in part["items"])
    yield from (f"  {' | '.join(row)}" for row in data["points"]["rows"])
    yield f"{data['sources']['title']}:"
    yield from (f"  {_plain(line)}" for line in [*data["sources"]["lines"], *data["sources"]["notes"]])


def _criterion(row: dict[str, Any]) -> str:
    told = [row["label"], row["target"], _plain(row["value"]), _plain(row["between"]), _plain(row["method"])]
    source = " ".join(filter(None, (row["source"], row["day"])))
    points = f"{row['points']} ({row['span']})" if row["span"] else row["points"]
    return " | ".join(filter(None, (*told, source, points)))


def _plain(told: Text | None) -> str:
    words = told if isinstance(told, str) else " ".join(part["t"] for part in told or [])
    return words.replace(BREAK, "")
