"""The package, helpers and dashboard of the demo's Home Assistant."""

from __future__ import annotations

from collections.abc import Mapping

from smart_charging.charger import Charger
from smart_charging.clouds.opening import words_of
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.night import Night
from smart_charging.entities.helpers import Helper, helpers
from smart_charging.entities.names import AccountNames, Slugs
from smart_charging.setup.ha_dashboard import dashboard_file, ha_dashboard
from smart_charging.setup.ha_package import OLDEST_HOME_ASSISTANT, ha_package


class Screen:
    """The files for one charger that people are told to create."""

    def __init__(self, cloud: str, charger_id: str, name: str) -> None:
        self.names = AccountNames(words=words_of(cloud))
        self._charger = Charger.named(charger_id, name)
        self._slug = Slugs({}, self.names.prefix).of(self._charger)
        self._helpers = helpers(mqtt=False)

    @staticmethod
    def fits(series: tuple[int, int]) -> bool:
        """Whether this version of Home Assistant is new enough for the package."""
        return series >= OLDEST_HOME_ASSISTANT

    @property
    def packages(self) -> Mapping[str, str]:
        """The package by its name."""
        return {self.names.prefix: ha_package([self._charger], self.names)}

    @property
    def files(self) -> Mapping[str, str]:
        """The dashboard by its path; its times show seconds, because a quarter of an hour lasts only seconds."""
        return {dashboard_file(self.names): ha_dashboard([self._charger], self.names).replace("%H:%M", "%H:%M:%S")}

    @property
    def settings(self) -> Mapping[str, str]:
        """The helper that each argument of the scheduler follows."""
        return {helper.argument: self._entity_id(helper) for helper in self._helpers}

    async def invite(self, home: HomeAssistant, night: Night, *, with_energy: bool) -> None:
        """Set the helpers for a night; the energy only at first, as people may have changed it since."""
        await home.call("input_datetime", "set_datetime", entity_id=self.settings["ready_by"], time=night.departure)
        if with_energy:
            await home.call("input_number", "set_value", entity_id=self.settings["energy_kwh"], value=night.wanted_kwh)

    def _entity_id(self, helper: Helper) -> str:
        return f"{helper.domain}.{self._slug}_{helper.key}"
