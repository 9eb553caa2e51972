"""Which public site is best placed for homes, and why."""
