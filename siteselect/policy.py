"""What we value: criteria and gates as data, read from a policy file."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from siteselect.errors import ConfigError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Number = Annotated[float, Field(allow_inf_nan=False)]
Worth = Annotated[float, Field(ge=0, le=1)]
GROUPS = ("transit", "services", "land", "hazards", "people")


class Criterion(_Strict):
    """One thing that is valued: a measure, what its values are worth (0 to 1), its weight, and why.

    What a value is worth is given in one of three ways, always in the unit that ends the measure's name: `full` and
    `none`, a line between the value that earns everything and the one that earns nothing (full below none: less is
    better); `curve`, the corners (value, worth) of a broken line that only rises or only falls; `at_most` or
    `at_least`, thresholds (value, worth) with the best first, of which the first that is kept counts, else nothing.
    """

    id: str
    label: str
    label_es: str
    group: Literal["transit", "services", "land", "hazards", "people"]
    measure: str
    full: Number | None = None
    none: Number | None = None
    curve: tuple[tuple[Number, Worth], ...] = ()
    at_most: tuple[tuple[Number, Worth], ...] = ()
    at_least: tuple[tuple[Number, Worth], ...] = ()
    weight: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
    why: str
    why_es: str
    citation: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        line = self.full is not None and self.none is not None
        half = (self.full is None) != (self.none is None)
        if half or sum(map(bool, (line, self.curve, self.at_most, self.at_least))) != 1:
            raise ValueError(f"criterion {self.id!r}: give one of: full and none, curve, at_most, at_least")
        if line and self.full == self.none:
            raise ValueError(f"criterion {self.id!r}: full and none are both {self.full:g}; they must differ")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for way, sign in (("curve", 1), ("at_most", 1), ("at_least", -1)):
            corners = getattr(self, way)
            values = [sign * x for x, _ in corners]
            worths = [w for _, w in corners]
            if values != sorted(set(values)):
                raise ValueError(f"criterion {self.id!r}: the values of {way} must {'rise' if sign > 0 else 'fall'}")
            if worths not in (sorted(worths), sorted(worths, reverse=True)) or len(set(worths)) < len(worths[:2]):
                raise ValueError(f"criterion {self.id!r}: the worths of {way} must only rise or only fall")
            if way != "curve" and corners and (worths != sorted(worths, reverse=True) or worths[-1] == 0):
                raise ValueError(f"criterion {self.id!r}: {way} begins with the best and names no worth of 0")
        if len(self.curve) == 1:
            raise ValueError(f"criterion {self.id!r}: a curve has two corners at least")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """The value from which on it earns the most, and the one from which on the least."""
        if self.full is not None and self.none is not None:
            return self.full, self.none
        steps = self.at_most or self.at_least
        if steps:
            return steps[0][0], steps[-1][0]
        rising = self.curve[-1][1] > self.curve[0][1]
        corners = self.curve if rising else self.curve[::-1]
        most, least = corners[-1][1], corners[0][1]
        return next(x for x, w in corners if w == most), [x for x, w in corners if w == least][-1]


class Gate(_Strict):
    """A hard exclusion, apart from the score: what a field must or must not say, or a share from which one is out.

    A gate that is not `on` excludes nothing; a run may switch it (`switched`).
    """

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
    on: bool = True

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
    changed: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [c.id for c in self.criteria]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"criterion {twice[0]!r} stands twice; give each its own id")
        taken = sorted(set(ids) & set(GROUPS))
        if taken:
            raise ValueError(f"criterion {taken[0]!r} has the name of a group; give it another id")
        if not any(c.weight for c in self.criteria):
            raise ValueError("every weight is 0; one of them must be more")
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


def changed(policy: Policy, changes: Iterable[str]) -> Policy:
    """The policy with other weights; `changed` lists what was changed, in the words given, brought to one form.

    A change names a criterion or a group, and a weight (`grocery=20`) or a factor (`services=x2`); a colon does for the
    equals sign.  ConfigError says what cannot be meant.
    """
    weights = {c.id: c.weight for c in policy.criteria}
    told = list(policy.changed)
    for change in changes:
        name, value = _change(change)
        meant = [c.id for c in policy.criteria if name in (c.id, c.group)]
        if not meant:
            known = [*dict.fromkeys(c.group for c in policy.criteria), *weights]
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known)}."
            raise ConfigError(f"weight {change!r}: the policy has no criterion or group {name!r}; {hint}")
        factor = value.startswith("x")
        if name not in weights and not factor:
            raise ConfigError(f"weight {change!r}: {name!r} is a group; give it a factor, such as {name}=x2.")
        number = float(value.removeprefix("x"))
        weights |= {i: weights[i] * number if factor else number for i in meant}
        told.append(f"{name}={'x' * factor}{number:g}")
    criteria = tuple(c.model_copy(update={"weight": weights[c.id]}) for c in policy.criteria)
    try:
        return Policy.model_validate({**policy.model_dump(), "criteria": [c.model_dump() for c in criteria],
                                      "changed": told})  # fmt: skip
    except ValidationError as error:
        raise ConfigError(f"the changed weights: {first_fault(error)}") from None


def switched(policy: Policy, switches: Iterable[str]) -> Policy:
    """The policy with gates switched, such as `unincorporated=on`; `changed` lists what was.

    ConfigError says what cannot be meant.
    """
    on = {g.id: g.on for g in policy.gates}
    told = list(policy.changed)
    for switch in switches:
        name, _, state = switch.replace(":", "=").partition("=")
        if name not in on or state not in ("on", "off"):
            raise ConfigError(f"gate {switch[:60]!r}: write one of {', '.join(on)}, and =on or =off.")
        on[name] = state == "on"
        told.append(f"{name}={state}")
    gates = tuple(g.model_copy(update={"on": on[g.id]}) for g in policy.gates)
    return policy.model_copy(update={"gates": gates, "changed": tuple(told)})


def _change(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"\s*([a-z0-9-]+)\s*[=:]\s*(x?)(\d{1,7}(?:\.\d{1,6})?)\s*", text)
    if found is None:
        raise ConfigError(
            f"weight {text[:60]!r}: write a criterion and its weight, grocery=20, or a factor, services=x2."
        )
    return found[1], found[2] + found[3]


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
