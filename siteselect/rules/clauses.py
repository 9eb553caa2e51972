"""The clauses that tests are made of: what each may say in a rule pack."""

from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Standing = Literal["law", "local policy"]


def _written(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f'write the distance as text, such as "1/2", not {value!r}')
    return value


def _above_zero(value: Fraction) -> Fraction:
    if value <= 0:
        raise ValueError(f"a distance of {value} cannot be meant")
    return value


Length = Annotated[Fraction, BeforeValidator(_written), AfterValidator(_above_zero)]


class _Base(BaseModel):
    """What every clause says: its own words for the rule, where the rule stands, and whether it is a test by itself.

    `standing` is law, or a local policy that somebody chose; `shown` clauses are tests in the answer, the others parts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str = ""
    citation: str
    text: str
    standing: Standing = "law"
    shown: bool = False


class OfFact(_Base):
    """A fact about the project or site; above `at_most`, up to `conditional_to`, it passes on condition."""

    kind: Literal["fact"]
    fact: str
    equals: bool | str | None = None
    at_least: float | None = None
    at_most: float | None = None
    conditional_to: float | None = None
    remedy: str = ""

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if sum(v is not None for v in (self.equals, self.at_least, self.at_most)) != 1:
            raise ValueError(f"clause {self.id!r}: give one of equals, at_least and at_most")
        if self.conditional_to is not None and (self.at_most is None or self.conditional_to < self.at_most):
            raise ValueError(f"clause {self.id!r}: conditional_to stands with at_most and is no less")
        return self

    def holds(self, value: Any) -> bool | None:
        """Whether the fact passes; None where it is not known."""
        if value is None:
            return None
        if self.equals is not None:
            return bool(value == self.equals)
        return bool(value >= self.at_least) if self.at_least is not None else bool(value <= (self.at_most or 0.0))


class OfField(_Base):
    """A column of the site's own record; `acres_at_most` is about its area."""

    kind: Literal["field"]
    field: str = "owner"
    one_of: tuple[str, ...] = ()
    acres_at_most: float | None = None


class Near(_Base):
    """Within a distance of a stop of a kind, or of an amenity of some kinds: in a straight line, or walking."""

    kind: Literal["near"]
    of: tuple[str, ...]
    within_mi: Length
    rural_mi: Length | None = None
    method: Literal["straight line", "walking"]


class Away(_Base):
    """At least a distance from the areas, lines or points of a zone."""

    kind: Literal["away"]
    zone: str
    at_least_ft: Length
    otherwise: Literal["fail", "conditional"] = "fail"
    remedy: str = ""


class Group(BaseModel):
    """One kind of amenity that a count may count; `also` are narrower kinds, whose lists stand for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kinds: tuple[str, ...]
    also: tuple[str, ...] = ()
    within_mi: Length
    rural_mi: Length | None = None


class Count(_Base):
    """At least so many amenities of the groups; each group is one kind."""

    kind: Literal["count"]
    at_least: int
    groups: tuple[Group, ...]


class AreaShare(_Base):
    """No more than a share of the site's area lies farther than a distance from a stop of a kind."""

    kind: Literal["area-share"]
    of: tuple[str, ...]
    within_mi: Length
    farther_share_most: Annotated[float, Field(ge=0, lt=1)]


class Outside(_Base):
    """No part of the site lies in a zone; `inside` says what it means when one does, `remedy` how it may still pass."""

    kind: Literal["outside"]
    zone: str
    inside: Literal["fail", "conditional"]
    remedy: str = ""


class Inside(_Base):
    """The whole site lies in a zone."""

    kind: Literal["inside"]
    zone: str


class Figure(_Base):
    """A measured figure of the site: passes up to one value, on condition up to another, fails above."""

    kind: Literal["figure"]
    figure: str
    pass_to: float
    conditional_to: float | None = None
    remedy: str = ""


class Counties(_Base):
    """A rule for some counties only: it does not apply to the others."""

    kind: Literal["counties"]
    one_of: tuple[str, ...]
    because: str


class Joined(_Base):
    """All or any of clauses that stand above."""

    kind: Literal["all", "any"]
    of: Annotated[tuple[str, ...], Field(min_length=1)]


Clause = Annotated[
    OfFact | OfField | Near | Away | Count | AreaShare | Outside | Inside | Figure | Counties | Joined,
    Field(discriminator="kind"),
]
