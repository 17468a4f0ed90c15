"""Translates the Partner API's models into chargers and charges; the charger's own OCPP status goes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from smart_charging.charger import Charge, ChargerState, ChargeState
from smart_charging.clouds.link import Scope
from smart_charging.clouds.monta import translate
from smart_charging.clouds.monta.models import ChargeState as ChargeWord
from smart_charging.clouds.monta.translate import (
    ChargeMoney,
    active_state,
    charge_of_facts,
    charger_state,
    charges_of,
    is_plugged_in,
    name_of,
)
from smart_charging.clouds.monta_partner import charge_models
from smart_charging.clouds.monta_partner.charge_points import ChargePoint, OcppStatus
from smart_charging.clouds.monta_partner.charger import OwnRules, PartnerCharger
from smart_charging.printable import printable

_LONGEST_WORD = 100
LEAST_A, MOST_A = 6.0, 32.0
"""Of IEC 61851 on AC, and of the largest chargers at home."""
_ONE_PHASE_UP_TO_KW = 7.4
_KW_PER_A = 0.23

_OCPP_STATES: Mapping[OcppStatus | None, ChargerState] = {
    OcppStatus.AVAILABLE: ChargerState.AVAILABLE,
    OcppStatus.NOT_CONNECTED: ChargerState.OFFLINE,
    OcppStatus.OFFLINE: ChargerState.OFFLINE,
    OcppStatus.ERROR: ChargerState.FAULTED,
    OcppStatus.FAULTED: ChargerState.FAULTED,
    OcppStatus.PREPARING: ChargerState.PREPARING,
    OcppStatus.EV_CONNECTED: ChargerState.PREPARING,
    OcppStatus.CHARGING: ChargerState.CHARGING,
    OcppStatus.PAUSED_EV: ChargerState.SUSPENDED_EV,
    OcppStatus.SUSPENDED_EV: ChargerState.SUSPENDED_EV,
    OcppStatus.PAUSED_EVSE: ChargerState.SUSPENDED_EVSE,
    OcppStatus.SUSPENDED_EVSE: ChargerState.SUSPENDED_EVSE,
    OcppStatus.FINISHING: ChargerState.FINISHING,
    OcppStatus.RESERVED: ChargerState.RESERVED,
    OcppStatus.UNAVAILABLE: ChargerState.INOPERATIVE,
}
"""The others do not say what the charger is doing: Monta's own state of the charge point then does."""

_WITH_CABLE = frozenset(
    {
        ChargerState.PREPARING,
        ChargerState.CHARGING,
        ChargerState.SUSPENDED_EV,
        ChargerState.SUSPENDED_EVSE,
        ChargerState.FINISHING,
    }
)
_SCOPES: Mapping[Scope, tuple[str, str]] = {
    Scope.CHARGERS: ("charge-points", "read"),
    Scope.CHARGES: ("charges", "read"),
    Scope.CONTROL: ("charges", "write"),
    Scope.WALLET: ("wallets", "read"),
}
_LEVELS = ("read", "write", "delete")
"""Each includes those before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFacts:
    """All that a charger is made of."""

    point: ChargePoint
    charges: tuple[charge_models.Charge, ...]
    """Newest first."""
    may_see_charges: bool
    identity: str | None
    """The charger's name in OCPP, where it has been read."""
    rules: OwnRules | None
    current_a: float | None
    """What its last accepted charging profile allows."""
    sets_current: bool
    now: datetime = field(compare=False)
    """By Monta's clock."""

    @property
    def may_age(self) -> bool:
        """Whether the time alone changes the charger: a charge in a state that nobody knows is over one day."""
        return any(charge.state in {ChargeWord.OTHER, ChargeWord.UNKNOWN} for charge in self.charges)


def charger_from(facts: ShownFacts) -> PartnerCharger:
    """A charge point with its charges."""
    point = facts.point
    charges = charges_of(facts.charges, charge_from, facts.now, meter_kwh=point.last_meter_reading_kwh)
    active = active_state(charges)
    state = _state(point, active)
    return PartnerCharger(
        id=str(point.id),
        name=name_of(point),
        state=state,
        cloud_state=_word(point.state_word),
        is_plugged_in=is_plugged_in(point, active) or _OCPP_STATES.get(point.ocpp.status) in _WITH_CABLE,
        visibility=point.visibility.value,
        type=point.type.value if point.type else "unknown",
        meter_kwh=point.last_meter_reading_kwh,
        max_power_kw=point.max_power_kw,
        charges=charges,
        may_see_charges=facts.may_see_charges,
        power_kw=_power_kw(state, facts.charges),
        is_power_estimated=True,  # Monta records it "during the charge", which need not be now
        current_limit_a=facts.current_a if facts.sets_current else None,
        min_current_a=LEAST_A if facts.sets_current else None,
        max_current_a=_most_a(point.max_power_kw) if facts.sets_current else None,
        firmware=_word(point.firmware_version),
        ocpp_status=point.ocpp.status.value if point.ocpp.status else None,
        ocpp_status_at=point.ocpp.updated_at,
        ocpp_identity=_word(facts.identity),
        model=_word(" ".join(word for word in (point.brand_name, point.model_name) if word)),
        rules=facts.rules,
    )


def charge_from(charge: charge_models.Charge, now: datetime, *, is_newest: bool = True) -> Charge:
    """A charge with its money as floats; `now` and `is_newest` as for `charge_of_facts`."""
    money = ChargeMoney(
        cost=_float(charge.cost),
        price=_float(charge.price),
        average_price_per_kwh=_float(charge.average_price_per_kwh),
        price_limit=_float(charge.price_limit),
    )
    return charge_of_facts(charge, charge.charge_point_id or 0, money, now, is_newest=is_newest)


def scopes_from(granted: Sequence[str]) -> frozenset[Scope]:
    """What the credentials may do; each level includes the lower ones."""
    held = [(subject, level) for subject, _, level in (scope.partition(":") for scope in granted)]
    return frozenset(scope for scope, needed in _SCOPES.items() if any(_covers(one, needed) for one in held))


def _covers(held: tuple[str, str], needed: tuple[str, str]) -> bool:
    (subject, level), (needed_subject, needed_level) = held, needed
    if subject not in {"all", needed_subject} or level not in _LEVELS:
        return False
    return _LEVELS.index(level) >= _LEVELS.index(needed_level)


def _state(point: ChargePoint, active: ChargeState | None) -> ChargerState:
    """By Monta where it has lost or closed the charge point, else by OCPP."""
    if broken := translate.OUT_OF_ORDER.get(point.state):
        return broken
    own = _OCPP_STATES.get(point.ocpp.status)
    if own is None or (active and own is ChargerState.AVAILABLE):  # a status from before the cable went in
        return charger_state(point, active)
    return own


def _power_kw(state: ChargerState, charges: Sequence[charge_models.Charge]) -> float | None:
    return charges[0].power_kw if charges and state is ChargerState.CHARGING else None


def _most_a(power_kw: float | None) -> float:
    """The rated current per phase: up to 7.4 kW a charger has one phase."""
    if not power_kw:
        return MOST_A
    phases = 1 if power_kw <= _ONE_PHASE_UP_TO_KW else 3
    return min(MOST_A, max(LEAST_A, round(power_kw / phases / _KW_PER_A)))


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _word(text: str | None) -> str | None:
    return printable(text, most=_LONGEST_WORD) if text else None
