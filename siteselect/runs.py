"""A ranked run read back from its folder, for what asks about it: how firmly it holds, why, what changed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from siteselect.errors import FileRefused
from siteselect.policy import Policy, first_fault

AGAIN = "run `siteselect rank` again into this folder"
TEXT = (
    "site_id", "name", "apn", "owner", "jurisdiction", "status", "zoning", "shape", "note", "blockers",
    "excluded_because", "conditions",
    "criterion", "group", "label", "label_es", "measure", "unit", "method", "source", "as_of", "target",
    "unknown_because", "why", "why_es",
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A run: sites in rank order, excluded ones last; reasons; the manifest; the policy that it was ranked by."""

    name: str
    sites: pd.DataFrame
    reasons: pd.DataFrame
    manifest: dict[str, Any]
    policy: Policy


def held(name: str, sites: pd.DataFrame, reasons: pd.DataFrame, manifest: dict[str, Any]) -> Held:
    """A run from its parts, its policy from the manifest; FileRefused where that is of another edition of this tool."""
    try:
        return Held(name, sites, reasons, manifest, Policy.model_validate(manifest["policy"]))
    except (KeyError, ValidationError) as fault:
        told = first_fault(fault) if isinstance(fault, ValidationError) else "it has no policy."
        raise FileRefused(f"{name}: the policy in manifest.json cannot be read: {told} {AGAIN.capitalize()}.") from None


def read(folder: Path) -> Held:
    """The run in a folder; FileRefused says which file is not there or is not what it should be."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        tables = [_table(folder / name) for name in ("sites.csv", "reasons.csv")]
    except NotADirectoryError:
        raise FileRefused(
            f"{folder}: a file, not a run's folder; `siteselect rank PLACE.toml --out DIR` makes one."
        ) from None
    except FileNotFoundError as gone:
        raise FileRefused(f"{gone.filename}: not there; {folder} holds no ranked run: {AGAIN}.") from None
    except (
        json.JSONDecodeError,
        UnicodeDecodeError,
        pd.errors.ParserError,
        pd.errors.EmptyDataError,
        ValueError,
    ) as bad:
        raise FileRefused(f"{folder}: its tables cannot be read ({bad}); {AGAIN}.") from None
    sites, reasons = tables
    missing = {"site_id", "rank", "score_likely", "excluded_because"} - set(sites) | (
        {"site_id", "criterion", "group", "value_likely", "weight"} - set(reasons)
    )
    if missing or not isinstance(manifest, dict):
        raise FileRefused(f"{folder}: made by another edition, without {', '.join(sorted(missing))}; {AGAIN}.")
    return held(str(folder), sites.assign(rank=sites["rank"].astype("Int64")), reasons, manifest)


def _table(path: Path) -> pd.DataFrame:
    """A CSV as it was before it was written: text is text, and the apostrophe that guards a formula is gone."""
    table = pd.read_csv(path, dtype=dict.fromkeys(TEXT, "object"), keep_default_na=False, na_values=[""])
    for column in table.columns.intersection(list(TEXT)):
        guarded = table[column].str.match(r"'[=+\-@\t\r]", na=False)
        table[column] = table[column].where(~guarded, table[column].str[1:])
    return table
