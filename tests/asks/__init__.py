"""Tests of ``asks``."""
