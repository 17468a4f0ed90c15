"""What comes from outside, broken in every way, and what it does to the apps.

Every module has a function `case`, which plays one case drawn by a `Random` and returns what went wrong, or None:
the apps must not raise, must not be broken for good, and must be done in bounded time. `tests/test_fuzz.py` plays
a few of each, `python -m benchmarks.fuzz` as many as there is time for.
"""
