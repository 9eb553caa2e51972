"""What OpenStreetMap tags say about people on foot."""

from typing import Protocol

NEVER_ON_FOOT = {
    "motorway",
    "motorway_link",
    "trunk_link",
    "construction",
    "proposed",
    "raceway",
    "bus_guideway",
    "rest_area",
    "escape",
    "corridor",
    "abandoned",
    "razed",
    "platform",
    "services",
}
ONLY_FOR_WALKING = {"footway", "pedestrian", "steps"}  # where a plain oneway= means the people on foot


class Tags(Protocol):
    """Tags of a way or node."""

    def get(self, key: str) -> str | None:
        """The value of a key, None when it is not there."""


def why_not_walkable(tags: Tags) -> str | None:
    """The reason why a way is not for walking, or None when it is."""
    highway, foot = tags.get("highway"), tags.get("foot")
    if foot in {"yes", "designated", "permissive", "destination"} and highway not in {"construction", "proposed"}:
        return None
    if highway in NEVER_ON_FOOT:
        return f"highway={highway} is not for walking"
    if foot in {"no", "private", "use_sidepath"}:
        return f"foot={foot}"
    if tags.get("access") in {"no", "private"}:
        return f"access={tags.get('access')}"
    return None


def direction(tags: Tags) -> int:
    """Which way people may walk a way: 1 only as it is drawn, -1 only against that, 0 both ways.

    oneway:foot, foot:backward and foot:forward say so anywhere; conveying on moving steps; a plain oneway only where
    there is nobody but people on foot.
    """
    if tags.get("foot:backward") == "no":
        return 1
    if tags.get("foot:forward") == "no":
        return -1
    said = tags.get("oneway:foot")
    if said is None and tags.get("conveying") in {"forward", "backward"}:
        return 1 if tags.get("conveying") == "forward" else -1
    if said is None and tags.get("highway") in ONLY_FOR_WALKING:
        said = tags.get("oneway")
    return {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1}.get(said or "", 0)


def stops_people(tags: Tags) -> bool:
    """Whether a barrier on a way lets nobody on foot through; a gate or bollard of which nothing is said does."""
    foot, access = tags.get("foot"), tags.get("access")
    if foot is not None:
        return foot in {"no", "private"}
    return access in {"no", "private"} or tags.get("locked") == "yes"
