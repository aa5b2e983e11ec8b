"""Tests of the join page in a real browser."""
