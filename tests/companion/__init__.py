"""The companion: alone, and in real rooms."""
