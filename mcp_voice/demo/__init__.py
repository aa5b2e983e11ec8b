"""The main job, to see and hear: a question spoken in a room, heard, answered, and returned as a tool's result."""

from mcp_voice.demo.person import ask_a_person
from mcp_voice.demo.show import show

__all__ = ["ask_a_person", "show"]
