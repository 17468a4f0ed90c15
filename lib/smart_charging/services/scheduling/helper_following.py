"""Keeps the settings of all chargers on the helpers that were made for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from smart_charging.charger import Charger
from smart_charging.config.monitor import Writer
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.mode import Mode
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.provisioning.provisioned_charger import ProvisionedCharger
from smart_charging.services.provisioning.provisioning import Provisioning
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler

Make = Callable[[ChargerSchedule, CommandedAccount], ChargerScheduler]


class HelperFollowing:
    """Creates the schedulers of chargers, and lets them follow helpers that are made later, too.

    Args:
        provisioning: None follows only what apps.yaml names.
    """

    def __init__(self, make: Make, provisioning: Provisioning | None) -> None:
        self._make = make
        self._provisioning = provisioning
        self._schedulers: list[ChargerScheduler] = []

    def make(self, schedule: ChargerSchedule, account: CommandedAccount) -> ChargerScheduler:
        """The scheduler of one charger."""
        scheduler = self._make(schedule, account)
        self._schedulers.append(scheduler)
        self._use(scheduler)
        return scheduler

    def follow_new(self) -> None:
        """Follow the helpers that were made meanwhile."""
        for scheduler in self._schedulers:
            self._use(scheduler)

    @property
    def provisioned(self) -> Sequence[ProvisionedCharger]:
        """The chargers whose settings may be in Home Assistant: those that their accounts list."""
        return list(self._provisioned())

    async def on_option_selected(self, call: Mapping[str, Any]) -> None:
        """After an action `input_select.select_option`: smart, chosen anew, ends a manual override.

        A helper that says smart already does not change by it, so that nobody else would notice.
        """
        data = call.get("service_data")
        if not isinstance(data, Mapping) or data.get("option") != Mode.SMART:
            return
        named = data.get("entity_id")
        for scheduler in self._schedulers:
            if scheduler.settings_reader.followed("mode") in (named if isinstance(named, list) else [named]):
                await scheduler.resume()

    def _use(self, scheduler: ChargerScheduler) -> None:
        if self._provisioning:
            scheduler.settings_reader.use(self._provisioning.followed(scheduler.schedule, scheduler.key))

    def _provisioned(self) -> Iterator[ProvisionedCharger]:
        for scheduler in self._schedulers:
            hub = scheduler.account.hub
            if charger := hub.polling.chargers.get(scheduler.charger_id):
                yield ProvisionedCharger(
                    key=scheduler.key,
                    charger=Charger.named(charger.id, charger.name),  # nothing that changes with every read
                    slug=hub.polling.slug(charger),
                    names=hub.names,
                    schedule=scheduler.schedule,
                    has_mqtt=hub.settings["writer"] is Writer.MQTT,
                )
