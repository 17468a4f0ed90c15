"""Plans as the apps make them: arguments as in apps.yaml, with their defaults, through the scheduler's own code."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.day_ahead_files import HOUR, ZONE
from smart_charging.charger import Charger, ChargerState
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.co2_weight import Co2Weight
from smart_charging.planning.need import Charged
from smart_charging.planning.plan import Plan, PlanSlot
from smart_charging.planning.replanner import Replanner
from smart_charging.prices.curve import NO_PRICES, PriceCurve
from smart_charging.services.cars.car_settings import CarSettings
from smart_charging.services.cars.car_settings_reader import CarSettingsReader
from smart_charging.services.cars.learned_margin import LearnedMargin
from smart_charging.services.cars.request import request_for, wanting_kwh
from smart_charging.services.scheduling.round_plans import Memory, Question, SharedFuse, answered
from smart_charging.services.scheduling.snapshot import Snapshot
from worlds.household import FakeHass

LOG = logging.getLogger("as_shipped")
PURE_PLANNER: Mapping[str, Any] = {"margin_s": 0, "keep_share": 0, "start_cost": 0}
"""Arguments with which nothing but the price counts."""
_NO_CO2 = Co2Weight(grams=NO_PRICES, price_per_kg=0.0)


def margin_after(nights: int) -> timedelta:
    """What the apps learn in so many nights in which nothing is lost; of none, that of a fresh install."""
    return asyncio.run(_margin_after(nights))


async def _margin_after(nights: int) -> timedelta:
    margin, at = LearnedMargin("1", FakeHass()), datetime.now(ZONE)
    plan = Plan(slots=[PlanSlot(start=at, end=at + HOUR, price_per_kwh=None, energy_kwh=11)], ready_by=at + 9 * HOUR)
    for _ in range(nights):
        await margin.begin(11)
        margin.note_plan(plan)
        margin.note_energy(0, at)
        margin.note_energy(11, at + HOUR)
        await margin.end(11, is_full=False)
    return await margin.of_session(11)


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """An install: what its apps.yaml says, and what it has learned."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Of a charger; those that are not written have their defaults."""
    margin: timedelta

    def car(self, energy_kwh: float) -> CarSettings:
        charger = {"charge_point_id": 1, "ready_by": "07:00", "energy_kwh": energy_kwh, **self.arguments}
        settings = SchedulerSettings.model_validate({"fixed": 1, "chargers": [charger]})
        home = FakeHass()
        return CarSettingsReader(settings.chargers[0], "1", home, home, LOG).settings


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A car that is plugged in."""

    key: str
    car: CarSettings
    had_kwh: float
    power_kw: float
    ready_by: datetime
    is_running: bool


class Planner:
    """Plans for the cars of one house, kept and replaced from round to round as the scheduler does."""

    def __init__(self, shipped: Shipped, fuse_kw: float | None = None) -> None:
        self._margin = shipped.margin
        self._fuse = None if fuse_kw is None else SharedFuse(limit_kw=fuse_kw)
        self._memory = Memory(replanner=Replanner(LOG))

    def plans(self, cars: Sequence[Asked], curve: PriceCurve, history: PriceCurve, now: datetime) -> Mapping[str, Plan]:
        """By key.

        Args:
            curve: Prices to plan with, estimates among them.
            history: Those that are published, with the days before.
        """
        question = Question(
            snapshots=[self._snapshot(one, history, now) for one in cars],
            fuse=self._fuse,
            curve=curve,
            history=history,
            co2=_NO_CO2,
            now=now,
            memory=self._memory,
        )
        answer = answered(question, LOG)
        self._memory = answer.memory
        return answer.plans

    def _snapshot(self, asked: Asked, history: PriceCurve, now: datetime) -> Snapshot:
        charger = Charger(
            id=asked.key,
            name=asked.key,
            state=ChargerState.CHARGING if asked.is_running else ChargerState.PREPARING,
            cloud_state=None,
            is_plugged_in=True,
            visibility="private",
            type="ac",
        )
        return Snapshot(
            key=asked.key,
            charger=charger,
            car=asked.car,
            guess_kw=asked.power_kw,
            power_kw=asked.power_kw,
            load_kw=asked.power_kw,
            request=self._request(asked, history, now),
        )

    def _request(self, asked: Asked, history: PriceCurve, now: datetime) -> ChargeRequest:
        so_far = Charged(energy_kwh=asked.had_kwh)
        missing = wanting_kwh(asked.car, so_far, power_kw=asked.power_kw, ready_by=asked.ready_by, now=now)
        return request_for(
            asked.key,
            asked.car,
            so_far,
            missing_kwh=missing,
            wanted_kwh=asked.had_kwh + missing,
            power_kw=asked.power_kw,
            ready_by=asked.ready_by,
            margin=self._margin,
            history=history,
            zone=ZONE,
            is_running=asked.is_running,
        )
