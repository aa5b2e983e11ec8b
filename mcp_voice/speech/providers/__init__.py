"""What each provider offers: functions ``stt``, ``tts``, ``expect`` and ``shared`` for its row of the catalogue.

The plugins are imported inside the functions: each costs 0.5 to 2 s, and a process uses two of them at most.
"""
