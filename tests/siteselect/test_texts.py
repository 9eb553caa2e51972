"""Columns of few texts: whatever is done to them, each row says what it said."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from siteselect import texts

WORDS = st.lists(st.sampled_from(["a", "b", "c", ""]) | st.none(), max_size=12)


def said(column: pd.Categorical) -> list[str | None]:
    return [None if pd.isna(word) else word for word in column]


@given(WORDS)
def test_a_coded_column_says_what_it_said_and_in_full_too(words: list[str | None]) -> None:
    coded = texts.coded(pd.Series(words, dtype=object))
    assert said(coded) == words
    assert said(texts.in_full(coded)) == words


@given(st.lists(WORDS, max_size=4))
def test_stacked_columns_stand_one_below_the_other(parts: list[list[str | None]]) -> None:
    coded = [texts.coded(np.array(part, object)) for part in parts]
    assert said(texts.stacked(coded)) == [word for part in parts for word in part]


@given(WORDS, st.data())
def test_filled_and_only_where_change_the_rows_of_the_mask_alone(words: list[str | None], data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words))), bool)
    coded = texts.coded(np.array(words, object))
    assert said(texts.filled(coded, mask, "new")) == ["new" if m else w for w, m in zip(words, mask, strict=True)]
    assert said(texts.only_where(coded, mask)) == [w if m else None for w, m in zip(words, mask, strict=True)]


def test_one_text_for_all_rows_or_none() -> None:
    assert said(texts.same("a", 3)) == ["a", "a", "a"]
    assert said(texts.same(None, 2)) == [None, None]


def test_rows_of_a_mask_are_those_rows_together_or_apart() -> None:
    table = pd.DataFrame({"n": range(5)})
    for mask in ([0, 1, 1, 0, 0], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0]):
        where = np.array(mask, bool)
        assert texts.rows_of(table, where)["n"].tolist() == table[where]["n"].tolist()
