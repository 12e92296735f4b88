"""Helpers for what torch has no twin of. Their source is carried into ported folders; actzoo does not import them.

A ported folder gets one file, `paddle_twins.py`, with those that it needs and what they stand on: see
`actzoo/port/_twins.py`. What is written here stands alone: torch, NumPy and the standard library.
"""
