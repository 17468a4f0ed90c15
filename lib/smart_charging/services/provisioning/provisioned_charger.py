"""A charger whose settings are to be in Home Assistant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from smart_charging.charger import Charger
from smart_charging.config.followed import EntityRef
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.entities.helpers import Helper, helpers
from smart_charging.entities.names import AccountNames


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedCharger:
    """What has to be known of it."""

    key: str
    """Its device's id, unique over all accounts."""
    charger: Charger
    slug: str
    names: AccountNames
    """Of its account."""
    schedule: ChargerSchedule
    """As in apps.yaml."""
    has_mqtt: bool
    """Whether its settings are MQTT entities anyway."""

    @property
    def helpers(self) -> Sequence[Helper]:
        """The helpers it lacks."""
        return [helper for helper in helpers(mqtt=self.has_mqtt) if may_follow(self.schedule, helper.argument)]


def may_follow(schedule: ChargerSchedule, argument: str) -> bool:
    """Whether a helper can say this: not where apps.yaml names an entity, or something that no helper can hold."""
    match value := getattr(schedule, argument):
        case EntityRef():
            return False
        case datetime():
            return value.tzinfo is None
        case None:
            return argument != "energy_kwh"  # then the need is given in another way
        case _:
            return isinstance(value, str | float | bool | time)
