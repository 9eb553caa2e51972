"""The few colours and the lettering that every picture is drawn with."""

from html import escape

DEEP = "#1f4e79"
PALE = "#e4ebf2"
LINE = "#93a4b5"
TEXT = "#24313d"
MARK = "#c2410c"
PAPER = "#ffffff"
FACE = "Libertinus Serif"  # it comes with the typesetter; a browser takes its own serif


def svg(width: float, height: float, body: str, defs: str = "") -> str:
    """A whole picture of that many points."""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{f"<defs>{defs}</defs>" if defs else ""}{body}</svg>'


def words(x: float, y: float, text: str, size: float = 7, anchor: str = "start", colour: str = TEXT) -> str:
    """A line of text; whatever stands in it, it is only text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FACE}, serif" font-size="{size:g}" text-anchor="{anchor}" '
        f'fill="{colour}">{escape(text)}</text>'
    )
