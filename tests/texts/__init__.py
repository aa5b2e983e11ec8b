"""Tests of ``texts``."""
