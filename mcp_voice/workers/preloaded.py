"""Imported once by the process from which those of all rooms are forked: what they have in common is read here."""

from __future__ import annotations

from mcp_voice.speech.certificates import read_certificates

__all__: list[str] = []

read_certificates()
