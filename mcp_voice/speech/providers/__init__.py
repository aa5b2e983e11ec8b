"""A file for each provider: what it offers for speech to text (``STT_OFFER``) and text to speech (``TTS_OFFER``).

The plugins are imported inside the functions: each costs 0.5 to 2 s, and a process uses two of them at most.
"""
