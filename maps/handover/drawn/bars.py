"""Score bars: what is certain is solid, what is not known or lies within a range is hatched, the likely is a tick."""

from maps.handover.drawn import ink

STEP = 3.2  # from one stroke of the hatching to the next


def bar(low: float, likely: float, high: float, most: float, width: float = 120, height: float = 8) -> str:
    """One bar of `width` points for a score from 0 to `most`."""
    scale = (width - 1) / most if most > 0 else 0.0
    left, tick, right = (0.5 + min(max(v, 0.0), most) * scale for v in (low, likely, high))
    top, tall = 1.5, height - 3
    box = f'y="{top:g}" height="{tall:g}"'
    body = f'<rect x="0.5" {box} width="{width - 1:g}" fill="{ink.PALE}"/>'
    body += f'<rect x="0.5" {box} width="{left - 0.5:.2f}" fill="{ink.DEEP}"/>'
    if right - left > 0.3:
        body += f'<rect x="{left:.2f}" {box} width="{right - left:.2f}" fill="{ink.PAPER}"/>'
        body += f'<path d="{_strokes(left, right, top, tall)}" stroke="{ink.DEEP}" stroke-width="0.7" fill="none"/>'
        body += (
            f'<rect x="{left:.2f}" {box} width="{right - left:.2f}" fill="none" stroke="{ink.DEEP}" '
            'stroke-width="0.5"/>'
        )
    body += f'<rect x="{tick - 0.8:.2f}" y="0" width="1.6" height="{height:g}" fill="{ink.MARK}"/>'
    return ink.svg(width, height, body)


def _strokes(left: float, right: float, top: float, tall: float) -> str:
    """Slanting strokes cut at the box's ends: drawn one by one, they look alike wherever they are shown."""
    found = []
    foot = left - tall + STEP / 2
    while foot < right:
        start, end = max(foot, left), min(foot + tall, right)
        if end > start:
            found.append(f"M{start:.2f} {top + tall - (start - foot):.2f}L{end:.2f} {top + tall - (end - foot):.2f}")
        foot += STEP
    return "".join(found)
