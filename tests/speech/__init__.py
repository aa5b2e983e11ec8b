"""Tests of ``speech``."""
