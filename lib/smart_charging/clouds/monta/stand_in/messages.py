"""Monta's errors, beside the requests and answers that all stand-ins have."""

from __future__ import annotations

from smart_charging.clouds.http.stand_in.messages import ConnectionCutError, LoggedRequest, Request, Response

__all__ = ["ConnectionCutError", "ErrorAnswerError", "LoggedRequest", "Request", "Response", "envelope"]


class ErrorAnswerError(Exception):
    """Raised to answer with an error."""

    def __init__(self, status: int, error_code: str, message: str, context: object = None) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.context = context


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
