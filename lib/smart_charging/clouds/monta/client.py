"""Monta's Public API, one method per endpoint."""

from __future__ import annotations

import logging
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self, TypeVar

from pydantic import SecretStr

from smart_charging.clouds.http.budget import Budget, Urgency
from smart_charging.clouds.http.model import CloudModel
from smart_charging.clouds.http.odd_rows import OddRows
from smart_charging.clouds.http.spent_file import SpentFile
from smart_charging.clouds.http.wire import Call
from smart_charging.clouds.monta.answers import read, read_page
from smart_charging.clouds.monta.channel import Channel
from smart_charging.clouds.monta.credentials import Credentials
from smart_charging.clouds.monta.models import (
    Application,
    Charge,
    ChargePoint,
    ChargeState,
    KwhConsumption,
    Page,
    StartedCharge,
    TransactionState,
    Wallet,
    WalletTransaction,
)
from smart_charging.clouds.monta.redaction import PRIVATE_KEYS
from smart_charging.clouds.monta.words import MONTA
from smart_charging.host_clock import utc_now, wait

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path
    from types import TracebackType

M = TypeVar("M", bound=CloudModel)
Listed = TypeVar("Listed", ChargePoint, Charge, WalletTransaction)
Dated = TypeVar("Dated", Charge, WalletTransaction)

DEFAULT_BASE_URL = "https://public-api.monta.com/api/v1/"
_CHARGE_POINTS, _CHARGES, _TRANSACTIONS = Page[ChargePoint], Page[Charge], Page[WalletTransaction]
"""Kept in names: pydantic drops an unreferenced generic model, and building it again takes milliseconds."""

QUOTA, WINDOW = 10, timedelta(seconds=60)
PAGE_SIZE = 100
"""The most Monta allows; with its default of 10, callers that read only one page miss chargers."""
MOST_PAGES = 50  # however many a list claims to have


class MontaClient:
    """One login at Monta with its tokens, quota and connections.

    Every method may raise any `CloudError`. Only a request whose token was refused
    is repeated, once; everything else is for the caller to try again.

    Args:
        client_id: From Monta's portal, like `client_secret`.
        token_file: Keeps tokens across restarts; None keeps them in memory only.
        budget: To be shared between all clients with the same credentials.
        tell_time: Called with Monta's time, by every answer.
        timeout: For one request, from connecting to the last byte; waiting for quota is not included.
    """

    def __init__(
        self,
        *,
        client_id: str | SecretStr,
        client_secret: str | SecretStr,
        base_url: str = DEFAULT_BASE_URL,
        token_file: Path | None = None,
        budget: Budget | None = None,
        now: Callable[[], datetime] = utc_now,
        tell_time: Callable[[datetime], None] | None = None,
        timeout: timedelta = timedelta(seconds=10),
        logger: logging.Logger | None = None,
    ) -> None:
        logger = logger or logging.getLogger(__name__)
        self._odd_rows = OddRows(logger)
        self.now = now
        """The clock for tokens and quota."""
        spent_file = SpentFile(token_file.with_suffix(".requests"), logger) if token_file else None
        self.budget = budget or monta_budget(now=now, logger=logger, spent_file=spent_file)
        self._channel = Channel(
            Credentials.of(client_id, client_secret),
            base_url=base_url,
            token_file=token_file,
            budget=self.budget,
            now=now,
            tell_time=tell_time,
            timeout=timeout,
            logger=logger,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def latency(self) -> timedelta | None:
        """From the last answered request to its answer; None before the first."""
        return self._channel.wire.latency

    @property
    def cloud_now(self) -> datetime:
        """The time by Monta's clock, as far as it is known."""
        return self.now() - (self.clock_ahead or timedelta(0))

    @property
    def clock_ahead(self) -> timedelta | None:
        """Our clock minus Monta's at the last answer; None before the first answer with a time."""
        return self._channel.wire.clock_ahead

    def answer_shapes(self) -> Mapping[str, object]:
        """How the last answers were built, by endpoint."""
        return self._channel.wire.last_answers.shapes(PRIVATE_KEYS)

    async def aclose(self) -> None:
        """Close the connections; tokens stay valid and running charges continue."""
        await self._channel.wire.aclose()

    async def me(self, *, urgency: Urgency = Urgency.POLL) -> Application:
        """The credentials with their scopes.

        Source: GET /auth/me.
        """
        return await self._get(Application, "auth/me", urgency=urgency)

    async def charge_points(self, *, urgency: Urgency = Urgency.POLL) -> list[ChargePoint]:
        """All charge points of the account, in Monta's order; empty for members of somebody else's team.

        Source: GET /charge-points, all pages.
        """
        return await self._pages(_CHARGE_POINTS, "charge-points", {}, urgency)

    async def charge_point(self, charge_point_id: int, *, urgency: Urgency = Urgency.POLL) -> ChargePoint:
        """One charge point.

        Source: GET /charge-points/{id}.
        """
        return await self._get(ChargePoint, f"charge-points/{charge_point_id}", urgency=urgency)

    async def charges(
        self,
        *,
        charge_point_id: int | None = None,
        state: ChargeState | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        max_pages: int | None = None,
        urgency: Urgency = Urgency.POLL,
    ) -> list[Charge]:
        """Charges, newest first by creation.

        Args:
            state: Only charges in this state; Monta filters by one state at a time.
            from_at: Created at or after this; `to_at`: at or before. Aware, in whole seconds.
            max_pages: Stop after this many pages of 100; None reads all of them.

        Source: GET /charges.
        """
        query = _query(chargePointId=charge_point_id, state=state, fromDate=from_at, toDate=to_at)
        return _newest_first(await self._pages(_CHARGES, "charges", query, urgency, max_pages))

    async def charges_page(
        self,
        number: int,
        *,
        charge_point_id: int | None = None,
        state: ChargeState | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        urgency: Urgency = Urgency.POLL,
    ) -> Page[Charge]:
        """One page of charges as Monta sorts them; arguments as for `charges`."""
        query = _query(chargePointId=charge_point_id, state=state, fromDate=from_at, toDate=to_at)
        return await self._page(_CHARGES, "charges", query, number, urgency)

    async def charge(self, charge_id: int, *, urgency: Urgency = Urgency.POLL) -> Charge:
        """One charge.

        Source: GET /charges/{id}.
        """
        return await self._get(Charge, f"charges/{charge_id}", urgency=urgency)

    async def start_charge(self, charge_point_id: int) -> Charge:
        """Start a charge; Monta answers long before current flows.

        Not idempotent: after a `TransportError` or `ResponseError` check the
        charge point's charges before trying again.

        Source: POST /charges.

        Raises:
            RefusedError: Most likely a charge is active there already.
        """
        call = Call(method="POST", path="charges", json={"chargePointId": charge_point_id})
        return read(StartedCharge, call, await self._channel.request(call, Urgency.COMMAND))

    async def stop_charge(self, charge_id: int) -> Charge:
        """Stop a charge; in the answer it may still be running.

        Source: POST /charges/{id}/stop.

        Raises:
            NotFoundError: There is no such charge; also when a charge point's id is passed by mistake.
            RefusedError: The charge is over.
        """
        call = Call(method="POST", path=f"charges/{charge_id}/stop")
        return read(Charge, call, await self._channel.request(call, Urgency.COMMAND))

    async def kwh_consumption(
        self, charge_id: int, *, period: timedelta = timedelta(hours=1), urgency: Urgency = Urgency.POLL
    ) -> KwhConsumption:
        """A charge's energy by period; only for chargers connected over OCPP.

        Args:
            period: 60, 30, 15, 10 or 5 minutes.

        Source: GET /charges/{id}/kwh-consumption.
        """
        query = _query(consumptionPeriodSizeInSeconds=int(period.total_seconds()))
        return await self._get(KwhConsumption, f"charges/{charge_id}/kwh-consumption", query, urgency=urgency)

    async def personal_wallet(self, *, urgency: Urgency = Urgency.POLL) -> Wallet:
        """The wallet of the person behind the credentials.

        Source: GET /wallets/personal.
        """
        return await self._get(Wallet, "wallets/personal", urgency=urgency)

    async def wallet_transactions(
        self,
        *,
        state: TransactionState | None = None,
        from_at: datetime | None = None,
        to_at: datetime | None = None,
        max_pages: int | None = None,
        urgency: Urgency = Urgency.POLL,
    ) -> list[WalletTransaction]:
        """Wallet transactions, newest first by creation; arguments as for `charges`.

        Source: GET /wallet-transactions.
        """
        query = _query(state=state, fromDate=from_at, toDate=to_at)
        return _newest_first(await self._pages(_TRANSACTIONS, "wallet-transactions", query, urgency, max_pages))

    async def wallet_transaction(self, transaction_id: int, *, urgency: Urgency = Urgency.POLL) -> WalletTransaction:
        """One wallet transaction.

        Source: GET /wallet-transactions/{id}.
        """
        return await self._get(WalletTransaction, f"wallet-transactions/{transaction_id}", urgency=urgency)

    async def _get(
        self, model: type[M], path: str, query: Mapping[str, str | int] | None = None, *, urgency: Urgency
    ) -> M:
        call = Call(method="GET", path=path, query=query or {})
        return read(model, call, await self._channel.request(call, urgency))

    async def _pages(
        self,
        model: type[Page[Listed]],
        path: str,
        query: Mapping[str, str | int],
        urgency: Urgency,
        max_pages: int | None = None,
    ) -> list[Listed]:
        """Read a list from page 0; an item that moves to the next page meanwhile is returned once."""
        found: dict[int, Listed] = {}
        for number in range(MOST_PAGES if max_pages is None else max_pages):
            page = await self._page(model, path, query, number, urgency)
            new = {item.id: item for item in page.data if item.id not in found}
            found |= new
            if not new or page.is_last(number, PAGE_SIZE):
                break
            urgency = Urgency.PAGE if urgency is Urgency.POLL else urgency
        return list(found.values())

    async def _page(
        self, model: type[Page[Listed]], path: str, query: Mapping[str, str | int], number: int, urgency: Urgency
    ) -> Page[Listed]:
        call = Call(method="GET", path=path, query={**query, "page": number, "perPage": PAGE_SIZE})
        page, complaint = read_page(model, call, await self._channel.request(call, urgency))
        if complaint:
            self._odd_rows.warn(call, complaint)
        return page


def monta_budget(
    *,
    quota: int = QUOTA,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], Awaitable[object]] = wait,
    jitter: Callable[[float, float], float] = random.uniform,
    logger: logging.Logger | None = None,
    spent_file: SpentFile | None = None,
) -> Budget:
    """A budget with the Public API's usual quota, which the headers of answers may change."""
    return Budget(
        cloud=MONTA.name,
        quota=quota,
        window=WINDOW,
        now=now,
        sleep=sleep,
        jitter=jitter,
        logger=logger,
        spent_file=spent_file,
    )


def _query(**given: str | int | datetime | None) -> dict[str, str | int]:
    return {
        name: f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
        for name, value in given.items()
        if value is not None
    }


def _newest_first(items: list[Dated]) -> list[Dated]:
    """Sorted by creation: Monta documents no order, and newer ids need not be higher."""
    return sorted(items, key=lambda item: item.created_at, reverse=True)
