"""Synthetic people in real rooms, for ``doctor``, ``demo``, tests and benchmarks."""
