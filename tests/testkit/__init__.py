"""Tests of ``testkit``."""
