"""A file for each provider of language models, with its offer.

The plugins are imported inside the functions: each costs 0.3 to 1 s, and a process uses one or two of them.
"""
