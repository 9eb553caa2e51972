"""What we value: criteria and gates as data, read from a policy file."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siteselect.errors import ConfigError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Criterion(_Strict):
    """One thing that is valued: a measure, where it earns everything (`full`), where nothing (`none`), and why.

    `full` and `none` are in the unit that ends the measure's name; full below none means that less is better.
    """

    id: str
    label: str
    label_es: str
    measure: str
    full: Annotated[float, Field(allow_inf_nan=False)]
    none: Annotated[float, Field(allow_inf_nan=False)]
    weight: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
    why: str
    why_es: str

    @model_validator(mode="after")
    def _full_is_not_none(self) -> Self:
        if self.full == self.none:
            raise ValueError(f"criterion {self.id!r}: full and none are both {self.full:g}; they must differ")
        return self


class Gate(_Strict):
    """A hard exclusion, apart from the score: what a field must or must not say, or a share from which one is out."""

    id: str
    label: str
    label_es: str
    field: str | None = None
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    measure: str | None = None
    exclude_from: float | None = None
    why: str
    why_es: str
    citation: str

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        by_field, by_measure = self.field is not None, self.measure is not None
        words = bool(self.allowed) != bool(self.denied)
        if by_field == by_measure or by_field != words or by_measure != (self.exclude_from is not None):
            raise ValueError(
                f"gate {self.id!r}: give either field with allowed or denied, or measure with exclude_from"
            )
        return self


class StraightLine(_Strict):
    """How much longer than the straight line a walk may be, where no street network tells."""

    low: Annotated[float, Field(ge=1)]
    likely: Annotated[float, Field(ge=1)]
    high: Annotated[float, Field(ge=1, le=10)]
    why: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.likely <= self.high:
            raise ValueError("low, likely and high must stand in that order")
        return self


class Parcels(_Strict):
    """Where a site whose parcel's outline is at hand is measured from: the nearest part of its edge, or its point."""

    measured_from: Literal["edge", "point"] = "edge"
    why: str = "A person leaves a parcel where it meets a street, not from its middle."
    citation: str = ""


class Policy(_Strict):
    """A whole policy: what is valued, how much, and what excludes."""

    id: str
    edition: str
    title: str
    title_es: str
    why: str
    citation: str
    straight_line: StraightLine
    parcels: Parcels = Parcels()
    gates: tuple[Gate, ...] = ()
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [c.id for c in self.criteria]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"criterion {twice[0]!r} stands twice; give each its own id")
        return self


def read(path: Path) -> Policy:
    """The policy in a TOML file; ConfigError names the file, the key and what is wrong with it."""
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such policy file; shipped policies are {', '.join(shipped())}."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not text in UTF-8; a policy file is TOML in UTF-8.") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: a folder; name the policy's file.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not a TOML file ({error}).") from None
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_fault(error)}") from None


def first_fault(error: ValidationError) -> str:
    """The first thing that a validation found, as a sentence with the key it is about."""
    # a key that nobody knows is often the misspelt one that another fault misses
    faults = sorted(error.errors(include_url=False), key=lambda f: f["type"] != "extra_forbidden")
    fault = faults[0]
    where = ""
    for part in fault["loc"]:  # a list counts from 1 for people
        where += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if where else str(part)
    told = {"extra_forbidden": "there is no such key", "missing": "it is missing"}.get(fault["type"], fault["msg"])
    return f"{where or 'the file'}: {told}."


def shipped() -> list[str]:
    """Names of the policies that come with the package."""
    return sorted(
        f.name[:-5] for f in resources.files("siteselect").joinpath("policies").iterdir() if f.name.endswith(".toml")
    )


def path_of(name_or_path: str, beside: Path) -> Path:
    """A shipped policy's file for its name, else a path taken from the folder `beside`."""
    if name_or_path in shipped():
        return Path(str(resources.files("siteselect").joinpath("policies", f"{name_or_path}.toml")))
    return (beside / name_or_path).resolve()
