"""Is a JSON text whole?  Told by its brackets, without taking it apart."""

import re

_OTHERS = bytes(set(range(256)) - set(b'"{}[]'))


class Brackets:
    """Counts the brackets of a JSON text that comes in pieces, those inside its strings left out."""

    def __init__(self) -> None:
        self._depth = 0
        self._inside = False  # a string
        self._escape = b""
        self._seen = False

    def read(self, piece: bytes) -> None:
        """The next piece."""
        piece = self._escape + piece
        self._escape = b""
        if b"\\" in piece:
            piece = re.sub(rb"\\.", b"", piece, flags=re.S)
            if piece.endswith(b"\\"):
                piece, self._escape = piece[:-1], b"\\"
        parts = piece.translate(None, _OTHERS).split(b'"')
        outside = b"".join(parts[1 if self._inside else 0 :: 2])
        self._inside ^= len(parts) % 2 == 0
        opened = outside.count(b"{") + outside.count(b"[")
        self._seen = self._seen or opened > 0
        self._depth += opened - outside.count(b"}") - outside.count(b"]")

    @property
    def closed(self) -> bool:
        """Every bracket that was opened is closed, and there was one."""
        return self._seen and not self._depth and not self._inside
