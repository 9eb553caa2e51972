"""Every message that the code and the templates say; run as a program it writes maps/locale/messages.pot anew."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

ROOT = Path(__file__).parents[2]
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
PYTHON = {"say": None, "count": (1, 2), "N_": None}
PAGES = {"_": None, "n_": (1, 2)}


def extracted() -> Catalog:
    """The messages with the files they stand in."""
    catalog = Catalog(project="homeground", charset="utf-8", fuzzy=False)
    for room in ("maps", "api"):
        for path in sorted((ROOT / room).rglob("*.py")):
            _add(catalog, path, "python", PYTHON)
        for path in sorted((ROOT / room).rglob("*.html")):
            _add(catalog, path, "jinja2.ext:babel_extract", PAGES)
    return catalog


def _add(catalog: Catalog, path: Path, method: str, keywords: dict[str, object]) -> None:
    where = path.relative_to(ROOT).as_posix()
    for _, message, _, _ in extract_from_file(method, path, keywords=keywords):
        if message:
            # no line numbers: they would change the file whenever a line moves
            catalog.add(message, locations=[(where, 0)])


def write(path: Path, catalog: Catalog, header: str) -> None:
    """A .po or .pot file with a header that does not change from day to day."""
    body = io.BytesIO()
    write_po(body, catalog, omit_header=True, include_lineno=False, sort_output=True, width=0)
    path.write_text(header + body.getvalue().decode("utf-8").strip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(ROOT / "maps" / "locale" / "messages.pot", extracted(), HEADER)
