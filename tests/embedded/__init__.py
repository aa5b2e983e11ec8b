"""Tests of ``embedded``."""
