"""Files that nobody has checked -> tables whose every row is accounted for, or one sentence saying why not."""

from siteselect.layers.files.formats import shown_names, sniff
from siteselect.layers.files.located import kept, near, rows
from siteselect.layers.files.text import read_table
from siteselect.layers.files.vector import read_vector

__all__ = ["kept", "near", "read_table", "read_vector", "rows", "shown_names", "sniff"]
