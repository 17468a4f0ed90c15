"""Numbers as people write them, in the arguments of all apps: each is answered with what to write."""

from typing import Any

import pytest

from smart_charging.clouds.enphase.arguments import EnphaseSettings
from smart_charging.config.arguments import Settings, parse
from smart_charging.config.control import ControlSettings
from smart_charging.config.monitor import MonitorSettings
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import ConfigError

CAR: dict[str, Any] = {"charge_point_id": "Carport", "energy_kwh": 12, "ready_by": "06:30"}


def complaint(model: type[Settings], **written: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(model, written)
    [line] = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ({"energy_kwh": "20,5"}, "write 20.5, without comma, unit and quotes"),
        ({"energy_kwh": "20 kWh"}, "write 20, in kWh"),
        ({"energy_kwh": "8500Wh"}, "write 8.5, in kWh"),
        ({"energy_kwh": "22 kW"}, "write the number alone, in kWh"),
        ({"energy_kwh": 18500}, "write 18.5 if that is Wh"),
        ({"power_kw": "7400 W"}, "write 7.4, in kW"),
        ({"power_kw": "7,4 kW"}, "write 7.4, in kW"),
        ({"power_kw": "7.400 W"}, "write the number alone, in kW"),
        ({"power_kw": "3,600"}, "write the number alone, in kW"),
        ({"power_kw": 7400}, "write 7.4 if that is W"),
        ({"power_kw": "16A"}, "write kW: 16 A are 11.04 on three phases and 3.68 on one"),
        ({"load_kw": "16 Amp"}, "write kW: 16 A are 11.04 on three phases and 3.68 on one"),
        ({"margin_s": "15 min"}, "write 900, in seconds"),
        ({"margin_s": "900"}, "write 900, without comma, unit and quotes"),
        ({"min_block_s": "1,5 hours"}, "write 5400, in seconds"),
        ({"minimum_soc_percent": "30 %"}, "write 30, in per cent"),
        ({"efficiency": "88%"}, "write 0.88, as a share of 1"),
        ({"efficiency": 88}, "write 0.88 if that is per cent"),
        ({"cheapest_share": 35}, "write 0.35 if that is per cent"),
        ({"price_limit": "-0,05"}, "write -0.05, without comma, unit and quotes"),
        ({"start_cost": "3 cent"}, "write 3, without comma, unit and quotes"),
    ],
    ids=str,
)
def test_a_number_of_a_car_is_answered_with_what_to_write(written: dict[str, Any], advice: str) -> None:
    line = complaint(SchedulerSettings, chargers=[CAR | written])

    assert line.startswith(f"chargers.1 (Carport).{next(iter(written))}: ")
    assert line.endswith(f"; {advice}")


@pytest.mark.parametrize(
    ("model", "written", "advice"),
    [
        (SchedulerSettings, {"chargers": [CAR], "fuse_kw": "20 A"}, "13.8 on three phases and 4.6 on one"),
        (SchedulerSettings, {"chargers": [CAR], "fixed": "0,31"}, "write 0.31, without comma, unit and quotes"),
        (SchedulerSettings, {"chargers": [CAR], "tariff": {"vat": "24 %"}}, "write 0.24, as a share of 1"),
        (SchedulerSettings, {"chargers": [CAR], "tariff": {"average": "1 h"}}, "write 60, in minutes"),
        (MonitorSettings, {"poll_idle_s": "2 min"}, "write 120, in seconds"),
        (ControlSettings, {"command_pause_s": "5 s"}, "write 5, in seconds"),
        (EnphaseSettings, {"nominal_voltage": "240 V"}, "write 240, in volts"),
    ],
    ids=str,
)
def test_every_app_answers_so(model: type[Settings], written: dict[str, Any], advice: str) -> None:
    assert complaint(model, **written).endswith(advice)


@pytest.mark.parametrize("written", [{"energy_kwh": "plenty"}, {"energy_kwh": -4}, {"ready_by": "7,30"}], ids=str)
def test_what_is_no_such_number_gets_no_guess(written: dict[str, Any]) -> None:
    assert "; write" not in complaint(SchedulerSettings, chargers=[CAR | written])


def test_only_items_of_a_list_are_counted_and_that_from_one() -> None:
    cars = [CAR, CAR | {"charge_point_id": 52, "hours": 3}]

    assert complaint(SchedulerSettings, chargers=cars).startswith("chargers.2 (52): expected exactly one of")
    assert complaint(SchedulerSettings, chargers=[CAR], price_entity="elpris").startswith("price_entity: ")
    assert complaint(MonitorSettings, aliases={52: "Carport!"}).startswith("aliases.52: ")
