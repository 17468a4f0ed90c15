"""What every cloud has to implement, and abilities that only some clouds have.

Every cloud implements `ChargerCloud`. Every other Protocol here is an ability: callers check for it
with `isinstance`, and its entities exist only where the cloud has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from smart_charging.charger import Charge, Charger
from smart_charging.clouds.consumption import Consumption
from smart_charging.clouds.link import Account, Link
from smart_charging.clouds.wallet import Wallet
from smart_charging.clouds.words import CloudWords


class ChargerCloud(Protocol):
    """One account's chargers; all times in the answers are aware and in UTC.

    Ids are opaque text outside the cloud's own folder. Every method may raise any `CloudError`.
    """

    @property
    def words(self) -> CloudWords:
        """What the cloud is called."""
        ...

    async def chargers(self) -> Sequence[Charger]:
        """Read all chargers of the account, each with its latest charges."""
        ...

    async def charger(self, charger_id: str) -> Charger:
        """Read one charger."""
        ...

    async def start(self, charger_id: str) -> Charge | None:
        """Start a charge; returning means that the cloud accepted it, not that current flows.

        None where the cloud's answer does not describe the charge: it will show up among the charger's charges.
        """
        ...

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge | None:
        """Stop a charge; the charge in the answer may still be running, and None means the answer has no charge.

        Args:
            charge_id: The id the cloud last gave. None only while the cloud does not list the charge we have
                just started yet: stopping whatever runs on a charger could end a guest's charge.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections; running charges continue."""
        ...


@runtime_checkable
class TellsCharges(Protocol):
    """A cloud that can read one charge by its id."""

    async def charge(self, charge_id: str) -> Charge:
        """Read one charge; may raise any `CloudError`."""
        ...


@runtime_checkable
class TellsConsumption(Protocol):
    """A cloud that tells afterwards how a charge was spread over time."""

    async def consumption(self, charge_id: str) -> Consumption:
        """Read that of a charge that is over; nobody waits for it, so commands and reads of the chargers go first.

        May raise any `CloudError`, `RateLimitedError` while there is no quota to spare.
        """
        ...


@runtime_checkable
class HasLink(Protocol):
    """A cloud that reports the state of its connection."""

    @property
    def link(self) -> Link:
        """The state of the connection now."""
        ...


@runtime_checkable
class HasPace(Protocol):
    """A cloud that decides itself how often it is read, without a quota."""

    def pace(self, rest: timedelta) -> timedelta:
        """The time until the next read; `rest` is what the chargers' states ask for."""
        ...


@runtime_checkable
class HasQuota(HasLink, Protocol):
    """A cloud with a request quota."""

    def plan(self, rest: timedelta) -> timedelta:
        """Reserve quota for reading the chargers at this interval, ahead of less urgent requests.

        Returns the interval that the quota allows, which may be longer.
        """
        ...


@runtime_checkable
class HasWallet(Protocol):
    """A cloud with a wallet."""

    async def wallet(self, *, transactions: int) -> Wallet:
        """Read the account's wallet with that many of its latest transactions; may raise any `CloudError`.

        Raises:
            NoWalletError: It is not clear which wallet that is, or it is not to be seen: there is nothing to show.
        """
        ...


@runtime_checkable
class HasAccount(Protocol):
    """A cloud that reports what the credentials may do."""

    async def account(self) -> Account:
        """Read what the credentials may do; may raise any `CloudError`."""
        ...


@runtime_checkable
class SetsCurrent(Protocol):
    """A cloud that sets the current per phase, within the charger's `min_current_a` and `max_current_a`."""

    @property
    def sets_current_at_once(self) -> bool:
        """Whether a new current applies to a running charge; otherwise to the next start."""
        ...

    async def set_current(self, charger_id: str, current_a: float) -> None:
        """Set the current; returning means the cloud shows it. May raise any `CloudError`."""
        ...


@runtime_checkable
class HasModes(Protocol):
    """A cloud whose chargers have modes in which they do not follow plans; see `Charger.held_by`."""

    async def free(self, charger_id: str) -> None:
        """Set the mode in which the charger follows plans; may raise any `CloudError`."""
        ...


@runtime_checkable
class HasSettings(Protocol):
    """A cloud whose chargers have settings; each has an entity in the cloud's own tables."""

    async def change(self, charger_id: str, key: str, value: str) -> None:
        """Change one setting.

        Args:
            key: The key of its entity.
            value: As the entity's command gives it: an option, a number as text, `on` or `off`.

        Raises:
            CommandError: There is no such setting, or the value is not possible; the message says what is.
            CloudError: The cloud does not accept it.
        """
        ...


@runtime_checkable
class HasActions(Protocol):
    """A cloud that can do more with a charger or the account than start and stop: reboot, unlock and so on."""

    @property
    def actions(self) -> Mapping[str, str]:
        """Name of the action to what it does; its service and its button, if it has one, are called by that name."""
        ...

    async def act(self, action: str, charger_id: str | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Do it; returns what the cloud answered, for whoever called the service.

        Args:
            charger_id: None for an action of the account.
            arguments: What the service was called with, besides the charger.

        Raises:
            CommandError: An argument is missing or not possible.
            CloudError: The cloud does not accept it.
        """
        ...


@runtime_checkable
class LogsIn(Protocol):
    """A cloud whose login may need a person, for a password that is not stored or a one-time code."""

    async def log_in(self, *, password: str | None, code: str | None) -> str:
        """Log in once, now, and store the session in the token file; returns a sentence about what was stored.

        Args:
            password: None to use the one in the credentials file.
            code: A one-time code, or what else the cloud asked for.

        Raises:
            AuthError: The login was refused; the message says what to do.
            CloudError: The cloud does not answer.
        """
        ...


@runtime_checkable
class HasFindings(Protocol):
    """A cloud that has more to tell about an account than its chargers, such as the sites it could show."""

    async def findings(self) -> Sequence[str]:
        """Lines for `smart-charging check`; may raise any `CloudError`."""
        ...


@runtime_checkable
class TellsShapes(Protocol):
    """A cloud that can tell how its last answers were built, for reports about faults."""

    def answer_shapes(self) -> Mapping[str, object]:
        """By endpoint: keys and types, no values, and nothing of what is private."""
        ...


@runtime_checkable
class Pushes(Protocol):
    """A cloud that calls us when something changes, for those who have agreed that with it."""

    @property
    def awaits_deliveries(self) -> bool:
        """Whether the monitor's arguments ask for an endpoint."""
        ...

    def follow(self, changed: Callable[[], None]) -> None:
        """Set what to call when a delivery brought news, so that the chargers are read again.

        `chargers()` is then called soon and should answer from what was delivered.
        """
        ...

    async def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Take one delivery, checked for its secret before anything else; returns the HTTP status to answer with.

        Args:
            path: What follows the endpoint's own path.
            headers: With names in lower case.
        """
        ...
