"""The benchmark: `scripts/bench` runs it, docs/benchmarks.md is what it writes."""
