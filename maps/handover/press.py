"""Pages set by typst as tagged PDF (PDF/UA-1): the data go in as data, so that nothing in them is ever read as code.

The fonts are those inside the typesetter's own package; no font, package or network of the machine is asked.  The same
data give the same bytes: the document's date is the analysis day.
"""

import json
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"
STANDARD = "ua-1"


def pdf(template: str, data: dict[str, Any]) -> bytes:
    """The pages of a template (`site`, `memo`, `pair`) as a PDF/UA-1."""
    return bytes(_compiler(template, data).compile(format="pdf", pdf_standards=[STANDARD]))


def count(template: str, data: dict[str, Any]) -> int:
    """How many pages the data fill."""
    found = _compiler(template, data).query("<pages>", field="value", one=True)
    return int(json.loads(found))


def png(template: str, data: dict[str, Any], ppi: float = 80) -> list[bytes]:
    """The same pages as pictures, one a page."""
    made = _compiler(template, data).compile(format="png", ppi=ppi)
    return [bytes(page) for page in made] if isinstance(made, list) else [bytes(made)]


def _compiler(template: str, data: dict[str, Any]) -> Any:
    import typst

    told = json.dumps(data, ensure_ascii=False, allow_nan=False)
    file = str(TEMPLATES / f"{template}.typ")
    return typst.Compiler(file, root=str(TEMPLATES), ignore_system_fonts=True, sys_inputs={"data": told})
