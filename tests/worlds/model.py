"""What a language model gets for a call of a tool, by the protocol's own client."""

from __future__ import annotations

import json
from typing import Any

from mcp import ClientSession
from mcp.types import CallToolResult, TextContent


async def answer_of(client: ClientSession, tool: str, **arguments: Any) -> Any:
    answer = await client.call_tool(tool, arguments)
    assert not answer.isError, _text_of(answer)
    return json.loads(_text_of(answer))


async def refusal_of(client: ClientSession, tool: str, **arguments: Any) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.isError
    return _text_of(answer)


def _text_of(answer: CallToolResult) -> str:
    [content] = answer.content
    assert isinstance(content, TextContent)
    return content.text
