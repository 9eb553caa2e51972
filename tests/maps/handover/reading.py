"""What a handed-over PDF holds, as another program reads it."""

import io
from typing import Any

import pikepdf
import pypdf

from maps.handover.legible import BREAK


def text(pdf: bytes) -> str:
    """The words of all pages on one line; the marks at which a long word may break are gone."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    words = " ".join(page.extract_text() for page in pages)
    return " ".join(words.replace(BREAK, "").split())


def pages(pdf: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def elements(pdf: bytes) -> list[dict[str, Any]]:
    """Every element of the structure tree, with its kind, alternative text and language."""
    found: list[dict[str, Any]] = []
    with pikepdf.open(io.BytesIO(pdf)) as book:
        _walk(book.Root.StructTreeRoot.get("/K"), found)
    return found


def _walk(node: Any, found: list[dict[str, Any]]) -> None:
    if isinstance(node, pikepdf.Array):
        for one in node:
            _walk(one, found)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            said = {key: str(node[f"/{key}"]) for key in ("Alt", "Lang") if f"/{key}" in node}
            found.append({"kind": str(node["/S"])[1:], **said})
        _walk(node.get("/K"), found)
