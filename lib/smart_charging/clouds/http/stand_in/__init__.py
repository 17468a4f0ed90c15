"""What the stand-ins of all HTTP clouds share: requests, answers, and a server on loopback.

May lean on `aiohttp`.
"""
