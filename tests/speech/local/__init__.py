"""Tests of ``speech.local``."""
