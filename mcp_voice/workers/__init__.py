"""What is asked through a store, carried out by processes that LiveKit's dispatch sends to the rooms.

``carriers`` is the serving side's part, which loads no engine; ``server`` and ``job`` are the worker's.
"""
