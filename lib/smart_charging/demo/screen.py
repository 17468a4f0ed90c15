"""The package, helpers and dashboard of the demo's Home Assistant."""

from __future__ import annotations

import re
from collections.abc import Mapping

from smart_charging.charger import Charger
from smart_charging.clouds.opening import words_of
from smart_charging.demo.home_assistant import HomeAssistant
from smart_charging.demo.night import Night
from smart_charging.entities.helpers import Helper, helpers
from smart_charging.entities.names import AccountNames, Slugs
from smart_charging.setup.ha_dashboard import dashboard_file, ha_dashboard
from smart_charging.setup.ha_package import OLDEST_HOME_ASSISTANT, ha_package

_HOURS_OF_A_GRAPH = re.compile(r"(?<=hours_to_show: )\d+")


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
    def slug(self) -> str:
        """What the entity ids of the charger begin with, after the domain."""
        return self._slug

    @property
    def packages(self) -> Mapping[str, str]:
        """The package by its name."""
        return {self.names.prefix: ha_package([self._charger], self.names)}

    def files(self, speed: float) -> Mapping[str, str]:
        """The dashboard by its path.

        Args:
            speed: Of the night. Home Assistant's own clock is ours, so its graphs of what was show as much less of it.
        """
        dashboard = ha_dashboard([self._charger], self.names)
        return {dashboard_file(self.names): _HOURS_OF_A_GRAPH.sub(lambda found: _shorter(found, speed), dashboard)}

    @property
    def settings(self) -> Mapping[str, str]:
        """The helper that each argument of the scheduler follows."""
        return {helper.argument: self._entity_id(helper) for helper in self._helpers}

    async def invite(self, home: HomeAssistant, night: Night) -> None:
        """Set the helpers for the first night; people may change them for those that follow."""
        await home.call("input_datetime", "set_datetime", entity_id=self.settings["ready_by"], time=night.departure)
        await home.call("input_number", "set_value", entity_id=self.settings["energy_kwh"], value=night.wanted_kwh)

    def _entity_id(self, helper: Helper) -> str:
        return f"{helper.domain}.{self._slug}_{helper.key}"


def _shorter(hours: re.Match[str], speed: float) -> str:
    return f"{int(hours[0]) / speed:.4f}"
