"""The join page: how one person comes into a room by a browser.

``codes`` and ``sessions`` decide who may, ``joining`` lets them in, ``site`` speaks HTTP, ``serving`` runs it.
"""
