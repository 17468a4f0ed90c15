"""What any cloud with an HTTP API needs: logged requests, a quota, a token file, the server's clock.

May lean on `httpx`, `pydantic`, `errors`, `printable`, `files` and `host_clock`.
"""
