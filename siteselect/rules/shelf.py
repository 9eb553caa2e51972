"""Where rule packs are kept: those that come with the package, those of others, and those that are not at hand."""

import difflib
import tomllib
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from siteselect.errors import ConfigError
from siteselect.policy import first_fault
from siteselect.rules.pack import Pack, PointsPack, TestsPack

ABSENT = "absent.toml"


def shipped() -> list[str]:
    """Names of the rule packs that come with the package."""
    folder = resources.files("siteselect").joinpath("rulepacks")
    return sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml") and f.name != ABSENT)


def absent() -> dict[str, str]:
    """Programmes whose tables are not at hand, and why; they are said to be absent, never guessed."""
    text = resources.files("siteselect").joinpath("rulepacks", ABSENT).read_text(encoding="utf-8")
    return {name: str(why) for name, why in tomllib.loads(text).items()}


def read(name_or_path: str, beside: Path) -> Pack:
    """A shipped pack by its name, or the one in a TOML file found from `beside`; ConfigError says what is wrong."""
    if name_or_path.casefold() in absent():
        raise ConfigError(f"rule pack {name_or_path!r}: {absent()[name_or_path.casefold()]}")
    if name_or_path in shipped():
        path = Path(str(resources.files("siteselect").joinpath("rulepacks", f"{name_or_path}.toml")))
    else:
        path = (beside / name_or_path).resolve()
        if not path.is_file():
            meant = difflib.get_close_matches(name_or_path, shipped(), 1)
            hint = f"did you mean {meant[0]!r}?" if meant else f"those that come with it are {', '.join(shipped())}."
            raise ConfigError(f"there is no rule pack {name_or_path!r}; {hint}")
    return read_file(path)


def read_file(path: Path) -> Pack:
    """The pack in a TOML file; ConfigError names the file, the key and what is wrong with it."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not text in UTF-8; a rule pack is TOML in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not a TOML file ({error}).") from None
    kinds: dict[object, type[PointsPack] | type[TestsPack]] = {"points": PointsPack, "tests": TestsPack}
    kind = said.get("kind")
    if kind not in kinds:
        raise ConfigError(f"{path}: kind is {kind!r}; a rule pack is of kind 'points' or 'tests'.")
    try:
        return kinds[kind].model_validate(said)
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_fault(error)}") from None
