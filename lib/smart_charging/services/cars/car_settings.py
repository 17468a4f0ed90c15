"""What one car is to get, once every setting has its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from smart_charging.config.scheduler import TakeOver
from smart_charging.mode import Mode
from smart_charging.planning.departure import next_departure
from smart_charging.planning.need import Charged, energy_between
from smart_charging.planning.preferences import Preferences
from smart_charging.planning.price_limit import PriceLimit
from smart_charging.prices.wall_time import moments_of

KEEP_THRESHOLD = 0.05
"""Of the currency: the seconds a charger needs to begin are no reason for another start elsewhere in the night."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarSettings:
    """The settings of one charger as values; None is not wanted or, for what has to be there, not known."""

    mode: Mode
    take_over: TakeOver
    energy_kwh: float | None
    hours: float | None
    target_soc_percent: float | None
    """None unless the state of charge is what counts."""
    battery_kwh: float | None
    efficiency: float
    minimum_kwh: float
    minimum_soc_percent: float
    power_kw: float | None
    load_kw: float | None
    ready_by: time | Mapping[int, time] | None
    """By weekday, 0 is Monday."""
    ready_by_once: datetime | None
    goes_on: bool
    margin: timedelta
    price_limit: float | None
    cheapest_share: float | None
    start_cost: float
    one_block: bool
    min_block: timedelta
    prefers_late: bool
    priority: int

    @property
    def departure_words(self) -> str:
        """Changes with the setting; a departure is made of it once, and anew when it changes."""
        return f"{self.ready_by} {self.ready_by_once}"

    @property
    def charges_on(self) -> bool:
        """Whether a car short of energy is charged on when its departure has passed; one that nobody knows has."""
        return self.goes_on or self.mode is Mode.NOW or self.ready_by is None

    def departure(self, zone: tzinfo, after: datetime) -> datetime:
        """The next one; at once where it is not known, so that the car is not left empty."""
        once = self.ready_by_once
        if once is not None:
            once = once if once.tzinfo else moments_of(once, zone)[0]
            if once > after:
                return once
        return after if self.ready_by is None else next_departure(self.ready_by, zone, after)

    def missing_kwh(self, so_far: Charged, power_kw: float) -> float | None:
        """What is still to be charged; None when nobody says how much, which means all that fits."""
        if self.energy_kwh is not None:
            return max(0.0, self.energy_kwh - so_far.energy_kwh)
        if self.hours is not None:
            return max(0.0, self.hours * power_kw - so_far.energy_kwh)
        if self.target_soc_percent is None:
            return None
        return self._up_to(self.target_soc_percent, so_far)

    def minimum_missing_kwh(self, so_far: Charged) -> float:
        """What is still to be charged at once."""
        missing = max(0.0, self.minimum_kwh - so_far.energy_kwh)
        if self.battery_kwh is None or not self.minimum_soc_percent:
            return missing
        return max(missing, self._up_to(self.minimum_soc_percent, so_far) or 0.0)

    def _up_to(self, percent: float, so_far: Charged) -> float | None:
        """Energy up to a state of charge; a car that says nothing is taken for an empty one."""
        if self.battery_kwh is None:
            return None
        needed = energy_between(
            so_far.soc_percent or 0.0, percent, battery_kwh=self.battery_kwh, efficiency=self.efficiency
        )
        return max(0.0, needed - so_far.since_soc_kwh)

    def preferences(self, zone: tzinfo) -> Preferences:
        """How the plan is to be; at any price and at once in mode `now`.

        Args:
            zone: Whose days have a cheapest share.
        """
        if self.mode is Mode.NOW:
            return Preferences(keep_threshold=KEEP_THRESHOLD)
        return Preferences(
            start_cost=self.start_cost,
            min_block=self.min_block,
            in_one_block=self.one_block,
            limit=self._limit(zone),
            prefers_late=self.prefers_late,
            keep_threshold=KEEP_THRESHOLD,
        )

    def _limit(self, zone: tzinfo) -> PriceLimit | None:
        if self.price_limit is None and self.cheapest_share is None:
            return None
        return PriceLimit(highest_per_kwh=self.price_limit, cheapest_share=self.cheapest_share, zone=zone)
