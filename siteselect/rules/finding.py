"""What a clause finds at every site, and how findings join."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FAIL, UNKNOWN, CONDITIONAL, PASS, NOT_APPLICABLE = range(5)
WORDS = {FAIL: "fail", UNKNOWN: "unknown", CONDITIONAL: "conditional", PASS: "pass", NOT_APPLICABLE: "does not apply"}


@dataclass(frozen=True)
class Finding:
    """A clause at every site (n,): its state, why, and the evidence where it is a distance or a share."""

    state: np.ndarray
    because: np.ndarray
    amenity: np.ndarray
    distance_m: np.ndarray
    margin_m: np.ndarray
    method: np.ndarray
    source: np.ndarray
    as_of: np.ndarray


def blank(n: int, state: int = UNKNOWN, because: str | None = None, method: str | None = None) -> Finding:
    """A finding that says the same of every site."""
    texts = [np.full(n, None, object) for _ in range(5)]
    texts[0][:] = because
    texts[2][:] = method
    numbers = [np.full(n, np.nan) for _ in range(2)]
    return Finding(np.full(n, state), texts[0], texts[1], numbers[0], numbers[1], texts[2], texts[3], texts[4])


def every(names: Sequence[str], found: Sequence[Finding]) -> Finding:
    """All of some findings: one that fails decides, then what is not known, then a condition."""
    return _joined(names, found, (FAIL, UNKNOWN, CONDITIONAL))


def some(names: Sequence[str], found: Sequence[Finding]) -> Finding:
    """Any of some findings: one that passes decides, then a condition, then what is not known."""
    return _joined(names, found, (PASS, CONDITIONAL, UNKNOWN))


def _joined(names: Sequence[str], found: Sequence[Finding], order: tuple[int, int, int]) -> Finding:
    states = np.array([f.state for f in found])
    n = states.shape[1]
    out = blank(n)
    rest = PASS if order[0] == FAIL else FAIL
    out.state[:] = rest
    for state in reversed(order):
        out.state[(states == state).any(axis=0)] = state
    out.state[(states == NOT_APPLICABLE).all(axis=0)] = NOT_APPLICABLE
    for place in range(n):
        deciding = [k for k in range(len(found)) if states[k, place] == out.state[place]]
        told = [_told(names[k], found[k], place) for k in deciding]
        if out.state[place] != PASS or order[0] == PASS:
            out.because[place] = "; ".join(told) or None
    return out


def _told(name: str, finding: Finding, place: int) -> str:
    why = finding.because[place]
    return f"{name}: {why}" if why else name
