"""Asks that several processes share: who carries one out, how far it is, and what came of it."""
