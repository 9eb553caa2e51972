"""Weights from judgements in pairs: how many times as important one thing is as another (AHP, Saaty 1980)."""

import csv
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from siteselect.errors import ConfigError
from siteselect.policy import Policy

# the mean consistency index of random judgements, by how many things are compared (Saaty 1980)
RANDOM = {1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
MOST = 0.10  # judgements less consistent than this say too little to be weights (Saaty 1980)
SCALE = 9.0


@dataclass(frozen=True)
class Judged:
    """names; shares: their weights, which sum to 1; ratio: the consistency ratio, 0 when no judgement contradicts
    another; doubtful: the pair that fits the others worst, and by how many times the others would have it."""

    names: tuple[str, ...]
    shares: np.ndarray
    ratio: float
    doubtful: tuple[str, str, float, float]


def read(path: Path) -> Judged:
    """Judgements in a CSV with the columns first, second and times (1/9 to 9): first is `times` as important as second.

    Every pair of the things named stands in it once.  ConfigError names the row and the remedy, and refuses judgements
    that contradict each other (a consistency ratio of MOST or more), naming the pair to think of again.
    """
    judged: dict[tuple[str, str], float] = {}
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: cannot be read as text in UTF-8 ({problem}).") from None
    if not rows or not {"first", "second", "times"} <= set(rows[0]):
        raise ConfigError(f"{path}: it needs the columns first, second and times, and a row a pair.")
    for line, row in enumerate(rows, 2):
        one, two = (str(row[k] or "").strip() for k in ("first", "second"))
        times = _times(str(row["times"] or "").strip())
        if not one or not two or one == two:
            raise ConfigError(f"{path}, row {line}: first and second must name two different things.")
        if times is None:
            raise ConfigError(f"{path}, row {line}, times: {row['times']!r} is not a number from 1/9 to 9.")
        if (one, two) in judged or (two, one) in judged:
            raise ConfigError(f"{path}, row {line}: the pair {one}, {two} stands twice; keep one of the rows.")
        judged[one, two] = times
    return _weighed(path, judged)


def _times(text: str) -> float | None:
    try:
        over, _, under = text.partition("/")
        value = float(over) / float(under or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return value if 1 / SCALE - 1e-9 <= value <= SCALE + 1e-9 else None


def _weighed(path: Path, judged: dict[tuple[str, str], float]) -> Judged:
    names = tuple(dict.fromkeys(n for pair in judged for n in pair))
    if len(names) > max(RANDOM):
        raise ConfigError(f"{path}: {len(names)} things are more than {max(RANDOM)}: compare the groups instead.")
    at = {name: i for i, name in enumerate(names)}
    matrix = np.eye(len(names))
    for one, two in combinations(names, 2):
        if (two, one) in judged:
            judged[one, two] = 1 / judged[two, one]
        if (one, two) not in judged:
            raise ConfigError(f"{path}: the pair {one}, {two} is not judged; add a row for it.")
        times = judged[one, two]
        matrix[at[one], at[two]], matrix[at[two], at[one]] = times, 1 / times
    values, vectors = np.linalg.eig(matrix)
    lead = int(np.argmax(values.real))
    shares = np.abs(vectors[:, lead].real)
    shares /= shares.sum()
    n = len(names)
    ratio = (values[lead].real - n) / (n - 1) / RANDOM[n] if n > 2 else 0.0
    fitted = shares[:, None] / shares
    worst = np.unravel_index(np.argmax(np.abs(np.log(matrix / fitted))), matrix.shape)
    i, j = (worst[0], worst[1]) if fitted[worst] >= 1 else (worst[1], worst[0])
    found = Judged(
        names, shares, max(float(ratio), 0.0), (names[i], names[j], float(matrix[i, j]), float(fitted[i, j]))
    )
    if found.ratio >= MOST:
        one, two, said, others = found.doubtful
        raise ConfigError(
            f"{path}: the judgements contradict each other (consistency ratio {found.ratio:.2f}, less than {MOST:.2f} "
            f"is wanted): {one} against {two} is said to be {said:.3g}, the other pairs make it {others:.2g}; "
            "think of it again."
        )
    return found


def changes(found: Judged, policy: Policy) -> list[str]:
    """The judged weights as changes of a policy's, as `policy.changed` takes them; together they keep its total.

    Groups keep the proportions within them.  ConfigError when a thing is neither a criterion nor a group, when both
    kinds are mixed, or when a group or criterion of weight is not judged.
    """
    groups: dict[str, float] = {
        g: sum(c.weight for c in policy.criteria if c.group == g) for g in {c.group for c in policy.criteria}
    }
    single = {c.id: c.weight for c in policy.criteria}
    held = groups if set(found.names) <= set(groups) else single
    wrong = [n for n in found.names if n not in held]
    if wrong:
        raise ConfigError(
            f"the pairs name {wrong[0]!r}: compare either the groups ({', '.join(sorted(groups))}) or the criteria "
            f"({', '.join(single)})."
        )
    left = [n for n, w in held.items() if w > 0 and n not in found.names]
    if left:
        raise ConfigError(f"the pairs leave out {', '.join(sorted(left))}: judge these too.")
    total = sum(single.values())
    if held is single:
        return [f"{n}={s * total:.6g}" for n, s in zip(found.names, found.shares, strict=True)]
    return [f"{n}=x{s * total / groups[n]:.6g}" for n, s in zip(found.names, found.shares, strict=True) if groups[n]]
