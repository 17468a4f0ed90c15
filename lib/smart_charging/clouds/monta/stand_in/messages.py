"""Requests and answers of the stand-in, free of any HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came in; the path is below the base URL, without a slash in front."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    json: object = None

    @property
    def target(self) -> str:
        """Path and query in one."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What goes out; a dict is sent as JSON, a text as HTML."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | str


@dataclass(slots=True)
class LoggedRequest:
    """One line of the stand-in's memory."""

    request: Request
    at: datetime
    status: int | None = None
    """None while, or because, no answer went out."""

    @property
    def method(self) -> str:
        """GET or POST."""
        return self.request.method

    @property
    def path(self) -> str:
        """Below the base URL."""
        return self.request.path

    @property
    def query(self) -> Mapping[str, str]:
        """What follows the question mark."""
        return self.request.query

    @property
    def json(self) -> object:
        """The body."""
        return self.request.json

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ErrorAnswerError(Exception):
    """An answer other than success, on its way out."""

    def __init__(self, status: int, error_code: str, message: str, context: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.context = context


class ConnectionCutError(Exception):
    """The line goes dead instead of an answer."""


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
    """Wrap an error as Monta does."""
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
