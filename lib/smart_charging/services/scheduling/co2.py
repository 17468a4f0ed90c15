"""The CO2 of the grid as plans regard it; without `co2_entity` all of it changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from smart_charging.config.prices import PriceSettings
from smart_charging.entities.co2 import Co2View
from smart_charging.planning.co2_weight import Co2Weight
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.home_assistant import Entities
from smart_charging.services.pricing.co2_feed import Co2Feed


class Co2:
    """What is read of CO2, for plans, for sessions and to be shown."""

    def __init__(self, settings: PriceSettings, entities: Entities, *, zone: tzinfo, log: logging.Logger) -> None:
        self._feed = Co2Feed(settings, entities, zone=zone, log=log)
        self._price_per_kg = settings.co2_price_per_kg
        self.read = self._feed.read
        self.followed = self._feed.followed

    @property
    def counted_by(self) -> Callable[[], PriceCurve] | None:
        """What tells the grams per kWh by which sessions are counted; None without `co2_entity`."""
        return (lambda: self._feed.grams) if self.followed else None

    def problems(self, now: datetime) -> Sequence[str]:
        """A sentence where plans should regard CO2 and cannot."""
        problem = self._feed.problem(now) if self._price_per_kg else None
        return [f"CO2: {problem}"] if problem else []

    @property
    def weight(self) -> Co2Weight:
        """What plans have to regard; nothing where CO2 has no price or no figure."""
        return Co2Weight(grams=self._feed.grams, price_per_kg=self._price_per_kg)

    def view(self, plan: Plan | None, so_far_g: float | None, now: datetime) -> Co2View | None:
        """What is shown of CO2 beside a plan; None without `co2_entity`."""
        if not self.followed:
            return None
        return Co2View(planned_g=self.weight.of_plan(plan, now) if plan else None, so_far_g=so_far_g)
