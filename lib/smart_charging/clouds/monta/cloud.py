"""Monta as a `ChargerCloud`: two requests per poll for up to a hundred chargers."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from smart_charging.clouds.consumption import Consumption
from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.foresight import Reads
from smart_charging.clouds.link import Account, Link
from smart_charging.clouds.monta.client import DEFAULT_BASE_URL, PAGE_SIZE, MontaClient
from smart_charging.clouds.monta.consumption import QUARTER, energy_of
from smart_charging.clouds.monta.credentials import read_credentials
from smart_charging.clouds.monta.latest import LatestCharges
from smart_charging.clouds.monta.translate import charge_from, charger_from, scopes_from, wallet_from
from smart_charging.clouds.monta.words import MONTA
from smart_charging.errors import CloudError, NotFoundError
from smart_charging.host_clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence
    from pathlib import Path

    from smart_charging.charger import Charge, Charger
    from smart_charging.clouds.monta import models
    from smart_charging.clouds.wallet import Wallet
    from smart_charging.clouds.words import CloudWords
    from smart_charging.timekeeper import Timekeeper

_EVERY = timedelta(seconds=25)
"""However much else is to be sent, the chargers are read so often where their number allows."""


class MontaCloud:
    """The account's chargers, charges and wallet.

    Without quota, reading the chargers raises `RateLimitedError` at once, and
    reading the wallet waits. Commands take precedence over both.
    """

    def __init__(self, client: MontaClient, *, logger: logging.Logger | None = None) -> None:
        self._client = client
        self._pages, self._every, self._read_at = 1, _EVERY, client.now()
        self._latest = LatestCharges(client, logger or logging.getLogger(__name__))

    @property
    def words(self) -> CloudWords:
        """Monta's."""
        return MONTA

    @property
    def link(self) -> Link:
        """The connection now, with the quota left."""
        budget = self._client.budget
        return Link(
            latency=self._client.latency,
            requests_left=budget.requests_left,
            limited_until=budget.limited_until,
        )

    async def chargers(self) -> Sequence[Charger]:
        """All charge points, including those without hardware, each with its latest charges."""
        points = await self._client.charge_points()
        self._pages = max(1, -(-len(points) // PAGE_SIZE))
        self._read_at = self._client.now()
        self._expect()
        charges = await self._latest.of({point.id for point in points}, may_do_without=self._pages > 1)
        read = partial(charger_from, may_see_charges=self._latest.may_see_charges, are_charges_new=self._latest.are_new)
        return [read(point, charges.get(point.id, ()), self._client.cloud_now) for point in points]

    def plan(self, rest: timedelta) -> timedelta:
        """Reserve quota for reading the chargers at this interval, or at the shortest that their number allows.

        Reads more often than every 25 s take only quota that no later read will miss.
        """
        budget = self._client.budget
        least = budget.least_rest(self._pages)
        self._every = max(rest, _EVERY, least)
        self._expect()
        return max(budget.next_read_at(max(rest, least)) - self._read_at, least)

    def _expect(self) -> None:
        """Reserve quota for the charge points; where they fit on one page, for the charges too."""
        requests = self._pages if self._pages > 1 else 2
        self._client.budget.expect(Reads(requests=requests, every=self._every, last=self._read_at))

    async def charger(self, charger_id: str) -> Charger:
        """One charge point with its latest charges, in two requests as urgent as the command that needs them."""
        number = _number(charger_id, "charger")
        point = await self._client.charge_point(number, urgency=Urgency.COMMAND)
        charges = await self._latest.of_one(number, Urgency.COMMAND)
        return charger_from(point, charges, self._client.cloud_now)

    async def charge(self, charge_id: str) -> Charge:
        """Read one charge if there is quota to spare: the list will tell of it, too."""
        told = await self._client.charge(_number(charge_id, "charge"), urgency=Urgency.SPARE)
        return charge_from(told, self._client.cloud_now)

    async def consumption(self, charge_id: str) -> Consumption:
        """A charge's energy by quarter, if there is quota to spare."""
        number = _number(charge_id, "charge")
        told = await self._client.kwh_consumption(number, period=QUARTER, urgency=Urgency.SPARE)
        return Consumption(energy=energy_of(told.periods or (), told.period_s))

    async def start(self, charger_id: str) -> Charge:
        """Start a charge; the answer means accepted, not that current flows."""
        return await self._command(self._client.start_charge(_number(charger_id, "charger")))

    async def stop(self, charger_id: str, charge_id: str | None) -> Charge:
        """Stop a charge; in the answer it may still be running."""
        if charge_id is None:  # Monta answers every start with the charge's id
            raise NotFoundError(f"charger {charger_id}: there is no charge to stop")
        return await self._command(self._client.stop_charge(_number(charge_id, "charge")))

    async def _command(self, request: Awaitable[models.Charge]) -> Charge:
        """A command that failed may still have worked, so the charges have to be read again."""
        try:
            return charge_from(await request, self._client.cloud_now)
        except CloudError:
            self._latest.expire()
            raise

    async def wallet(self, *, transactions: int) -> Wallet:
        """The personal wallet with its latest transactions, at most 100."""
        wallet = await self._client.personal_wallet(urgency=Urgency.PATIENT)
        latest = await self._client.wallet_transactions(max_pages=1, urgency=Urgency.PATIENT)
        return wallet_from(wallet, latest[:transactions])

    async def account(self) -> Account:
        """What the credentials may do, with the clock and quota from the answer's headers."""
        scopes = scopes_from(await self._client.me())
        budget = self._client.budget
        return Account(scopes=scopes, clock_ahead=self._client.clock_ahead, quota=budget.quota, window=budget.window)

    def answer_shapes(self) -> Mapping[str, object]:
        """How the last answers were built, by endpoint."""
        return self._client.answer_shapes()

    async def aclose(self) -> None:
        """Close the connections; running charges continue."""
        await self._client.aclose()


def open_monta(
    base_url: object,
    credentials_file: Path,
    *,
    token_file: Path | None,
    log: logging.Logger,
    timekeeper: Timekeeper | None,
) -> MontaCloud:
    """A connection that the caller has to close; nothing is sent before the first call.

    Raises:
        ConfigError: The credentials or the address are missing or invalid.
    """
    credentials = read_credentials(credentials_file)
    client = MontaClient(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        base_url=str(base_url or DEFAULT_BASE_URL),
        token_file=token_file,
        logger=log,
        now=timekeeper or utc_now,
        tell_time=timekeeper.compare if timekeeper else None,
    )
    return MontaCloud(client, logger=log)


def _number(text: str, kind: str) -> int:
    try:
        return int(text)
    except ValueError as err:
        raise NotFoundError(f"{kind} {text!r}: Monta's ids are whole numbers") from err
