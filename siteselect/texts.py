"""Columns in which many rows say the same: each text is held once, and each row holds its number.

A county has millions of rows and says few things of them; as categories they take a tenth of the room.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def coded(words: Any) -> pd.Categorical:
    """Texts as categories; None and NaN are missing.  What is held so already stays as it is."""
    if isinstance(words, pd.Series):
        words = words.array
    if isinstance(words, pd.Categorical):
        return words
    codes, texts = pd.factorize(np.asarray(words, object))
    return _held(codes, texts)


def same(word: str | None, count: int) -> pd.Categorical:
    """One text, or none, for all of `count` rows."""
    return _held(np.full(count, -1 if word is None else 0), [] if word is None else [word])


def only_where(texts: pd.Categorical, where: np.ndarray) -> pd.Categorical:
    """The same texts, missing outside the mask."""
    return _held(np.where(where, texts.codes, -1), texts.categories)


def filled(texts: pd.Categorical, where: np.ndarray, word: str) -> pd.Categorical:
    """The same texts, with `word` inside the mask."""
    return stacked([texts, same(word, 1)]).take(np.where(where, len(texts), np.arange(len(texts))))


def stacked(parts: Sequence[pd.Categorical]) -> pd.Categorical:
    """Columns one below the other."""
    texts = [np.asarray(part.categories, object) for part in parts]
    new, whole = pd.factorize(np.concatenate([*texts, np.empty(0, object)]))
    first = np.cumsum([0, *map(len, texts)])
    narrow = np.min_scalar_type(-max(len(whole), 1))
    new = np.append(new, -1).astype(narrow)
    codes = [
        new[np.append(np.arange(f, f + len(t)), -1)][p.codes] for p, f, t in zip(parts, first, texts, strict=False)
    ]
    return _held(np.concatenate([*codes, np.empty(0, narrow)]), whole)


def in_full(texts: pd.Categorical) -> Any:
    """The same column with each row's own text."""
    import pyarrow as pa

    codes = pa.array(np.where(texts.codes < 0, 0, texts.codes), mask=texts.codes < 0)
    told = pa.array(texts.categories.to_numpy(object), pa.large_string()).take(codes)
    return pd.array(told, dtype=pd.StringDtype(storage="pyarrow", na_value=np.nan))


def rows_of(table: pd.DataFrame, where: np.ndarray) -> pd.DataFrame:
    """The rows of a mask; where they stand together, without a copy."""
    at = np.flatnonzero(where)
    together = len(at) and at[-1] - at[0] + 1 == len(at)
    return table.iloc[at[0] : at[-1] + 1] if together else table.iloc[at]


def _held(codes: np.ndarray, texts: Any) -> pd.Categorical:
    # pandas would otherwise hold the texts as Arrow strings, which are slow to take one by one
    return pd.Categorical.from_codes(codes, pd.Index(texts, dtype=object))
