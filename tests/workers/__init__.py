"""Asks that workers carry out."""
