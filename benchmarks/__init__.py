"""What the README's figures come from. May import: anything.

`python -m benchmarks`: one table, baselines beside ours.
"""
