"""Tests of ``people``."""
