"""HTML from templates that escape by themselves. May import: nothing."""
