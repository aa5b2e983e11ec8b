"""Tests of ``turns``."""
