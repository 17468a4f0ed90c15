"""Plans that regard CO2; without `co2_entity` all of it changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from smart_charging.config.prices import PriceSettings
from smart_charging.entities.co2 import Co2View
from smart_charging.planning.charge_request import ChargeRequest
from smart_charging.planning.co2_weight import Co2Weight, in_money, limited_by
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.services.home_assistant import Entities
from smart_charging.services.pricing.co2_feed import Co2Feed


class Co2:
    """Plans are made by prices with CO2 in them, then shown and booked in money alone."""

    def __init__(self, settings: PriceSettings, entities: Entities, *, zone: tzinfo, log: logging.Logger) -> None:
        self._feed = Co2Feed(settings, entities, zone=zone, log=log)
        self._price_per_kg = settings.co2_price_per_kg
        self.read = self._feed.read
        self.followed = self._feed.followed
        self._weighed: tuple[tuple[PriceCurve, PriceCurve, datetime], PriceCurve] | None = None
        """The last result, with what it was made of."""

    @property
    def counted_by(self) -> Callable[[], PriceCurve] | None:
        """What tells the grams per kWh by which sessions are counted; None without `co2_entity`."""
        return (lambda: self._feed.grams) if self.followed else None

    def problems(self, now: datetime) -> Sequence[str]:
        """A sentence where plans should regard CO2 and cannot."""
        problem = self._feed.problem(now) if self._price_per_kg else None
        return [f"CO2: {problem}"] if problem else []

    def weighed(self, money: PriceCurve, now: datetime) -> PriceCurve:
        """The prices to plan with: the same ones where CO2 has no price or no figure."""
        made_of = money, self._feed.grams, now.replace(minute=0, second=0, microsecond=0)
        if self._weighed is None or self._weighed[0] != made_of:
            self._weighed = made_of, self._weight.weighed(money, now)
        known, weighed = self._weighed
        return money if weighed is known[0] else weighed

    @staticmethod
    def limited(requests: Sequence[ChargeRequest], money: PriceCurve, weighed: PriceCurve) -> Sequence[ChargeRequest]:
        """The requests, whose price limits stay limits of money."""
        return requests if weighed is money else limited_by(money, requests)

    @staticmethod
    def in_money(
        plans: Mapping[str, Plan],
        requests: Sequence[ChargeRequest],
        money: PriceCurve,
        weighed: PriceCurve,
        now: datetime,
    ) -> Mapping[str, Plan]:
        """The plans at prices of money alone."""
        return plans if weighed is money else in_money(plans, requests, money, now)

    def view(self, plan: Plan | None, so_far_g: float | None, now: datetime) -> Co2View | None:
        """What is shown of CO2 beside a plan; None without `co2_entity`."""
        if not self.followed:
            return None
        return Co2View(planned_g=self._weight.of_plan(plan, now) if plan else None, so_far_g=so_far_g)

    @property
    def _weight(self) -> Co2Weight:
        return Co2Weight(grams=self._feed.grams, price_per_kg=self._price_per_kg)
