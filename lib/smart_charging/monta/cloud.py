"""Monta behind our own words: a `ChargerCloud` that needs two requests a cycle for any number of chargers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeGuard

from smart_charging.charger import Charge, Charger, ChargerState, ChargeState
from smart_charging.errors import NotFoundError, NotPermittedError, TransportError
from smart_charging.monta import models
from smart_charging.monta.budget import Urgency
from smart_charging.monta.models import ChargePointState
from smart_charging.monta.models import ChargeState as MontaState
from smart_charging.wallet import Transaction, Wallet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from smart_charging.monta.budget import Budget
    from smart_charging.monta.client import MontaClient

_LOOKED_UP_PER_CYCLE = 2
"""Running charges beyond the newest hundred may cost as much as the cycle itself, not more."""
_DISCOVERED_PER_CYCLE = 10

_CHARGE_STATES: Mapping[MontaState, ChargeState] = {
    MontaState.PAYING: ChargeState.SCHEDULED,
    MontaState.RESERVED: ChargeState.SCHEDULED,
    MontaState.SCHEDULED: ChargeState.SCHEDULED,
    MontaState.STARTING: ChargeState.STARTING,
    MontaState.CHARGING: ChargeState.CHARGING,
    MontaState.PAUSED: ChargeState.PAUSED,
    MontaState.STOPPING: ChargeState.STOPPING,
    MontaState.STOPPED: ChargeState.STOPPED,
    MontaState.RELEASING: ChargeState.STOPPED,
    MontaState.RELEASED: ChargeState.STOPPED,
    MontaState.COMPLETED: ChargeState.COMPLETED,
    MontaState.OTHER: ChargeState.UNKNOWN,
    MontaState.UNKNOWN: ChargeState.UNKNOWN,
}

_OUT_OF_ORDER: Mapping[ChargePointState | None, ChargerState] = {
    ChargePointState.ERROR: ChargerState.FAULTED,
    ChargePointState.DISCONNECTED: ChargerState.OFFLINE,
    ChargePointState.MAINTENANCE: ChargerState.INOPERATIVE,
}
"""Here the charge point's word stands, whatever its charge says."""

_STATES_BY_CHARGE: Mapping[ChargeState, ChargerState] = {
    ChargeState.SCHEDULED: ChargerState.SUSPENDED_EVSE,
    ChargeState.STARTING: ChargerState.PREPARING,
    ChargeState.CHARGING: ChargerState.CHARGING,
    ChargeState.PAUSED: ChargerState.SUSPENDED_EV,
    ChargeState.STOPPING: ChargerState.CHARGING,
}
"""Whether energy flows is the charge's to say: the point stays `busy-charging` while the car pauses."""

_STATES_WITHOUT_CHARGE: Mapping[ChargePointState | None, ChargerState] = {
    ChargePointState.BUSY: ChargerState.PREPARING,
    ChargePointState.BUSY_BLOCKED: ChargerState.SUSPENDED_EVSE,
    ChargePointState.BUSY_CHARGING: ChargerState.CHARGING,
    ChargePointState.BUSY_NON_CHARGING: ChargerState.PREPARING,
    ChargePointState.BUSY_NON_RELEASED: ChargerState.FINISHING,
    ChargePointState.BUSY_RESERVED: ChargerState.RESERVED,
    ChargePointState.BUSY_SCHEDULED: ChargerState.SUSPENDED_EVSE,
    ChargePointState.PASSIVE: ChargerState.INOPERATIVE,
}
"""No charge that we may see runs; on a public charge point a stranger's may."""


class MontaCloud:
    """The account's chargers, charges and wallet, translated.

    Remembers each charger's latest charge, because the bulk answer holds only
    the newest hundred of all of them together.
    """

    def __init__(self, client: MontaClient, *, logger: logging.Logger | None = None) -> None:
        self._client = client
        self._log = logger or logging.getLogger(__name__)
        self._latest: dict[int, models.Charge | None] = {}
        """By charge point; None once asked for and found to have none."""
        self._may_see_charges = True

    @property
    def budget(self) -> Budget:
        """The quota all requests share."""
        return self._client.budget

    async def chargers(self) -> Sequence[Charger]:
        """All charge points, those without hardware included, each with its latest charges."""
        points = await self._client.charge_points()
        bulk = _by_charge_point(await self._bulk())
        for point_id, charges in bulk.items():
            self._remember(point_id, charges[0])
        await self._look_up([point.id for point in points if point.id not in bulk])
        return [_charger(point, bulk.get(point.id) or self._remembered(point.id)) for point in points]

    async def charge(self, charge_id: str) -> Charge:
        """One charge, as it stands now."""
        return _charge(await self._client.charge(_number(charge_id, "charge"), urgency=Urgency.COMMAND))

    async def charges_of(self, charger_id: str) -> Sequence[Charge]:
        """One charger's charges, newest first: whether a start whose answer was lost has worked."""
        charges = await self._client.charges(
            charge_point_id=_number(charger_id, "charge point"), max_pages=1, urgency=Urgency.COMMAND
        )
        return [_charge(charge) for charge in charges]

    async def start(self, charger_id: str) -> Charge:
        """Ask for a charge; accepted is not charging."""
        return _charge(await self._client.start_charge(_number(charger_id, "charge point")))

    async def stop(self, charge_id: str) -> Charge:
        """Ask for a charge's end; the answer may still read as running."""
        return _charge(await self._client.stop_charge(_number(charge_id, "charge")))

    async def wallet(self, *, transactions: int) -> Wallet:
        """The personal wallet with its latest transactions, 100 of them at the most."""
        wallet = await self._client.personal_wallet()
        latest = await self._client.wallet_transactions(max_pages=1)
        return _wallet(wallet, latest[:transactions])

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _bulk(self) -> Sequence[models.Charge]:
        """The newest hundred charges; none for credentials that may see charge points only."""
        try:
            charges = await self._client.charges(max_pages=1, urgency=Urgency.PAGE)
        except NotPermittedError as err:
            if self._may_see_charges:
                self._log.warning("Chargers are shown without their charges: %s", err)
            self._may_see_charges = False
            return ()
        self._may_see_charges = True
        return charges

    def _remember(self, point_id: int, charge: models.Charge | None) -> None:
        """Latest news at the end, so that what waits longest for news comes first."""
        self._latest.pop(point_id, None)
        self._latest[point_id] = charge

    def _remembered(self, point_id: int) -> Sequence[models.Charge]:
        charge = self._latest.get(point_id)
        return [charge] if charge else []

    async def _look_up(self, lacking: Sequence[int]) -> None:
        """Ask one by one for what the bulk lacks: charges still running, and chargers never seen with any.

        What there is no quota for is asked for in a later cycle; a failure
        leaves what we know and does not cost the other chargers their news.
        """
        if not self._may_see_charges:
            return
        running = [charge for point_id, charge in self._latest.items() if point_id in lacking and _runs(charge)]
        unknown = [point_id for point_id in lacking if point_id not in self._latest]
        try:
            for charge in running[:_LOOKED_UP_PER_CYCLE]:
                await self._refresh(charge)
            for point_id in unknown[:_DISCOVERED_PER_CYCLE]:
                await self._discover(point_id)
        except TransportError as err:
            self._log.debug("Charges beyond the newest hundred wait for the next cycle: %s", err)

    async def _refresh(self, charge: models.Charge) -> None:
        try:
            self._remember(charge.charge_point_id, await self._client.charge(charge.id))
        except NotFoundError:
            self._remember(charge.charge_point_id, None)

    async def _discover(self, point_id: int) -> None:
        charges = await self._client.charges(charge_point_id=point_id, max_pages=1, urgency=Urgency.SPARE)
        self._remember(point_id, charges[0] if charges else None)


def _runs(charge: models.Charge | None) -> TypeGuard[models.Charge]:
    return charge is not None and _CHARGE_STATES[charge.state].is_active


def _by_charge_point(charges: Sequence[models.Charge]) -> dict[int, list[models.Charge]]:
    grouped: dict[int, list[models.Charge]] = {}
    for charge in charges:
        grouped.setdefault(charge.charge_point_id, []).append(charge)
    return grouped


def _number(text: str, kind: str) -> int:
    try:
        return int(text)
    except ValueError as err:
        raise NotFoundError(f"{kind} {text!r}: Monta's ids are whole numbers") from err


def _charger(point: models.ChargePoint, monta_charges: Sequence[models.Charge]) -> Charger:
    charges = tuple(_charge(charge) for charge in monta_charges)
    active = next((charge.state for charge in charges if charge.state.is_active), None)
    return Charger(
        id=str(point.id),
        name=point.name or f"Charge point {point.id}",
        state=_charger_state(point, active),
        cloud_state=point.state_word,
        is_plugged_in=point.cable_plugged_in,
        visibility=point.visibility.value,
        type=point.type.value if point.type else "unknown",
        meter_kwh=point.last_meter_reading_kwh,
        max_power_kw=point.max_power_kw,
        charges=charges,
    )


def _charger_state(point: models.ChargePoint, active: ChargeState | None) -> ChargerState:
    if broken := _OUT_OF_ORDER.get(point.state):
        return broken
    if active:
        return _STATES_BY_CHARGE[active]
    if point.state is ChargePointState.AVAILABLE:
        return ChargerState.PREPARING if point.cable_plugged_in else ChargerState.AVAILABLE
    return _STATES_WITHOUT_CHARGE.get(point.state, ChargerState.UNKNOWN)


def _charge(charge: models.Charge) -> Charge:
    return Charge(
        id=str(charge.id),
        charger_id=str(charge.charge_point_id),
        state=_CHARGE_STATES[charge.state],
        created_at=charge.created_at,
        cable_plugged_in_at=charge.cable_plugged_in_at,
        started_at=charge.started_at,
        stopped_at=charge.stopped_at,
        fully_charged_at=charge.fully_charged_at,
        failed_at=charge.failed_at or charge.timeout_at,
        consumed_kwh=charge.consumed_kwh,
        start_meter_kwh=charge.start_meter_kwh,
        end_meter_kwh=charge.end_meter_kwh,
        cost=charge.cost,
        average_price_per_kwh=charge.average_price_per_kwh,
        currency=_code(charge.currency),
        soc_percent=charge.soc.percentage if charge.soc else None,
        kwh_limit=charge.kwh_limit,
        failure_reason=charge.failure_reason or ("timed out" if charge.timeout_at else None),
        stop_reason=charge.stop_reason,
    )


def _wallet(wallet: models.Wallet, transactions: Sequence[models.WalletTransaction]) -> Wallet:
    return Wallet(
        amount=wallet.balance.amount if wallet.balance else None,
        credit=wallet.balance.credit if wallet.balance else None,
        currency=_code(wallet.currency),
        transactions=tuple(_transaction(transaction, wallet.id) for transaction in transactions),
    )


def _transaction(transaction: models.WalletTransaction, wallet_id: int) -> Transaction:
    comes_in = transaction.to_wallet_id == wallet_id
    amount = transaction.to_amount if comes_in else transaction.from_amount
    return Transaction(
        id=str(transaction.id),
        state=transaction.state.value,
        created_at=transaction.created_at,
        completed_at=transaction.completed_at,
        amount=amount if comes_in or amount is None else 0 - amount,
        currency=_code(transaction.to_currency if comes_in else transaction.from_currency),
        charge_id=None if transaction.charge_id is None else str(transaction.charge_id),
    )


def _code(currency: models.Currency | None) -> str | None:
    return currency.code if currency else None
