"""Tests of the offline ears."""
