"""PURE: values and the rules for them. May import: nothing."""
