"""Tests of ``words``."""
