"""Helpers, switch and dashboard made in Home Assistant; that the real one takes them is shown with that."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from smart_charging.charger import Charger
from smart_charging.clouds.opening import words_of
from smart_charging.config.followed import EntityRef
from smart_charging.config.scheduler import ChargerSchedule, HomeSetup
from smart_charging.entities.names import AccountNames
from smart_charging.services.provisioning.provisioned_charger import ProvisionedCharger
from smart_charging.services.provisioning.provisioning import Provisioning
from worlds.administered_home import AdministeredHome
from worlds.household import FakeHass

NAMES = AccountNames(words=words_of("monta"))
ENERGY, READY_BY = "input_number.monta_garage_target_energy", "input_datetime.monta_garage_ready_by"
LIMIT, MODE = "input_number.monta_garage_price_limit", "input_select.monta_garage_mode"
SWITCH, PATH = "switch.monta_garage_charge", "monta-charging"


class StartedHome:
    """A Home Assistant, what these apps remember, and one start of the app after the other."""

    def __init__(self) -> None:
        self.ha = AdministeredHome()
        self.store = FakeHass()
        self.new: list[str] = []

    async def start(self, setup: HomeSetup = HomeSetup.TRUE, *, has_mqtt: bool = False, **car: Any) -> Provisioning:
        """With settings of the car in apps.yaml."""
        started = Provisioning(
            self.ha,
            self.store,
            setup,
            name="scheduler",
            clock=lambda: datetime.now(UTC),
            log=logging.getLogger("provisioning"),
        )
        await started.prepare()
        started.when_changed(self._follow)
        await started.beat([garage(has_mqtt=has_mqtt, **car)])
        return started

    async def _follow(self, entity_ids: Any) -> None:
        self.new += entity_ids


def schedule(**car: Any) -> ChargerSchedule:
    need = {"energy_kwh": 20} if not {"hours", "soc_percent"} & car.keys() else {}
    return ChargerSchedule.model_validate({"charge_point_id": "410001", "ready_by": "06:30", **need, **car})


def garage(*, has_mqtt: bool = False, **car: Any) -> ProvisionedCharger:
    return ProvisionedCharger(
        key="410001",
        charger=Charger.named("410001", "Garage"),
        slug="monta_garage",
        names=NAMES,
        schedule=schedule(**car),
        has_mqtt=has_mqtt,
    )


@pytest.fixture
def home() -> StartedHome:
    return StartedHome()


async def test_what_is_made_begins_with_what_apps_yaml_says(home: StartedHome) -> None:
    await home.start(energy_kwh=33)

    assert (home.ha.entities[ENERGY], home.ha.entities[READY_BY], home.ha.entities[MODE]) == (
        "33.0",
        "06:30:00",
        "smart",
    )
    assert home.ha.helpers["input_number"]["monta_garage_target_energy"]["name"] == "Garage target energy"
    assert {SWITCH, LIMIT} <= home.ha.entities.keys()
    assert set(home.new) == {one for one in home.ha.entities if one.startswith("input_")}


async def test_what_is_made_is_followed_as_if_apps_yaml_named_it(home: StartedHome) -> None:
    started = await home.start()

    followed = started.followed(schedule(), "410001")
    assert (followed.energy_kwh, followed.price_limit) == (EntityRef(ENERGY), EntityRef(LIMIT))


async def test_after_a_restart_nothing_is_made_again_and_all_is_followed_at_once(home: StartedHome) -> None:
    await home.start()
    home.ha.entities[ENERGY], home.ha.sent = "44", []
    home.ha.is_away = True

    started = await home.start()

    assert started.followed(schedule(), "410001").energy_kwh == EntityRef(ENERGY)
    home.ha.is_away = False
    await started.beat([garage()])
    assert [one for one in home.ha.sent if "create" in one or "set_" in one] == []
    assert home.ha.entities[ENERGY] == "44"


async def test_a_value_edited_in_apps_yaml_is_newer_than_the_helpers(home: StartedHome) -> None:
    await home.start(energy_kwh=20)
    home.ha.entities[ENERGY] = home.ha.entities[READY_BY] = "set by hand"

    await home.start(energy_kwh=30)

    assert (home.ha.entities[ENERGY], home.ha.entities[READY_BY]) == ("30.0", "set by hand")


@pytest.mark.parametrize(
    ("car", "missing"),
    [
        pytest.param({"energy_kwh": "input_number.mine"}, ENERGY, id="an entity"),
        pytest.param({"ready_by": {"mon": "07:00"}}, READY_BY, id="times by weekday"),
        pytest.param({"hours": 3}, ENERGY, id="another need"),
    ],
)
async def test_no_helper_is_made_for_what_it_could_not_say(
    home: StartedHome, car: dict[str, Any], missing: str
) -> None:
    started = await home.start(**car)

    assert missing not in home.ha.entities
    assert LIMIT in home.ha.entities
    assert schedule(**car).references().items() <= started.followed(schedule(**car), "410001").references().items()


async def test_nothing_is_made_beside_the_package(home: StartedHome) -> None:
    home.ha.entities["script.monta_start_charging"] = "off"

    await home.start()

    assert (home.ha.helpers.get("input_number"), home.ha.dashboards) == ({}, {})


@pytest.mark.parametrize("setup", [HomeSetup.FALSE, HomeSetup.REMOVE])
async def test_nothing_is_made_or_followed_unless_asked_for(home: StartedHome, setup: HomeSetup) -> None:
    started = await home.start(setup)

    assert home.ha.entities.keys() == {"sun.sun"}
    assert started.followed(schedule(), "410001") == schedule()


async def test_a_helper_of_another_hand_is_left_alone(home: StartedHome) -> None:
    home.ha.entities[ENERGY] = "12"

    started = await home.start()

    assert home.ha.entities[ENERGY] == "12"
    assert started.followed(schedule(), "410001").energy_kwh == 20


async def test_lost_notes_are_found_again_without_setting_anything(home: StartedHome) -> None:
    await home.start()
    home.ha.entities[ENERGY] = "44"
    home.store = FakeHass()

    started = await home.start()

    assert started.followed(schedule(), "410001").energy_kwh == EntityRef(ENERGY)
    assert home.ha.entities[ENERGY] == "44"


async def test_a_renamed_entity_is_followed_under_its_new_id(home: StartedHome) -> None:
    await home.start()
    home.ha.renamed[ENERGY] = "input_number.wanted"
    home.new = []

    started = await home.start()

    assert started.followed(schedule(), "410001").energy_kwh == EntityRef("input_number.wanted")
    assert home.new == ["input_number.wanted"]


async def test_what_a_person_removed_stays_away(home: StartedHome) -> None:
    await home.start()
    del home.ha.helpers["input_number"]["monta_garage_price_limit"], home.ha.entities[LIMIT]
    home.ha.dashboards.clear()

    started = await home.start()

    assert LIMIT not in home.ha.entities
    assert home.ha.dashboards == {}
    assert started.followed(schedule(), "410001").price_limit is None


async def test_a_crash_in_the_middle_is_made_good_at_the_next_beat(home: StartedHome) -> None:
    home.ha.fails_at = "template"
    started = await home.start()
    home.ha.fails_at = None

    await started.beat([garage()])

    assert {ENERGY, SWITCH} <= home.ha.entities.keys()
    assert home.ha.dashboards.keys() == {PATH}


async def test_a_helper_is_not_followed_before_it_has_its_first_value(home: StartedHome) -> None:
    home.ha.fails_at = "input_number.set_value"
    await home.start(energy_kwh=33)

    after_crash = await home.start(energy_kwh=33)
    assert after_crash.followed(schedule(energy_kwh=33), "410001").energy_kwh == 33
    home.ha.fails_at = None
    await after_crash.beat([garage(energy_kwh=33)])

    assert home.ha.entities[ENERGY] == "33.0"
    assert after_crash.followed(schedule(energy_kwh=33), "410001").energy_kwh == EntityRef(ENERGY)


async def test_a_removal_that_fails_is_tried_again(home: StartedHome) -> None:
    await home.start()
    home.ha.fails_at = "input_number/delete"
    started = await home.start(HomeSetup.REMOVE)
    home.ha.fails_at = None

    await started.beat([garage()])

    assert [*home.ha.entities, *home.ha.dashboards] == ["sun.sun"]


async def test_with_mqtt_only_the_dashboard_is_made(home: StartedHome) -> None:
    await home.start(has_mqtt=True)

    assert home.ha.dashboards.keys() == {PATH}
    assert home.ha.entities.keys() == {"sun.sun"}


async def test_a_token_without_rights_is_told_once_and_asked_no_more(
    home: StartedHome, caplog: pytest.LogCaptureFixture
) -> None:
    home.ha.is_admin = False
    started = await home.start()

    await started.beat([garage()])

    assert len(home.ha.sent) == 1
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["Settings in Home Assistant"]


async def test_a_dashboard_is_renewed_as_long_as_nobody_has_edited_it(home: StartedHome) -> None:
    await home.start()
    home.ha.helpers["input_number"].clear()
    first = home.ha.contents[PATH]

    await home.start(energy_kwh="input_number.mine")

    assert home.ha.contents[PATH] != first
    assert "input_number.mine" in str(home.ha.contents[PATH])


async def test_an_edited_dashboard_stays_as_it_is(home: StartedHome) -> None:
    await home.start()
    home.ha.edit_dashboard(PATH)

    await home.start(energy_kwh="input_number.mine")

    assert home.ha.contents[PATH] == {"views": [{"title": "Mine"}]}


async def test_what_was_made_is_taken_away_when_that_is_asked_for(home: StartedHome) -> None:
    await home.start()

    await home.start(HomeSetup.REMOVE)

    assert [*home.ha.entities, *home.ha.dashboards] == ["sun.sun"]
    await home.start()
    assert home.ha.dashboards.keys() == {PATH}


async def test_an_edited_dashboard_is_not_taken_away(home: StartedHome) -> None:
    await home.start()
    home.ha.edit_dashboard(PATH)

    await home.start(HomeSetup.REMOVE)

    assert home.ha.dashboards.keys() == {PATH}
    assert ENERGY not in home.ha.entities


async def test_nothing_is_taken_away_because_a_charger_is_absent(home: StartedHome) -> None:
    started = await home.start()

    await started.beat([])

    assert ENERGY in home.ha.entities
