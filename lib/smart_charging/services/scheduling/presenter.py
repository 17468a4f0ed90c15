"""Publishes a charger's plan as entities, logs changes of its state, and passes news to the notifier."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta, tzinfo
from functools import partial

from smart_charging.entities.chart import CHART_ENTITIES, MONTHS_ENTITIES, PRICES_ENTITIES
from smart_charging.entities.co2 import CO2_ENTITIES, Co2View
from smart_charging.entities.mode import MODE_ENTITIES
from smart_charging.entities.need import NEED_ENTITIES, NeedView
from smart_charging.entities.plan import PLAN_ENTITIES
from smart_charging.entities.plan_view import PeakView, PlanState, PlanView
from smart_charging.entities.price import PRICE_ENTITIES, PriceView
from smart_charging.entities.saving import SAVING_ENTITIES, Savings
from smart_charging.entities.sentence import UNSEEN, sentence
from smart_charging.mode import Mode
from smart_charging.planning.plan import Plan
from smart_charging.prices.curve import PriceCurve
from smart_charging.prices.wall_time import midnight, moments_of
from smart_charging.services.notify.notifier import Notifier
from smart_charging.services.scheduling.past_charts import PastCharts
from smart_charging.services.scheduling.plan_charts import PlanCharts
from smart_charging.services.scheduling.snapshot import Snapshot
from smart_charging.services.sessions.months import co2_of_month
from smart_charging.services.sessions.session_log import SessionLog
from smart_charging.services.watching.hub import Hub

_SHOWN_DAYS = timedelta(days=2, hours=1)
"""Today and tomorrow, also where the clocks are put back."""


class Presenter:
    """Publishes the plan of every charger and logs when its state changes."""

    def __init__(self, notifier: Notifier, session_log: SessionLog, *, zone: tzinfo, log: logging.Logger) -> None:
        self._notifier = notifier
        self._session_log = session_log
        self._zone = zone
        self._charts = PlanCharts(zone)
        self._past = PastCharts(session_log, zone)
        self._log = log
        self.states: dict[str, PlanState] = {}
        """As last shown, by the chargers' keys."""

    async def show(
        self,
        hub: Hub,
        snapshot: Snapshot,
        state: PlanState,
        plan: Plan | None,
        *,
        trouble: str | None,
        problems: Sequence[str],
        prices: Callable[[datetime], PriceCurve],
        prices_known_until: datetime | None,
        awaits_energy: bool,
        peak: PeakView | None,
        co2: Co2View | None,
        now: datetime,
    ) -> None:
        """Update the charger's entities, the log and the notifier.

        Args:
            prices: The prices with tariff, and estimates up to a moment.
        """
        need = self._need_view(snapshot, state, now)
        view = PlanView(
            charger=snapshot.charger,
            state=state,
            zone=self._zone,
            now=now,
            plan=plan,
            reason=trouble or snapshot.reason,
            delivered_kwh=snapshot.delivered_kwh,
            wanted_kwh=snapshot.wanted_kwh,
            mode=snapshot.car.mode,
            problems=problems,
            prices_known_until=prices_known_until,
            cost_so_far=snapshot.cost,
            plugged_in_at=snapshot.cable.plugged_in_at if snapshot.cable else None,
            may_return=snapshot.cable is not None and snapshot.cable.may_return(now),
            awaits_energy=awaits_energy,
            peak=peak,
            co2=co2,
            outlook=snapshot.outlook,
        )
        savings = self._session_log.saving(snapshot.key, now, self._zone)
        self._tell(view, snapshot.key)
        await self._publish(hub, view, need, savings)
        await self._notifier.take_in(view, snapshot.key)
        if view.mode != Mode.OFF and _knows_its_cable(hub, view):
            await self._notifier.remind(view, snapshot.key, partial(self._session_log.stays_at, snapshot.key))
        chart = self._charts.of(snapshot, plan, prices, now)
        device = hub.polling.device(snapshot.charger)
        if co2:
            month = co2_of_month(self._session_log.sessions, snapshot.key, now, self._zone)
            await hub.publisher.publish(CO2_ENTITIES, month, device)
        await hub.publisher.publish(CHART_ENTITIES, chart, device)
        await hub.publisher.publish(MONTHS_ENTITIES, self._past.months(snapshot.key, now), device)

    async def show_prices(self, hubs: Sequence[Hub], history: PriceCurve, now: datetime) -> None:
        """Update the price, and the picture of the last week's prices, at every account."""
        today = midnight(now.astimezone(self._zone).date(), self._zone)
        view = PriceView(curve=history.between(today, today + _SHOWN_DAYS), price_per_kwh=history.price_at(now))
        for hub in hubs:
            await hub.publisher.publish(PRICE_ENTITIES, view, hub.names.device)
            await hub.publisher.publish(PRICES_ENTITIES, self._past.week(history, now), hub.names.device)

    @staticmethod
    async def _publish(hub: Hub, view: PlanView, need: NeedView, savings: Savings) -> None:
        device, publisher = hub.polling.device(view.charger), hub.publisher
        await publisher.publish(PLAN_ENTITIES, view, device)
        await publisher.publish(NEED_ENTITIES, need, device)
        await publisher.publish(MODE_ENTITIES, need, device)
        await publisher.publish(SAVING_ENTITIES, savings, device)

    def _tell(self, view: PlanView, key: str) -> None:
        if self.states.get(key) != view.state:
            self.states[key] = view.state
            self._log.info("%s: %s", view.charger.name, sentence(view))

    def _need_view(self, snapshot: Snapshot, state: PlanState, now: datetime) -> NeedView:
        return NeedView(
            energy_kwh=snapshot.car.energy_kwh,
            ready_by=self._departure(snapshot, now),
            mode=snapshot.car.mode,
            is_smart=snapshot.car.mode is Mode.SMART and state not in {PlanState.MANUAL, PlanState.SKIPPED},
            ready_by_once=self._ahead(snapshot.car.ready_by_once, now),
            minimum_kwh=snapshot.car.minimum_kwh,
            price_limit=snapshot.car.price_limit,
            one_block=snapshot.car.one_block,
        )

    def _ahead(self, once: datetime | None, now: datetime) -> datetime | None:
        """A one-time departure as the local clock shows it; None once it has passed."""
        moment = once if once is None or once.tzinfo else moments_of(once, self._zone)[0]
        return moment.astimezone(self._zone) if moment and moment > now else None

    def _departure(self, snapshot: Snapshot, now: datetime) -> time | None:
        """The departure in local time; None where none is set."""
        if snapshot.car.ready_by is None and snapshot.car.ready_by_once is None:
            return None
        departure = snapshot.request.need.ready_by if snapshot.request else snapshot.car.departure(self._zone, now)
        return departure.astimezone(self._zone).time()


def _knows_its_cable(hub: Hub, view: PlanView) -> bool:
    """Whether a charger without a cable really has none, and has had none for more than a moment."""
    return hub.polling.is_answering and view.charger.state not in UNSEEN and not view.may_return
