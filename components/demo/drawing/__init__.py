"""PURE: how the demo gateway draws its pictures. May import: PIL."""
