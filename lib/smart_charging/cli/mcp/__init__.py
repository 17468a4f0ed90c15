"""Offer chargers, plans and Monta's operations as tools to a language model, by the Model Context Protocol.

May lean on `mcp`, `starlette`, `uvicorn`, `httpx`, `cli`, `clouds.monta_partner`,
`services.home_assistant`, `mode`, `errors`, `files` and `__init__`, the version.
"""

from smart_charging.cli.mcp.command import add_arguments, run

__all__ = ["add_arguments", "run"]
