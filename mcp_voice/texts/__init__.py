"""Texts as people read, hear or send them: made safe to show, or worded plainly."""
