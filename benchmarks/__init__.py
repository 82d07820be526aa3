"""`make bench` = `python -m benchmarks`: ours beside others', in one run, as ratios. See docs/benchmarks.md."""
