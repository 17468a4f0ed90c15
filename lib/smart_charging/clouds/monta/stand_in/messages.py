"""Requests and answers of the stand-in, independent of any HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
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

    @property
    def target(self) -> str:
        """Path and query together."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer; a dict is sent as JSON, a text as HTML."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | str


@dataclass(slots=True)
class LoggedRequest:
    """A request the stand-in has received, for tests to check."""

    request: Request
    at: datetime
    status: int | None = None
    """None while there is no answer, or if there never was one."""

    @property
    def method(self) -> str:
        """GET or POST."""
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


class ErrorAnswerError(Exception):
    """Raised to answer with an error."""

    def __init__(self, status: int, error_code: str, message: str, context: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.context = context


class ConnectionCutError(Exception):
    """Raised to cut the connection instead of answering."""


_STATUS_NAMES = {
    200: "OK",
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_SERVER_ERROR",
}


def envelope(error: ErrorAnswerError) -> Response:
    """An error in Monta's format."""
    return Response(
        status=error.status,
        body={
            "status": _STATUS_NAMES[error.status],
            "message": str(error),
            "readableMessage": None,
            "errorCode": error.error_code,
            "context": error.context,
        },
    )
