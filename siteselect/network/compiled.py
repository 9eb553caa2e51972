"""Functions compiled to machine code on their first call: see siteselect/compiled.py."""

from siteselect.compiled import kernel

__all__ = ["kernel"]
