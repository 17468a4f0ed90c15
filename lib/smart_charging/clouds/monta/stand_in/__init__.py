"""A stand-in for the Monta cloud, for the demo and for tests: the only part of this project that pretends.

May lean on `aiohttp`.
"""
