"""Tests of ``process``."""
