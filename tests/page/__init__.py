"""Tests of ``page``."""
