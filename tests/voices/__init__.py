"""Tests of ``voices``."""
