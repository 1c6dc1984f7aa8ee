"""What several benchmarks need; none is a benchmark itself."""
