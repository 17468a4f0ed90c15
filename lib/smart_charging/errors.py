"""All errors this package raises, grouped by what the caller does next.

ChargingError
├── ConfigError            what the user wrote: say what to write instead, stay idle
├── MissingPackageError    a Python package that is not there: say how to get it, stay idle
├── PriceError             a price source we cannot read: keep the last good prices
│   ├── SeveralSourcesError    the configuration does not say which one to read: ask
│   └── NoPricesError          what is there is no price source at all: say what to write instead
├── UsageError             what a program asks of a cloud that does not exist there: say what does
├── CommandError           a start or stop that is not possible now: tell the person
├── ActionError            an action of Home Assistant that failed: try again later
│   └── NotAdminError          the token may not do this: tell the user once
├── (in demo/)             ProcessError, HomeAssistantError, HomeAssistantUnavailableError: the demo cannot go on
└── CloudError             the charger's cloud
    ├── TransportError     no answer, or a broken one on the way: try again later
    │   └── RateLimitedError   try again at `retry_at`
    ├── AuthError          the credentials themselves are refused: tell the user
    ├── NotPermittedError  the credentials are good but may not do this: tell the user once
    ├── NotFoundError      no such charge or charge point (any more)
    ├── NoWalletError      it is not clear whose wallet, or it is not to be seen: show none
    ├── RefusedError       understood, and nothing was done: the request does not fit the state of things
    └── ResponseError      an answer that breaks the cloud's own rules: file a bug
"""

from __future__ import annotations

from datetime import datetime


class ChargingError(Exception):
    """Anything this package raises on purpose."""


class ConfigError(ChargingError):
    """The user's configuration cannot be used as written."""


class MissingPackageError(ChargingError):
    """A Python package is neither installed nor to be had."""


class PriceError(ChargingError):
    """A price source holds nothing that can be read as prices."""


class SeveralSourcesError(PriceError):
    """More than one price source was found, and the configuration names none of them."""


class NoPricesError(PriceError):
    """A source was read, and nothing in it looks like prices."""

    def __init__(self, message: str, *, says_what_to_write: bool = False) -> None:
        super().__init__(message)
        self.says_what_to_write = says_what_to_write
        """Whether the message names another source."""

    def told_of(self, name: str) -> NoPricesError:
        """The same with the source's name in front."""
        return NoPricesError(f"{name}: {self}", says_what_to_write=self.says_what_to_write)


class UsageError(ChargingError):
    """A request that the cloud does not have, or with other parameters than it takes; nothing was sent."""


class CommandError(ChargingError):
    """A start or stop that is not possible now."""


class ActionError(ChargingError):
    """An action of Home Assistant failed, or Home Assistant is away."""

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        """Home Assistant's error code, such as `empty_response`; None where it gives none."""


class NotAdminError(ActionError):
    """AppDaemon's token for Home Assistant is not an administrator's, so that it may not do this."""


class CloudError(ChargingError):
    """The charger's cloud did not do as asked."""


class TransportError(CloudError):
    """No usable answer: network, time-out, or a failing server."""


class RateLimitedError(TransportError):
    """The quota is used up; nothing was done."""

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        """Aware, UTC; earlier requests are refused too."""


class AuthError(CloudError):
    """The cloud refuses the login."""

    says_what_to_do = False
    """Whether the message is more to the point than the cloud's `login_hint`."""


class NotPermittedError(CloudError):
    """The login is good, but its scopes or teams do not allow this; a new token would not help."""


class NotFoundError(CloudError):
    """The cloud does not know the thing asked for."""


class NoWalletError(CloudError):
    """The account has no wallet that could be shown; the message says why."""


class RefusedError(CloudError):
    """The cloud understood and did nothing: a start on a charger that already charges, for one."""


class ResponseError(CloudError):
    """The answer is not what the cloud documents; whether it acted is not known."""
