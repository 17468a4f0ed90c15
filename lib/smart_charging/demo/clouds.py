"""The clouds that the demo can pretend."""

# ruff: noqa: PLC0415  # nobody plays more than one

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smart_charging.errors import ConfigError

if TYPE_CHECKING:
    from smart_charging.clouds.http.stand_in.demo import DemoCloud

PRETENDED = ("monta", "charge_amps", "enphase")
_COMMANDS_TAKE = timedelta(seconds=0.4)


def pretended(cloud: str, *, name: str, power_kw: float, now: Callable[[], datetime]) -> DemoCloud:
    """A stand-in with one charger.

    Raises:
        ConfigError: There is none for this cloud.
    """
    match cloud:
        case "monta":
            from smart_charging.clouds.monta.stand_in.demo import MontaDemo

            return MontaDemo(name=name, power_kw=power_kw, delay=_COMMANDS_TAKE, now=now)
        case "charge_amps":
            from smart_charging.clouds.charge_amps.stand_in.demo import ChargeAmpsDemo

            return ChargeAmpsDemo(name=name, power_kw=power_kw, delay=_COMMANDS_TAKE, now=now)
        case "enphase":
            from smart_charging.clouds.enphase.stand_in.demo import EnphaseDemo

            return EnphaseDemo(name=name, power_kw=power_kw, delay=_COMMANDS_TAKE, now=now)
        case _:
            raise ConfigError(f"the demo has no stand-in for {cloud[:40]!r}; there is {', '.join(PRETENDED)}")
