"""Requests and answers of a stand-in, independent of the HTTP library that carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request; its path is relative to the base URL, without a leading slash."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    json: object = None
    """The body; a form is an object of texts."""

    @property
    def target(self) -> str:
        """Path and query together."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer; a dict or a list is sent as JSON, a text as HTML."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | Sequence[object] | str
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LoggedRequest:
    """A request the stand-in has received, for tests to check."""

    request: Request
    at: datetime
    status: int | None = None
    """None while there is no answer, or if there never was one."""

    @property
    def method(self) -> str:
        """Such as GET or POST."""
        return self.request.method

    @property
    def path(self) -> str:
        """Relative to the base URL."""
        return self.request.path

    @property
    def query(self) -> Mapping[str, str]:
        """The query parameters."""
        return self.request.query

    @property
    def json(self) -> object:
        """The body."""
        return self.request.json

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ConnectionCutError(Exception):
    """Raised to cut the connection instead of answering."""
