"""What every cloud has to implement, and abilities that only some clouds have.

Every cloud implements `ChargerCloud`. Every other Protocol here is an ability: callers check for it
with `isinstance`, and its entities exist only where the cloud has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from smart_charging.charger import Charge, Charger
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
class HasLink(Protocol):
    """A cloud that reports the state of its connection."""

    @property
    def link(self) -> Link:
        """The state of the connection now."""
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
        """Read the personal wallet with that many of its latest transactions; may raise any `CloudError`."""
        ...


@runtime_checkable
class HasAccount(Protocol):
    """A cloud that reports what the credentials may do."""

    async def account(self) -> Account:
        """Read what the credentials may do; may raise any `CloudError`."""
        ...
