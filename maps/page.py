"""A map that is safe to open: nothing fetched, nothing stored ever run, the same bytes for the same data."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import folium
from branca.element import Figure, MacroElement
from folium.template import Template
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from xstatic.pkg import leaflet

from maps.words import Words

ROOM = Path(__file__).parent
LEAFLET = Path(leaflet.BASE_DIR)
# what a page may ask from /static/, and where it is; a file without a server carries the same text within
ASSETS = {
    "leaflet.js": LEAFLET / "leaflet.js",
    "leaflet.css": LEAFLET / "leaflet.css",
    "map.js": ROOM / "static" / "map.js",
    "page.css": ROOM / "static" / "page.css",
}
# characters that could end a string, a template literal, an attribute or a script, as HTML entities
_DANGEROUS = {ord(c): f"&#{ord(c)};" for c in "`${}\\\u2028\u2029"}


@dataclass(frozen=True)
class Feature:
    """One thing on the map.

    `id` is that of the list's row without its prefix; `at` is (lat, lon) in degrees; `geometry` a GeoJSON geometry for
    an area; `margin_m` draws a circle of that radius round a place that is only known to be within it, `rough` a ring
    round one whose margin nobody knows; `style` names a class of map.js; `label` is the short text in the mark; `lines`
    are shown under the title when it is chosen.
    """

    id: str
    layer: str
    style: str
    title: str
    at: tuple[float, float]
    label: str = ""
    geometry: Mapping[str, Any] | None = None
    margin_m: float | None = None
    rough: bool = False
    lines: Sequence[str] = ()
    href: str = ""


@dataclass(frozen=True)
class Parts:
    """A map cut up for a page's frame: the element, its data (JSON) and the script that draws it."""

    element: Markup
    data: Markup
    script: Markup
    empty: bool = field(default=False)


class SafeMap(folium.Map):
    """folium's map with nothing from elsewhere: no scripts, styles or tiles of others, and no ids drawn by lot."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own name for a class-wide list
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}" role="region" tabindex="0" aria-label="{{ this.label }}">
        <p class="needs-script">{{ this.needs_script }}</p></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = homeground.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, label: str, needs_script: str) -> None:
        super().__init__(tiles=None, zoom_control=False, attributionControl=False, prefer_canvas=True)
        self.label = escaped(label)
        self.needs_script = escaped(needs_script)

    @classmethod
    def _generate_id(cls) -> str:
        return "homeground"


class Features(MacroElement):
    """The data of a map, drawn by map.js from the page's data block; no stored text enters a script."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        homeground.draw({{ this._parent.get_name() }}, "map-data");
        {% endmacro %}
        """
    )

    @classmethod
    def _generate_id(cls) -> str:
        return "features"


def escaped(text: object) -> str:
    """Text safe in HTML, in an attribute and in a JavaScript template literal, for whatever enters a folium element."""
    return html.escape(str(text), quote=True).translate(_DANGEROUS)


def parts(label: str, features: Sequence[Feature], background: Sequence[Mapping[str, Any]], words: Words) -> Parts:
    """The map of `features` over a `background` of named outlines, for a frame to hold."""
    figure = Figure()
    figure._id = "page"
    chart = SafeMap(label, words.say("The map needs JavaScript. The list on this page says the same without it."))
    figure.add_child(chart)
    chart.add_child(Features())  # type: ignore[no-untyped-call]  # branca is not typed throughout
    for child in list(figure._children.values()):
        child.render()
    data = {"features": [_plain(f) for f in features], "background": list(background), "words": _map_words(words)}
    return Parts(
        Markup(figure.html.render()),  # noqa: S704 - made of constants and of text that went through escaped()
        data_block(data),
        Markup(figure.script.render()),  # noqa: S704 - made of constants only
        empty=not features,
    )


def data_block(data: Any) -> Markup:
    """`data` as JSON that may stand inside a script element: plain ASCII and no angle bracket; NaN is refused."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&'`":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing is left in it that HTML reads


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates, always escaping; a name that is not given is an error, not a blank."""
    return Environment(
        loader=FileSystemLoader([ROOM / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, words: Words, **values: Any) -> str:
    """A page of its own, with every style and script inside it, to be opened from a disk."""
    inline = {name: asset(name) for name in ASSETS}
    given = {"words": words, "_": words.say, "n_": words.count, "inline": inline, **values}
    return environment().get_template(template).render(given)


@lru_cache(maxsize=8)
def asset(name: str) -> Markup:
    """The text of one of our assets; Leaflet's styles lose the rules that would fetch images, which we do not use."""
    text = ASSETS[name].read_text(encoding="utf-8")
    if name == "leaflet.css":
        text = "\n".join(_without_images(text))
    # "</script" and "<!--" would end or change the element that holds an inlined script
    return Markup(text.replace("</script", "<\\/script").replace("<!--", "<\\!--"))  # noqa: S704 - our own files


def _without_images(css: str) -> list[str]:
    return [line for line in css.splitlines() if "url(" not in line]


def _plain(feature: Feature) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": feature.id,
        "layer": feature.layer,
        "style": feature.style,
        "title": feature.title,
        "at": [round(feature.at[0], 6), round(feature.at[1], 6)],
    }
    for name in ("label", "margin_m", "rough", "href"):
        if getattr(feature, name):
            plain[name] = getattr(feature, name)
    if feature.lines:
        plain["lines"] = list(feature.lines)
    if feature.geometry is not None:
        plain["geometry"] = feature.geometry
    return plain


def _map_words(words: Words) -> dict[str, str]:
    return {
        "close": words.say("Close"),
        "zoomIn": words.say("Zoom in"),
        "zoomOut": words.say("Zoom out"),
        "details": words.say("Back to the list"),
        "more": words.say("Open its page"),
    }
