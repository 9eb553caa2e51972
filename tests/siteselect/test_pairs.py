"""Weights from judgements in pairs."""

from pathlib import Path

import numpy as np
import pytest

from siteselect import pairs, policy
from siteselect.errors import ConfigError

SHIPPED = policy.read(policy.path_of("housing-near-transit-and-services", Path()))


def judged(tmp_path: Path, rows: list[tuple[str, str, str]]) -> pairs.Judged:
    file = tmp_path / "pairs.csv"
    file.write_text("first,second,times\n" + "".join(f"{a},{b},{t}\n" for a, b, t in rows), encoding="utf-8")
    return pairs.read(file)


def test_judgements_that_agree_give_back_the_weights_they_were_made_from(tmp_path: Path) -> None:
    found = judged(tmp_path, [("transit", "services", "2"), ("transit", "land", "4"), ("services", "land", "2")])
    assert found.shares == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert found.ratio == pytest.approx(0, abs=1e-12)


def test_the_ratio_is_saatys(tmp_path: Path) -> None:
    found = judged(tmp_path, [("a", "b", "3"), ("a", "c", "5"), ("b", "c", "2.5")])
    lead = max(np.linalg.eigvals([[1, 3, 5], [1 / 3, 1, 2.5], [1 / 5, 1 / 2.5, 1]]).real)
    assert found.ratio == pytest.approx((lead - 3) / 2 / 0.58)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("a", "b", "3"), ("b", "c", "3"), ("c", "a", "3")], "contradict each other"),
        ([("a", "b", "3"), ("b", "c", "3")], "the pair a, c is not judged"),
        ([("a", "b", "12")], "row 2, times: '12' is not a number from 1/9 to 9"),
        ([("a", "b", "2"), ("b", "a", "2")], "row 3: the pair b, a stands twice"),
        ([("a", "a", "2")], "two different things"),
    ],
)
def test_judgements_that_cannot_be_weights_are_refused_by_row(
    tmp_path: Path, rows: list[tuple[str, str, str]], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        judged(tmp_path, rows)


def test_groups_share_the_policys_total_and_keep_their_inner_proportions(tmp_path: Path) -> None:
    rows = [
        ("transit", "services", "1"), ("transit", "land", "3"), ("transit", "hazards", "1/1"),
        ("services", "land", "3"), ("services", "hazards", "1"), ("land", "hazards", "1/3"),
    ]  # fmt: skip
    changed = policy.changed(SHIPPED, pairs.changes(judged(tmp_path, rows), SHIPPED))
    held = {c.id: c.weight for c in changed.criteria}
    assert sum(held.values()) == pytest.approx(sum(c.weight for c in SHIPPED.criteria), rel=1e-4)
    assert held["stop"] / held["rail"] == pytest.approx(1.5, rel=1e-4)
    assert held["stop"] + held["frequency"] + held["rail"] == pytest.approx(3 * held["slope"], rel=1e-4)


def test_pairs_that_leave_a_group_out_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leave out hazards, land"):
        pairs.changes(judged(tmp_path, [("transit", "services", "2")]), SHIPPED)
