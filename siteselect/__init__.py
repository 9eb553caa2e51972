"""Which public site is best placed for homes, and why."""

__version__ = "0.1.0"
