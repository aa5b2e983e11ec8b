"""One local stack for those who download a model once: Piper's voices, and Moonshine's streaming recogniser."""
