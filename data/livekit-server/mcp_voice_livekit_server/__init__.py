"""The program livekit-server, in ``bin`` beside this file."""
