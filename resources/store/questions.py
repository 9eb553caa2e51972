"""What a search asks of the store, one statement a function; every value is a parameter."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, Select, false, func, literal, null, or_, select
from sqlalchemy.orm import Session

from resources.records import Bed, Held, Observation
from resources.store.models import Beds, Count, Filing, Location, Organization, Program
from resources.store.point import box, metres, near


def programs(session: Session, lon: float | None, lat: float | None, radius_m: float | None = None) -> list[Held]:
    """Every listed programme with its distance in metres from a point, or only the located ones within a radius.

    With a radius, confidential programmes are given too: no radius may include or exclude them.  The radius is answered
    by the location's spatial index (GiST, or the R*Tree), the rest by primary keys.
    """
    question = _held(lon, lat)
    if lon is not None and lat is not None and radius_m is not None:
        within = near(Location.point, Location.id, lon, lat, radius_m, *box(lon, lat, radius_m))
        inside = select(Location.id).where(within)
        question = question.where(or_(Program.location_id.in_(inside), Program.confidential))
    newest = select(func.max(Program.edition_year)).scalar_subquery()
    question = question.where(or_(Program.edition_year.is_(None), Program.edition_year == newest))
    return [_as_held(row) for row in session.execute(question.order_by(Program.id))]


def unplaced(session: Session) -> list[Held]:
    """Every listed programme without a point that is not confidential: what a radius cannot speak of."""
    newest = select(func.max(Program.edition_year)).scalar_subquery()
    question = (
        _held(None, None)
        .where(Location.point.is_(None), Program.confidential.is_(False))
        .where(or_(Program.edition_year.is_(None), Program.edition_year == newest))
    )
    return [_as_held(row) for row in session.execute(question)]


def program(session: Session, program_id: str) -> Held | None:
    """One programme, listed or not; answered by its primary key."""
    row = session.execute(_held(None, None).where(Program.id == program_id)).one_or_none()
    return _as_held(row) if row else None


def counts(session: Session, program_ids: Collection[str]) -> dict[str, list[Observation]]:
    """Every count of some programmes, oldest first; answered by the primary key."""
    question = select(*Count.__table__.columns).order_by(Count.program_id, Count.starts_at, Count.night)
    if len(program_ids) <= 500:  # more are read whole: a list of thousands of ids is slower than the table
        question = question.where(Count.program_id.in_(program_ids))
    found: dict[str, list[Observation]] = {}
    for row in session.execute(question):
        found.setdefault(row.program_id, []).append(Observation(**row._mapping))
    return found


def bed_rows(session: Session) -> list[Row[Any]]:
    """For each listed programme that is open or was: id, project_type, edition_year and its filed beds."""
    newest = select(func.max(Program.edition_year)).scalar_subquery()
    return list(
        session.execute(
            select(
                Program.id, Program.project_type, Program.edition_year,
                Beds.family_beds, Beds.adult_beds, Beds.child_beds, Beds.seasonal_beds,
            )
            .join(Beds, Beds.program_id == Program.id, isouter=True)
            .where(or_(Program.edition_year.is_(None), Program.edition_year == newest))
            .where(func.coalesce(Program.inventory_type, "") != "U")
        )
    )  # fmt: skip


def _held(lon: float | None, lat: float | None) -> Select[*tuple[Any, ...]]:
    newest = select(func.max(Program.edition_year)).scalar_subquery()
    distance = null() if lon is None or lat is None else metres(Location.point, lon, lat)
    return (
        select(
            Program.id, Program.name, Organization.name.label("organization"), Program.project_type, Program.kind,
            Program.confidential, (func.coalesce(Program.inventory_type, "") == "U").label("under_development"),
            or_(Program.edition_year.is_(None), Program.edition_year == newest, false()).label("listed"),
            Program.edition_year, Program.populations, Program.source, Program.source_date, Program.office,
            Filing.zip.label("filed_zip"),
            Beds.family_beds, Beds.family_units, Beds.adult_beds, Beds.child_beds, Beds.seasonal_beds,
            Beds.overflow_beds, Beds.total_beds, Beds.season_start, Beds.season_end,
            Location.address, Location.city, Location.zip,
            func.coalesce(Location.precision, literal("none")).label("precision"),
            Location.source.label("location_source"), Location.point, Location.margin_m, distance.label("distance_m"),
        )
        .join(Organization, Organization.id == Program.organization_id)
        .join(Beds, Beds.program_id == Program.id, isouter=True)
        .join(Filing, Filing.program_id == Program.id, isouter=True)
        .join(Location, Location.id == Program.location_id, isouter=True)
    )  # fmt: skip


_BED = tuple(Bed.__dataclass_fields__)


def _as_held(row: Row[Any]) -> Held:
    point = row.point
    return Held(
        id=row.id, name=row.name, organization=row.organization, project_type=row.project_type, kind=row.kind,
        confidential=bool(row.confidential), under_development=bool(row.under_development), listed=bool(row.listed),
        edition_year=row.edition_year, populations=tuple(p for p in row.populations.split(",") if p),
        source=row.source, source_date=row.source_date, office=row.office,
        beds=Bed(**{name: getattr(row, name) for name in _BED}),
        address=row.address, city=row.city, zip=row.zip or (None if row.office else row.filed_zip),
        precision=row.precision, location_source=row.location_source,
        lon=None if point is None else point.x, lat=None if point is None else point.y,
        margin_m=row.margin_m, distance_m=row.distance_m,
    )  # fmt: skip
