"""The settings of one car, with the values of all followed entities filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from smart_charging.mode import Mode, TakeOver
from smart_charging.planning.departure import next_departure
from smart_charging.planning.keep_threshold import keep_threshold
from smart_charging.planning.need import Charged, energy_between
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.planning.start_cost import usual_start_cost
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.wall_time import moments_of

Wanted = tuple[float | None, float | None, float | None]
"""Energy in kWh, hours of charging, or a state of charge in per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarSettings:
    """The settings of one charger as values; None is off or, where a setting is required, unknown."""

    mode: Mode
    take_over: TakeOver
    energy_kwh: float | None
    hours: float | None
    target_soc_percent: float | None
    """None unless the need is given by SoC."""
    battery_kwh: float | None
    efficiency: float
    minimum_kwh: float
    minimum_soc_percent: float
    minimum_ready_soc_percent: float | None
    may_owe_kwh: float | None
    days_ahead: int
    power_kw: float | None
    load_kw: float | None
    ready_by: time | Mapping[int, time] | None
    """By weekday, 0 is Monday."""
    ready_by_once: datetime | None
    goes_on: bool
    margin: timedelta | None
    """None where nobody says; it is learned then."""
    price_limit: float | None
    cheapest_share: float | None
    start_cost: float | None
    """None where nobody says."""
    keep_share: float
    one_block: bool
    min_block: timedelta
    prefers_late: bool
    priority: int

    @property
    def wanted(self) -> Wanted:
        """The need as it is set; nothing but None where the car is to take what it likes."""
        return self.energy_kwh, self.hours, self.target_soc_percent

    @property
    def departure_words(self) -> str:
        """The departure setting as text; a session's departure is computed again only when it changes."""
        return f"{self.ready_by} {self.ready_by_once}"

    @property
    def charges_on(self) -> bool:
        """Whether a car short of energy is charged on after departure; an unknown departure counts as passed."""
        return self.goes_on or self.mode is Mode.NOW or self.ready_by is None

    def departure(self, zone: tzinfo, after: datetime) -> datetime:
        """The next departure; `after` itself where none is known, so that the car is charged at once."""
        once = self._once_at(zone)
        if once is not None and once > after:
            return once
        return after if self.ready_by is None else next_departure(self.ready_by, zone, after)

    def _once_at(self, zone: tzinfo) -> datetime | None:
        once = self.ready_by_once
        return once if once is None or once.tzinfo else moments_of(once, zone)[0]

    def may_owe_at(self, ready_by: datetime, zone: tzinfo) -> float:
        """What this departure may leave to later nights; nothing in mode `now`, and at a one-time departure."""
        is_asked_for = self.mode is Mode.NOW or ready_by == self._once_at(zone)
        return 0.0 if is_asked_for or not self.days_ahead else self.most_owed_kwh

    def missing_kwh(self, so_far: Charged, power_kw: float) -> float | None:
        """What is still to be charged; None without a set need, which means as much as the car takes."""
        if self.energy_kwh is not None:
            return max(0.0, self.energy_kwh + so_far.owed_kwh - so_far.energy_kwh)
        if self.hours is not None:
            return max(0.0, self.hours * power_kw - so_far.energy_kwh)
        if self.target_soc_percent is None:
            return None
        return self._up_to(self.target_soc_percent, so_far)

    def asked_kwh(self, so_far: Charged, missing_kwh: float) -> float:
        """All that the session is to have, in the end."""
        if self.energy_kwh is not None:
            return self.energy_kwh + so_far.owed_kwh
        return so_far.energy_kwh + missing_kwh

    @property
    def most_owed_kwh(self) -> float:
        """What any departure may have left to later nights; 0 for a car that is to have all it needs each time."""
        if self.energy_kwh is not None:
            return self.may_owe_kwh or 0.0
        target, least, battery_kwh = self.target_soc_percent, self.minimum_ready_soc_percent, self.battery_kwh
        if target is None or least is None or battery_kwh is None:
            return 0.0
        return energy_between(least, target, battery_kwh=battery_kwh, efficiency=self.efficiency)

    def minimum_missing_kwh(self, so_far: Charged) -> float:
        """What is still to be charged at once, to reach the minimum."""
        missing = max(0.0, self.minimum_kwh - so_far.energy_kwh)
        if self.battery_kwh is None or not self.minimum_soc_percent:
            return missing
        return max(missing, self._up_to(self.minimum_soc_percent, so_far) or 0.0)

    def _up_to(self, percent: float, so_far: Charged) -> float | None:
        """Energy up to a SoC; a car that reports none is taken for an empty one."""
        if self.battery_kwh is None:
            return None
        needed = energy_between(
            so_far.soc_percent or 0.0, percent, battery_kwh=self.battery_kwh, efficiency=self.efficiency
        )
        return max(0.0, needed - so_far.since_soc_kwh)

    def preferences(self, zone: tzinfo, curve: PriceCurve, wanted_kwh: float) -> Preferences:
        """The preferences for the plan; in mode `now` at any price and at once.

        Args:
            zone: Whose local days the cheapest share is taken of.
            curve: Prices of some days, by which a start has a cost where none is set, and the threshold its currency.
            wanted_kwh: Of the session.
        """
        threshold = keep_threshold(curve, wanted_kwh, self.keep_share)
        if self.mode is Mode.NOW:
            return Preferences(keep_threshold=threshold)
        return Preferences(
            start_cost=usual_start_cost(curve) if self.start_cost is None else self.start_cost,
            min_block=self.min_block,
            in_one_block=self.one_block,
            limit=self._limit(zone),
            prefers_late=self.prefers_late,
            keep_threshold=threshold,
        )

    @property
    def has_price_limit(self) -> bool:
        """Whether some prices are too high to charge at."""
        return self.price_limit is not None or self.cheapest_share is not None

    def _limit(self, zone: tzinfo) -> PriceLimit | None:
        if not self.has_price_limit:
            return None
        return PriceLimit(highest_per_kwh=self.price_limit, cheapest_share=self.cheapest_share, zone=zone)


UNKNOWN_CAR = CarSettings(
    mode=Mode.SMART,
    take_over=TakeOver.PLUG_IN,
    energy_kwh=None,
    hours=None,
    target_soc_percent=None,
    battery_kwh=None,
    efficiency=1.0,
    minimum_kwh=0.0,
    minimum_soc_percent=0.0,
    minimum_ready_soc_percent=None,
    may_owe_kwh=None,
    days_ahead=0,
    power_kw=None,
    load_kw=None,
    ready_by=None,
    ready_by_once=None,
    goes_on=True,
    margin=None,
    price_limit=None,
    cheapest_share=None,
    start_cost=None,
    keep_share=0.0,
    one_block=False,
    min_block=timedelta(0),
    prefers_late=False,
    priority=0,
)
"""Settings that say nothing: shown where they cannot be read for a bug, and what the command line begins with."""
