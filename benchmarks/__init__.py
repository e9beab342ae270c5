"""What the README's figures come from: `python -m benchmarks`, one table, baselines beside ours."""
