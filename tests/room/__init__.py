"""Tests of ``room``."""
