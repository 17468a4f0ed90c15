"""A world for a household, drawn: the habits of its cloud and chargers, its clock, whether it has a broker."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.habits import (
    USUAL,
    CableStamp,
    Habits,
    Json,
    KwhTold,
    ListOrder,
    Words,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_LIST_LAGS_S = (0, 0, 0, 5, 20, 45)
_A_VERY_LATE_LIST = 180 * SECOND
_STATE_LAGS_S = (0, 0, 0, 5, 20, 60)
_CABLE_LAGS_S = (0, 0, 0, 5, 20)
_LOOK_LAGS_S = (0, 0, 0, 10, 40)
_RHYTHMS = (timedelta(0), timedelta(0), 10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE)
_AHEAD_S = (0, 0, 0, 0, 2, -3, 70, -45, 200, -240)
_OTHERS = (0, 0, 0, 0, 2, 4)
_PAST = (0, 0, 0, 0, 30, 120)
_CHARGE_STATES: Sequence[Mapping[str, str]] = (
    {},
    {},
    {"starting": "reserved"},
    {"stopped": "releasing"},
    {"released": "completed"},
)
_AT = "2026-02-01T21:00:00Z"
_ODD_CHARGES: Sequence[Json] = (
    {"id": 5, "state": None, "createdAt": None},
    {"id": 6, "chargePointId": None, "state": "completed", "createdAt": _AT, "updatedAt": _AT},
    {"id": 7, "state": "completed", "createdAt": _AT, "updatedAt": _AT, "consumedKwh": "n/a"},
    {"id": 8, "state": "completed", "createdAt": "", "updatedAt": ""},
    {"id": 9, "state": "completed", "createdAt": _AT, "updatedAt": _AT, "startedAt": "", "soc": 50},
)
_ODD_POINTS: Sequence[Json] = (
    {"id": 990001, "name": 17, "state": 3, "cablePluggedIn": "no"},
    {"id": None, "name": "Gone", "state": "available", "cablePluggedIn": False},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnWorld:
    """What a household has around it, besides what happens in a night."""

    habits: Habits = USUAL
    is_quota_sliding: bool = False
    others_requests: int = 0
    """Of another program with the same credentials, in each window."""
    host_ahead: timedelta = timedelta(0)
    """Of the clock the apps read, against true time."""
    has_broker: bool = False
    tracks_cost: bool = True
    """Whether the owner has told Monta what electricity costs."""
    driver_price: float = 0.0

    @property
    def tells_energy(self) -> bool:
        """Whether anybody can know what a car takes while it charges."""
        return self.habits.kwh_told is not KwhTold.SETTLED or self.habits.tells_meter

    def monta(self, now: Callable[[], datetime]) -> MontaStandIn:
        """The cloud of this world."""
        price = (lambda _at: 0.3) if self.tracks_cost else None
        monta = MontaStandIn(now=now, habits=self.habits, price=price, driver_price=self.driver_price)
        monta.quota.is_sliding, monta.quota.others = self.is_quota_sliding, self.others_requests
        monta.site.keeps_commands = self.habits.keeps_commands
        return monta

    def __str__(self) -> str:
        """Only what is unusual."""
        odd = {one.name: getattr(self.habits, one.name) for one in fields(Habits)}
        own = {one.name: getattr(self, one.name) for one in fields(DrawnWorld) if one.name != "habits"}
        usual = {one.name: one.default for one in fields(DrawnWorld)}
        told = [f"{name}={value}" for name, value in odd.items() if value != getattr(USUAL, name)]
        told += [f"{name}={value}" for name, value in own.items() if value != usual[name]]
        return ", ".join(told) or "as usual"


USUAL_WORLD = DrawnWorld()


def draw_world(seed: object) -> DrawnWorld:
    """The same for the same seed."""
    rng = random.Random(f"{seed} world")  # noqa: S311  # repeatable, guards nothing
    return DrawnWorld(
        habits=replace(_habits(rng), **_rare_habits(random.Random(f"{seed} rare"))),  # noqa: S311
        is_quota_sliding=rng.random() < 0.4,
        others_requests=rng.choice(_OTHERS),
        host_ahead=rng.choice(_AHEAD_S) * SECOND,
        has_broker=rng.random() < 0.3,
        tracks_cost=rng.random() < 0.5,
        driver_price=rng.choice((0.0, 0.0, 1.2)),
    )


def _rare_habits(rng: random.Random) -> dict[str, Any]:
    """What few clouds do."""
    return {
        "look_lag": rng.choice(_LOOK_LAGS_S) * SECOND,
        "counts_pages": rng.random() < 0.8,
        "kwh_told": KwhTold.ALWAYS if rng.random() < 0.9 else KwhTold.AT_END,
        "names_end": rng.random() < 0.9,
        **({"list_lag": _A_VERY_LATE_LIST} if rng.random() < 0.1 else {}),
        **({"kwh_told": KwhTold.SETTLED, "tells_meter": False} if rng.random() < 0.05 else {}),
    }


def _habits(rng: random.Random) -> Habits:
    odd_charges = rng.sample(_ODD_CHARGES, rng.choice((0, 0, 1, 3)))
    return Habits(
        list_order=rng.choice(list(ListOrder)),
        list_lag=rng.choice(_LIST_LAGS_S) * SECOND,
        state_lag=rng.choice(_STATE_LAGS_S) * SECOND,
        cable_lag=rng.choice(_CABLE_LAGS_S) * SECOND,
        reasons=rng.choice(list(Words)),
        states=rng.choice(list(Words)),
        charge_states=rng.choice(_CHARGE_STATES),
        cable_stamp=rng.choice(list(CableStamp)),
        meter_rhythm=rng.choice(_RHYTHMS),
        keeps_commands=rng.random() < 0.7,
        odd_charges=odd_charges,
        odd_charge_points=rng.sample(_ODD_POINTS, rng.choice((0, 0, 0, 1))),
        past_charges=max(rng.choice(_PAST), 5 * (len(odd_charges) > 1)),  # several odd rows alone are an odd answer
        clock_ahead=rng.choice(_AHEAD_S) * SECOND,
    )
