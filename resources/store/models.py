"""The tables, once for both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import shapely
from sqlalchemy import (
    CheckConstraint,
    Connection,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    String,
    Table,
    event,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from resources.store.point import PointGeog

EDITION = 1


class Instant(TypeDecorator[dt.datetime]):
    """A moment with its zone; kept in UTC, refused without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """To UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        """From UTC; SQLite forgets the zone."""
        if value is None:
            return None
        moment: dt.datetime = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC)


class Base(DeclarativeBase):
    """The base of all tables."""


class Edition(Base):
    """Which shape of tables this store has; one row."""

    __tablename__ = "resources_edition"
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Organization(Base):
    """Who runs programmes."""

    __tablename__ = "organization"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str]


class Location(Base):
    """A place where programmes are; `margin_m` is how far the real place may be from the point, None if unknown."""

    __tablename__ = "location"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str | None]
    city: Mapped[str | None]
    zip: Mapped[str | None]
    precision: Mapped[str]
    point: Mapped[shapely.Point | None] = mapped_column(PointGeog)
    margin_m: Mapped[float | None]
    source: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("precision IN ('address', 'street', 'place', 'none')", name="location_precision"),
        CheckConstraint("(precision = 'none') = (point IS NULL)", name="location_point_or_none"),
        Index("ix_location_point", "point", postgresql_using="gist").ddl_if(dialect="postgresql"),
    )


class Program(Base):
    """One programme (HUD: project), in the edition of the inventory that spoke of it last.

    `kind`, `location_id` and `office` follow from what was filed and from the address tables; they are worked out anew
    after every load.
    """

    __tablename__ = "program"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    organization_id: Mapped[str] = mapped_column(ForeignKey("organization.id"))
    filed_row: Mapped[str | None]
    name: Mapped[str]
    project_type: Mapped[str] = mapped_column(String(3))
    bed_type: Mapped[str | None]
    housing_type: Mapped[str | None]
    inventory_type: Mapped[str | None]
    confidential: Mapped[bool]
    tenant_based: Mapped[bool]
    filed_at_office: Mapped[bool]
    closed: Mapped[bool]
    populations: Mapped[str]
    edition_year: Mapped[int | None]
    source: Mapped[str]
    source_date: Mapped[dt.date | None] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(default="home")
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    office: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("kind IN ('bed', 'home', 'voucher', 'closed')", name="program_kind"),
        CheckConstraint("NOT confidential OR (location_id IS NULL AND office IS NULL)", name="confidential_is_nowhere"),
        Index("ix_program_location", "location_id"),
    )


class Filing(Base):
    """The address as the inventory files it; a confidential programme has no row here."""

    __tablename__ = "filing"
    program_id: Mapped[str] = mapped_column(ForeignKey("program.id"), primary_key=True)
    address: Mapped[str | None]
    city: Mapped[str | None]
    zip: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    precision: Mapped[str | None]
    margin_m: Mapped[float | None]
    source: Mapped[str | None]


class Beds(Base):
    """The beds of a programme as filed; a missing number is unknown."""

    __tablename__ = "bed_inventory"
    program_id: Mapped[str] = mapped_column(ForeignKey("program.id"), primary_key=True)
    family_beds: Mapped[int | None]
    family_units: Mapped[int | None]
    adult_beds: Mapped[int | None]
    child_beds: Mapped[int | None]
    seasonal_beds: Mapped[int | None]
    overflow_beds: Mapped[int | None]
    total_beds: Mapped[int | None]
    season_start: Mapped[dt.date | None] = mapped_column(Date)
    season_end: Mapped[dt.date | None] = mapped_column(Date)


class Count(Base):
    """People and beds counted once, and for how long that may be believed."""

    __tablename__ = "count_observation"
    program_id: Mapped[str] = mapped_column(ForeignKey("program.id"), primary_key=True)
    night: Mapped[str] = mapped_column(primary_key=True)
    counted_on: Mapped[dt.date | None] = mapped_column(Date)
    starts_at: Mapped[dt.datetime | None] = mapped_column(Instant)
    good_for_hours: Mapped[float]
    people: Mapped[int | None]
    beds: Mapped[int | None]
    source: Mapped[str]
    reported_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("people >= 0", name="count_people"),
        CheckConstraint("beds >= 0", name="count_beds"),
        CheckConstraint("good_for_hours > 0", name="count_good_for"),
    )


class Address(Base):
    """One address with its point, taken apart for matching; `id` is a digest of the row."""

    __tablename__ = "address"
    id: Mapped[str] = mapped_column(String(24), primary_key=True)
    number: Mapped[str]
    street: Mapped[str]
    unit: Mapped[str | None]
    city: Mapped[str | None]
    zip: Mapped[str | None]
    street_core: Mapped[str]
    street_type: Mapped[str]
    street_heading: Mapped[str]
    city_key: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    source: Mapped[str]
    __table_args__ = (Index("ix_address_street", "street_core", "city_key"),)


class Town(Base):
    """A town's name as the address tables write it, so that a typed line can be taken apart without reading them."""

    __tablename__ = "address_town"
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Place(Base):
    """One named place of a gazetteer."""

    __tablename__ = "gazetteer_place"
    name_key: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    lon: Mapped[float] = mapped_column(primary_key=True)
    lat: Mapped[float] = mapped_column(primary_key=True)
    radius_m: Mapped[float | None]
    source: Mapped[str]


class Office(Base):
    """An address where an agency works and nobody sleeps.

    `inventory_rows` names the inventory's own row numbers, with spaces between, when only those are filed there for
    help that is elsewhere; without it that holds for whatever is filed at the address.
    """

    __tablename__ = "office"
    key: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    city: Mapped[str | None]
    what: Mapped[str | None]
    inventory_rows: Mapped[str | None]
    source: Mapped[str | None]


def _keep_rtree(table: Table, connection: Connection, **_: Any) -> None:
    """Gives SQLite the R*Tree beside the table, kept by three triggers."""
    if connection.dialect.name != "sqlite":
        return
    put = (
        "INSERT OR REPLACE INTO location_rtree SELECT NEW.id, wkb_x(NEW.point), wkb_x(NEW.point), wkb_y(NEW.point),"
        " wkb_y(NEW.point) WHERE NEW.point IS NOT NULL"
    )
    take = "DELETE FROM location_rtree WHERE id = OLD.id"
    for statement in (
        "CREATE VIRTUAL TABLE location_rtree USING rtree(id, minx, maxx, miny, maxy)",
        f"CREATE TRIGGER location_put AFTER INSERT ON location BEGIN {put}; END",
        f"CREATE TRIGGER location_move AFTER UPDATE OF point ON location BEGIN {take}; {put}; END",
        f"CREATE TRIGGER location_take AFTER DELETE ON location BEGIN {take}; END",
    ):
        connection.execute(text(statement))


event.listen(Location.__table__, "after_create", _keep_rtree)
