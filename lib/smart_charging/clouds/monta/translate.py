"""Translates Monta's models into chargers, charges and wallets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from smart_charging.charger import CLOCKS_MAY_DIFFER_BY, STATES_BY_CHARGE, Charge, Charger, ChargerState, ChargeState
from smart_charging.clouds.link import Scope
from smart_charging.clouds.monta import models
from smart_charging.clouds.monta.models import ChargePointState
from smart_charging.clouds.monta.models import ChargeState as MontaState
from smart_charging.clouds.wallet import Transaction, Wallet
from smart_charging.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

_LONGEST_NAME, _LONGEST_WORD = 100, 200
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
_ENDED_BY_STAMPS = frozenset({ChargeState.UNKNOWN, ChargeState.STOPPING})
"""Nobody knows the one, and some clouds leave a charge in the other until its cable is pulled. How long ago a charge
that is stopping last changed says nothing: with some clouds that is hours before the stop."""
_UNCHANGED_FOR = timedelta(hours=1)
"""A charge in an unknown state that has told nothing new for so long does not run; one that runs tells its energy."""

_RELEASED = (MontaState.RELEASED, MontaState.COMPLETED)
"""Monta settles a charge once its cable is out; one that failed has nothing to settle."""

_WITH_CAR = frozenset(
    {
        ChargePointState.BUSY,
        ChargePointState.BUSY_CHARGING,
        ChargePointState.BUSY_NON_CHARGING,
        ChargePointState.BUSY_NON_RELEASED,
    }
)
"""In these states a cable is in."""
OUT_OF_ORDER: Mapping[ChargePointState | None, ChargerState] = {
    ChargePointState.ERROR: ChargerState.FAULTED,
    ChargePointState.DISCONNECTED: ChargerState.OFFLINE,
    ChargePointState.MAINTENANCE: ChargerState.INOPERATIVE,
}
"""In these states the charge point's state counts, whatever its charge says."""

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
"""For charge points without a running charge that we may see; on a public one somebody else's may run."""


def charger_from(
    point: models.ChargePoint,
    monta_charges: Sequence[models.Charge],
    now: datetime,
    *,
    may_see_charges: bool = True,
    are_charges_new: bool = True,
) -> Charger:
    """A charge point with its charges, newest first.

    Args:
        now: By Monta's clock.
    """
    charges = charges_of(monta_charges, charge_from, now, meter_kwh=point.last_meter_reading_kwh)
    active = active_state(charges)
    return Charger(
        id=str(point.id),
        name=name_of(point),
        state=charger_state(point, active),
        cloud_state=_word(point.state_word),
        is_plugged_in=is_plugged_in(point, active),
        visibility=point.visibility.value,
        type=point.type.value if point.type else "unknown",
        meter_kwh=point.last_meter_reading_kwh,
        max_power_kw=point.max_power_kw,
        charges=charges,
        may_see_charges=may_see_charges,
        are_charges_new=are_charges_new,
    )


def charges_of(
    newest_first: Sequence[models.ChargeFacts], read: Callable[..., Charge], now: datetime, *, meter_kwh: float | None
) -> tuple[Charge, ...]:
    """A charger's charges; one that tells no energy before it is settled has what the meter has risen by.

    Args:
        read: As `charge_from`.
    """
    newest = _newest_place(newest_first, now)
    charges = (read(charge, now, is_newest=number <= newest) for number, charge in enumerate(newest_first))
    return tuple(replace(one, consumed_kwh=_risen_kwh(one, meter_kwh)) for one in charges)


def _newest_place(newest_first: Sequence[models.ChargeFacts], now: datetime) -> int:
    """Where the newest of a charger's charges stands; one with a stamp of a time to come has not followed others."""
    latest = now + CLOCKS_MAY_DIFFER_BY
    return next((number for number, charge in enumerate(newest_first) if charge.created_at <= latest), 0)


def _risen_kwh(charge: Charge, meter_kwh: float | None) -> float | None:
    start_kwh, end_kwh = charge.start_meter_kwh, meter_kwh if charge.state.is_active else charge.end_meter_kwh
    if charge.consumed_kwh is not None or start_kwh is None or end_kwh is None:
        return charge.consumed_kwh
    return end_kwh - start_kwh if end_kwh > start_kwh else None


def name_of(point: models.ChargePoint) -> str:
    """Its name, or its id where it has none."""
    return printable(point.name or "", most=_LONGEST_NAME) or f"Charge point {point.id}"


def active_state(charges: Sequence[Charge]) -> ChargeState | None:
    """The state of the newest charge that is not over."""
    return next((charge.state for charge in charges if charge.state.is_active), None)


def charger_state(point: models.ChargePoint, active: ChargeState | None) -> ChargerState:
    """What a charge point is doing, by its own state and that of its running charge."""
    if broken := OUT_OF_ORDER.get(point.state):
        return broken
    if active:
        return STATES_BY_CHARGE[active]  # the charge point stays `busy-charging` while the car pauses
    if point.state is ChargePointState.AVAILABLE:
        return ChargerState.PREPARING if point.cable_plugged_in else ChargerState.AVAILABLE
    return _STATES_WITHOUT_CHARGE.get(point.state, ChargerState.UNKNOWN)


def is_plugged_in(point: models.ChargePoint, active: ChargeState | None) -> bool:
    """Whether a cable is in; where the charger does not say so, by its state and its charge."""
    if point.cable_plugged_in is not None:
        return point.cable_plugged_in
    return point.state in _WITH_CAR or active in {ChargeState.CHARGING, ChargeState.PAUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeMoney:
    """What a charge costs, which Monta's two APIs tell in different types; as `charger.Charge` has it."""

    cost: float | None
    price: float | None
    average_price_per_kwh: float | None
    price_limit: float | None


def charge_from(charge: models.Charge, now: datetime, *, is_newest: bool = True) -> Charge:
    """A charge of the Public API; `now` and `is_newest` as for `charge_of_facts`."""
    money = ChargeMoney(
        cost=charge.cost,
        price=charge.price,
        average_price_per_kwh=charge.average_price_per_kwh,
        price_limit=charge.price_limit,
    )
    return charge_of_facts(charge, charge.charge_point_id, money, now, is_newest=is_newest)


def charge_of_facts(
    charge: models.ChargeFacts, charge_point_id: int, money: ChargeMoney, now: datetime, *, is_newest: bool
) -> Charge:
    """A charge of either API; one that timed out has failed.

    Args:
        now: By Monta's clock.
        is_newest: Whether no other has followed at its charge point.
    """
    return Charge(
        id=str(charge.id),
        charger_id=str(charge_point_id),
        state=_charge_state(charge, now, is_newest=is_newest),
        created_at=charge.created_at,
        updated_at=charge.updated_at,
        cable_plugged_in_at=charge.cable_plugged_in_at,
        started_at=charge.started_at,
        stopped_at=charge.stopped_at,
        fully_charged_at=charge.fully_charged_at,
        failed_at=charge.failed_at or charge.timeout_at,
        consumed_kwh=charge.consumed_kwh,
        start_meter_kwh=charge.start_meter_kwh,
        end_meter_kwh=charge.end_meter_kwh,
        cost=money.cost,
        price=money.price,
        average_price_per_kwh=money.average_price_per_kwh,
        currency=_code(charge.currency),
        soc_percent=charge.soc.percentage if charge.soc else None,
        kwh_limit=charge.kwh_limit,
        price_limit=money.price_limit,
        soc_limit_percent=charge.soc_limit,
        average_co2_per_kwh=charge.average_co2_per_kwh,
        average_renewable_percent=charge.average_renewable_per_kwh,
        failure_reason=_word(charge.failure_reason) or ("timed out" if charge.timeout_at else None),
        stop_reason=_word(charge.stop_reason),
        is_released=charge.state in _RELEASED and not (charge.failed_at or charge.timeout_at),
    )


def is_open(charge: models.ChargeFacts) -> bool:
    """Whether the charge may not be over yet, as far as its word tells."""
    state = _CHARGE_STATES[charge.state]
    return state.is_active or state is ChargeState.UNKNOWN


def _charge_state(charge: models.ChargeFacts, now: datetime, *, is_newest: bool) -> ChargeState:
    """By its word; where nobody knows that by its stamps: nothing else is started while it may run."""
    state = _CHARGE_STATES[charge.state]
    if state not in _ENDED_BY_STAMPS:
        return state
    if charge.stopped_at or charge.failed_at or charge.timeout_at or not is_newest:
        return ChargeState.STOPPED
    if state is ChargeState.STOPPING:
        return state
    if now - (charge.updated_at or charge.created_at) > _UNCHANGED_FOR:
        return ChargeState.STOPPED
    if charge.stop_reason or charge.end_meter_kwh is not None:
        return ChargeState.STOPPING
    return ChargeState.CHARGING if charge.started_at or charge.consumed_kwh else ChargeState.STARTING


def wallet_from(wallet: models.Wallet, transactions: Sequence[models.WalletTransaction]) -> Wallet:
    """The wallet with some transactions; amounts are positive for money received."""
    return Wallet(
        amount=wallet.balance.amount if wallet.balance else None,
        credit=wallet.balance.credit if wallet.balance else None,
        currency=_code(wallet.currency),
        transactions=tuple(_transaction_from(transaction, wallet.id) for transaction in transactions),
    )


def _transaction_from(transaction: models.WalletTransaction, wallet_id: int) -> Transaction:
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


def scopes_from(application: models.Application) -> frozenset[Scope]:
    """What the application may do; unknown scopes are ignored."""
    granted = set(application.scopes)
    return frozenset(scope for scope in Scope if {scope.value, "all"} & granted)


def _word(reason: str | None) -> str | None:
    """A word of Monta's as it may be logged and shown."""
    return None if reason is None else printable(reason, most=_LONGEST_WORD)


def _code(currency: models.Currency | None) -> str | None:
    return currency.code if currency else None
