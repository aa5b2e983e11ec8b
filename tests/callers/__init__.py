"""Tests of ``callers``."""
