"""The tools behind the Model Context Protocol, by its official SDK."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import TextContent, ToolAnnotations
from mcp.types import Tool as OfferedTool

from smart_charging import __version__
from smart_charging.cli.mcp.short import as_text
from smart_charging.cli.mcp.tool import Tool
from smart_charging.errors import UsageError

_ABOUT = (
    "Chargers of electric cars in a home, their plans, prices and costs, and Monta's cloud. Times have a zone. "
    "Read before you act, and name what you are about to change."
)


def server_of(tools: Sequence[Tool]) -> Server[Any, Any]:
    """A server that offers these tools; what a tool refuses is an answer that says so, not an end of the session."""
    server: Server[Any, Any] = Server("smart-charging", version=__version__, instructions=_ABOUT)
    by_name = {tool.name: tool for tool in tools}

    @server.list_tools()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK leaves them out
    async def _offered() -> list[OfferedTool]:
        return [_described(tool) for tool in tools]

    @server.call_tool()  # type: ignore[untyped-decorator]
    async def _called(name: str, arguments: dict[str, Any]) -> list[TextContent]:
        if (tool := by_name.get(name)) is None:
            raise UsageError(f"{name[:60]}: there is no such tool")
        return [TextContent(type="text", text=as_text(await tool.call(arguments)))]

    return server


async def serve_stdio(server: Server[Any, Any]) -> None:
    """Until stdin ends."""
    async with stdio_server() as (requests, answers):
        await server.run(requests, answers, server.create_initialization_options())


def _described(tool: Tool) -> OfferedTool:
    hints = ToolAnnotations(readOnlyHint=not tool.changes_something, openWorldHint=False)
    return OfferedTool(name=tool.name, description=tool.does, inputSchema=tool.schema, annotations=hints)
