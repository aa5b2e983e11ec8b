"""Tests of ``bounds``."""
