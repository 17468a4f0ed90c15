"""Prices, needs and cables become starts and stops."""

from __future__ import annotations

from charging_app import ChargingApp, utc_now
from charging_control import ChargingControl
from charging_monitor import ChargingMonitor
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.services.heartbeat import Heartbeat
from smart_charging.services.notify.notifier import Notices
from smart_charging.services.pricing.feed import PriceFeed
from smart_charging.services.scheduling.scheduler import Scheduling
from smart_charging.services.sessions.session_log import SESSIONS_FILE, SessionBook


class ChargingScheduler(ChargingApp):
    """Have the cars full in the morning, at the lowest cost that was possible."""

    _scheduling: Scheduling | None = None

    async def initialize(self) -> None:
        """Wire prices, chargers and control together."""
        await self.join()
        if (settings := self.settings(SchedulerSettings)) is None:
            return
        monitor = await self.partner(settings.monitor, ChargingMonitor)
        control = await self.partner(settings.control, ChargingControl)
        if monitor is None or monitor.hub is None or control is None or control.control is None:
            return
        prices = PriceFeed(settings, self, self, self, zone=self.zone, clock=utc_now, log=self.logger)
        notices = Notices(self, self, settings.notify, zone=self.zone, clock=utc_now, log=self.logger)
        book = SessionBook(self.folder / SESSIONS_FILE, self.logger)
        await book.prepare()
        self._scheduling = Scheduling(
            settings,
            monitor.hub,
            control.control,
            prices,
            notices=notices,
            book=book,
            entities=self,
            memory=self,
            zone=self.zone,
            clock=utc_now,
            log=self.logger,
        )
        loop = Heartbeat(self._scheduling.beat, self.logger)
        self._scheduling.follow(loop.wake)
        for entity_id in {*prices.followed, *self._scheduling.entity_ids}:
            await self.on_change(entity_id, loop.wake)
        await self.on_home_assistant_back(prices.hurry)
        messages = Heartbeat(notices.beat, self.logger)
        notices.wake_with(messages.wake)
        for heartbeat in (loop, messages):
            await self.in_background(heartbeat.run())

    async def terminate(self) -> None:
        """Leave hub and control; a running charge goes on, and is known again after the start."""
        await super().terminate()
        if self._scheduling:
            self._scheduling.close()
