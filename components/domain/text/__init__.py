"""PURE: text from outside: cleaned, compared, quoted without secrets. May import: domain."""
