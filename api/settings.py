"""What the server is told from outside: the only reader of the environment."""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The server's settings; each may be set as HOMEGROUND_NAME, and the command line wins.

    `data`: a run's folder, or a folder with exactly one; `store`: the URL of the housing store, by default
    resources.sqlite in the run's folder; `as_of`: a fixed instant with its zone instead of now; `time_zone`: the zone
    in which clock times are shown.
    """

    model_config = SettingsConfigDict(env_prefix="HOMEGROUND_", frozen=True, extra="ignore")

    data: Path = Path("data/processed/demo")
    store: str | None = None
    as_of: AwareDatetime | None = None
    time_zone: str = "America/Los_Angeles"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)

    @field_validator("time_zone")
    @classmethod
    def _a_zone_we_know(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{name!r} is not a time zone; write it as America/Los_Angeles") from None
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the place."""
        return ZoneInfo(self.time_zone)
