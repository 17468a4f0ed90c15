"""What the apps ask of any cloud, and what some clouds can do beyond that.

A cloud fulfils `ChargerCloud`. Every other Protocol here is an ability: asked for with `isinstance`
where it is used, and the entities that show it exist only where the cloud has it.
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

    Ids are text that only the adapter understands. Every method may raise any `CloudError`.
    """

    @property
    def words(self) -> CloudWords:
        """What it is called."""
        ...

    async def chargers(self) -> Sequence[Charger]:
        """All chargers of the account, each with its latest charges."""
        ...

    async def charger(self, charger_id: str) -> Charger:
        """One charger, as it stands now."""
        ...

    async def start(self, charger_id: str) -> Charge | None:
        """Ask for a charge; the answer means accepted, not that current flows.

        None where the cloud tells nothing of the charge: it will be among the charger's before long.
        """
        ...

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge | None:
        """Ask for a charge's end; the answer may still read as running, or be None where nothing is told.

        Args:
            charge_id: As the cloud named it last. None only while the cloud has not told the charge
                that was asked for a moment ago: a stop by charger alone could end a guest's charge.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections; running charges go on."""
        ...


@runtime_checkable
class TellsCharges(Protocol):
    """A cloud that can be asked for one charge by its id."""

    async def charge(self, charge_id: str) -> Charge:
        """One charge, as it stands now; any `CloudError`."""
        ...


@runtime_checkable
class HasLink(Protocol):
    """A cloud that knows how it is reached."""

    @property
    def link(self) -> Link:
        """The connection now."""
        ...


@runtime_checkable
class HasQuota(HasLink, Protocol):
    """A cloud that takes only so many requests."""

    def plan(self, rest: timedelta) -> timedelta:
        """Tell how long is wanted between two reads of the chargers, so that all else leaves them room.

        The answer is how long it has to be for the quota to last.
        """
        ...


@runtime_checkable
class HasWallet(Protocol):
    """A cloud that keeps money for its users."""

    async def wallet(self, *, transactions: int) -> Wallet:
        """The personal wallet with that many of its latest transactions; any `CloudError`."""
        ...


@runtime_checkable
class HasAccount(Protocol):
    """A cloud that tells what the credentials are good for."""

    async def account(self) -> Account:
        """The credentials, as the cloud sees them now; any `CloudError`."""
        ...
