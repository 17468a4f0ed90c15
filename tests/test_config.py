from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from smart_charging.clouds.monta.credentials import read_credentials
from smart_charging.config.arguments import Settings, parse
from smart_charging.config.control import ControlSettings
from smart_charging.config.monitor import MonitorSettings
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import ConfigError

CAR: dict[str, Any] = {"charge_point_id": 410002, "energy_kwh": 20, "power_kw": 11, "ready_by": "07:00"}


def complaints(model: type[Settings], **arguments: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(model, arguments)
    return str(caught.value).splitlines()


def test_seconds_become_lengths_of_time() -> None:
    settings = parse(MonitorSettings, {"poll_idle_s": 40})

    assert settings.poll_idle == timedelta(seconds=40)


def test_an_id_may_be_written_as_a_number() -> None:
    settings = parse(SchedulerSettings, {"price_entity": "sensor.nordpool", "chargers": [CAR]})

    assert settings.chargers[0].charge_point_id == "410002"
    assert settings.chargers[0].ready_by == time(7)


@pytest.mark.parametrize(
    ("model", "arguments", "words"),
    [
        pytest.param(MonitorSettings, {"poll_idle_s": 0}, ["poll_idle_s", "got 0"], id="too-short"),
        pytest.param(MonitorSettings, {"poll_busy_s": 7200}, ["poll_busy_s", "1 hour", "got 7200"], id="too-long"),
        pytest.param(MonitorSettings, {"poll_idle_s": "fast"}, ["poll_idle_s", "seconds", "'fast'"], id="text"),
        pytest.param(MonitorSettings, {"base_url": "monta"}, ["base_url", "'monta'"], id="url"),
        pytest.param(MonitorSettings, {"aliases": {7: "My garage"}}, ["aliases.7", "'My garage'"], id="alias"),
        pytest.param(ControlSettings, {"monitor": 3}, ["monitor", "got 3"], id="app-name"),
        pytest.param(
            SchedulerSettings,
            {"price_entity": "nordpool", "chargers": [CAR]},
            ["price_entity", "'nordpool'"],
            id="entity",
        ),
        pytest.param(
            SchedulerSettings, {"price_entity": "sensor.a", "chargers": []}, ["chargers", "at least 1"], id="no-car"
        ),
        pytest.param(
            SchedulerSettings,
            {"price_entity": "sensor.a", "chargers": [CAR, CAR]},
            ["chargers: ", "410002 is there twice"],
            id="a-car-twice",
        ),
    ],
)
def test_a_mistake_is_one_line_with_the_key_and_what_came(
    model: type[Settings], arguments: dict[str, Any], words: list[str]
) -> None:
    lines = complaints(model, **arguments)

    assert len(lines) == 1
    assert [word for word in words if word not in lines[0]] == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"power_kw": -3}, ["chargers.1 (410002).power_kw", "greater than 0", "got -3"], id="negative"),
        pytest.param({"power_kw": 11000}, ["chargers.1 (410002).power_kw", "got 11000"], id="watts"),
        pytest.param(
            {"ready_by": 1020}, ["chargers.1 (410002).ready_by", "in quotes", "got 1020"], id="yaml-sexagesimal"
        ),
        pytest.param({"ready_by": "25:00"}, ["chargers.1 (410002).ready_by", "'25:00'"], id="no-such-time"),
        pytest.param({"energy_kw": 3}, ["chargers.1 (410002).energy_kw", "unknown key", "energy_kwh"], id="unknown"),
        pytest.param({"mode": True}, ["chargers.1 (410002).mode", "'smart', 'now' or 'off'"], id="yaml-on"),
        pytest.param({"ready_by": {}}, ["chargers.1 (410002).ready_by", "at least 1"], id="no-day"),
        pytest.param({"ready_by": {"Monday": "07:00"}}, ["chargers.1 (410002).ready_by", "'mon'"], id="no-such-day"),
        pytest.param(
            {"ready_by_once": "soon"}, ["chargers.1 (410002).ready_by_once", "a date and time"], id="no-moment"
        ),
        pytest.param({"efficiency": 90}, ["chargers.1 (410002).efficiency", "got 90"], id="percent"),
        pytest.param({"margin_s": "600"}, ["chargers.1 (410002).margin_s", "number of seconds"], id="seconds-as-text"),
        pytest.param({"cheapest_share": 40}, ["chargers.1 (410002).cheapest_share", "to 1; got 40"], id="share"),
        pytest.param({"usual": {"arrives": "18:00"}}, ["chargers.1 (410002).usual.energy_kwh"], id="usually how much"),
        pytest.param(
            {"usual": {"arrives": "sensor.home", "energy_kwh": 9}},
            ["chargers.1 (410002).usual.arrives", "entities are not followed"],
            id="usual by an entity",
        ),
        pytest.param({"priority": 0.5}, ["chargers.1 (410002).priority", "integer", "got 0.5"], id="half a priority"),
        pytest.param({"min_block_s": -1}, ["chargers.1 (410002).min_block_s", "got -1"], id="negative block"),
        pytest.param({"power_kw": 0}, ["chargers.1 (410002).power_kw", "greater than 0"], id="no-power"),
        pytest.param({"energy_kwh": float("nan")}, ["chargers.1 (410002).energy_kwh"], id="nan"),
        pytest.param(
            {"hours": 2}, ["chargers.1 (410002): expected exactly one of energy_kwh, hours and soc_percent"], id="two"
        ),
        pytest.param(
            {"one_block": "ja"}, ["chargers.1 (410002).one_block: expected true or false; got 'ja'"], id="boolean"
        ),
    ],
)
def test_a_mistake_about_a_car_says_which_car(wrong: dict[str, Any], words: list[str]) -> None:
    lines = complaints(SchedulerSettings, price_entity="sensor.nordpool", chargers=[CAR | wrong])

    assert len(lines) == 1
    assert [word for word in words if word not in lines[0]] == []


@pytest.mark.parametrize(
    ("need", "complaint"),
    [
        pytest.param({}, "expected exactly one of energy_kwh, hours and soc_percent", id="none"),
        pytest.param({"energy_kwh": 5, "hours": 2}, "expected exactly one of", id="two"),
        pytest.param({"soc_percent": 0}, "expected battery_kwh beside soc_percent", id="no battery"),
        pytest.param({"soc_percent": "sensor.car"}, "expected battery_kwh beside soc_percent", id="nor with a sensor"),
        pytest.param({"hours": 2, "may_owe_kwh": 5}, "expected energy_kwh beside may_owe_kwh", id="nothing to owe of"),
        pytest.param(
            {"energy_kwh": 5, "minimum_ready_soc_percent": 40},
            "expected soc_percent beside minimum_ready_soc_percent",
            id="no state of charge",
        ),
        pytest.param(
            {"soc_percent": 0, "battery_kwh": 50, "minimum_ready_soc_percent": 80},
            "minimum_ready_soc_percent is 80 and target_soc_percent 80, which leaves nothing to cheaper nights",
            id="least and target alike",
        ),
        pytest.param({"energy_kwh": 5, "days_ahead": 8}, "days_ahead", id="more days than are looked at"),
    ],
)
def test_a_need_is_written_in_one_way(need: dict[str, Any], complaint: str) -> None:
    car = {"charge_point_id": 410002, "ready_by": "07:00", **need}

    [line] = complaints(SchedulerSettings, price_entity="sensor.nordpool", chargers=[car])

    assert complaint in line


@pytest.mark.parametrize(
    ("car", "owed"),
    [
        pytest.param({"energy_kwh": 5}, (None, 9), id="its own energy"),
        pytest.param({"soc_percent": 0, "battery_kwh": 50}, (40, None), id="a state of charge"),
        pytest.param({"hours": 2}, (None, None), id="hours"),
    ],
)
def test_of_the_defaults_a_car_takes_what_belongs_to_its_own_need(
    car: dict[str, Any], owed: tuple[float | None, float | None]
) -> None:
    defaults = {"minimum_ready_soc_percent": 40, "may_owe_kwh": 9}
    chargers = [{"charge_point_id": 410002, "ready_by": "07:00", **car}]

    settings = parse(SchedulerSettings, {"fixed": 1, "charger_defaults": defaults, "chargers": chargers})

    [found] = settings.chargers
    assert (found.minimum_ready_soc_percent, found.may_owe_kwh) == owed


def test_an_unquoted_off_is_a_mode_too() -> None:
    settings = parse(SchedulerSettings, {"price_entity": "sensor.nordpool", "chargers": [CAR | {"mode": False}]})

    assert settings.chargers[0].mode == "off"


def test_the_value_of_an_unknown_key_is_not_repeated() -> None:
    (line,) = complaints(MonitorSettings, client_secret="hunter2")

    assert "client_secret: unknown key" in line
    assert "hunter2" not in line


def secrets(folder: Path, text: str) -> Path:
    file = folder / "secrets.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_credentials_are_read_and_not_shown(tmp_path: Path) -> None:
    credentials = read_credentials(secrets(tmp_path, "monta_client_id: 17\nmonta_client_secret: hunter2\n"))

    assert credentials.client_id.get_secret_value() == "17"
    assert credentials.client_secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(credentials)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("monta_client_id: a\n", ["monta_client_secret"], id="missing-key"),
        pytest.param("monta_client_id:\nmonta_client_secret: hunter2\n", ["monta_client_id"], id="empty-value"),
        pytest.param("just text hunter2", ["no keys", "monta_client_id"], id="no-mapping"),
        pytest.param("", ["no keys"], id="empty-file"),
        pytest.param(
            "monta_client_id: a\nmonta_client_secret: [hunter2\n", ["not valid YAML", "line 3"], id="bad-yaml"
        ),
    ],
)
def test_a_bad_credentials_file_is_named_with_what_to_write(tmp_path: Path, text: str, words: list[str]) -> None:
    file = secrets(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        read_credentials(file)

    message = str(caught.value)
    assert [word for word in [str(file), *words] if word not in message] == []
    assert "hunter2" not in message
    assert "\n" not in message


def test_a_missing_credentials_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no file .*secrets.yaml; make it"):
        read_credentials(tmp_path / "secrets.yaml")


def test_what_a_charger_says_itself_goes_before_the_defaults() -> None:
    defaults = {"hours": 3, "ready_by": {"mon": "06:00", "sat": "input_datetime.trip"}, "margin_s": 300, "priority": 2}
    chargers = [{"charge_point_id": "Carport"}, {**CAR, "margin": 120}]

    settings = parse(SchedulerSettings, {"charger_defaults": defaults, "chargers": chargers})

    carport, garage = settings.chargers
    assert (carport.hours, carport.margin, carport.priority) == (3, timedelta(minutes=5), 2)
    assert {reference.entity_id for reference, _ in carport.references().values()} == {"input_datetime.trip"}
    assert (garage.hours, garage.energy_kwh, garage.margin) == (None, 20, timedelta(minutes=2))
    assert (garage.ready_by, garage.priority) == (time(7), 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param({"chargers": None}, "chargers: expected a valid list; got None", id="nothing-below"),
        pytest.param({"all_chargers": False}, "all_chargers is false, and chargers is not written", id="none-at-all"),
        pytest.param({"charger_defaults": {"soc_percent": 40}}, "a car's soc_percent belongs under chargers", id="soc"),
        pytest.param(
            {"charger_defaults": {"hours": 2, "energy_kwh": 9}},
            "charger_defaults: expected only one of",
            id="two-needs",
        ),
        pytest.param(
            {"charger_defaults": {"charge_point_id": 7}}, "charger_defaults.charge_point_id: unknown key", id="id"
        ),
        pytest.param(
            {"charger_defaults": {"power_kw": "11 kW"}}, "charger_defaults.power_kw: expected a valid number", id="unit"
        ),
    ],
)
def test_arguments_that_leave_open_who_is_charged_or_how_much_are_refused(arguments: dict[str, Any], said: str) -> None:
    assert complaints(SchedulerSettings, **arguments)[0].startswith(said)


def test_chargers_wait_for_their_defaults_to_be_mended() -> None:
    lines = complaints(SchedulerSettings, charger_defaults={"priority": 11}, chargers=[{"charge_point_id": 7}])

    assert [line.partition(":")[0] for line in lines] == ["charger_defaults.priority", "chargers"]
