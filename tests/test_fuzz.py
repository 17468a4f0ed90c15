"""A few of the cases that `python -m benchmarks.fuzz` plays as long as there is time."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import finding_of
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.entities.mode import MODE
from smart_charging.entities.need import READY_BY, TARGET_ENERGY
from smart_charging.errors import CommandError
from smart_charging.services.cars.car_settings_reader import CarSettingsReader
from smart_charging.services.control.charge_limits import ChargeLimit, LimitedCharge
from worlds.household import FakeHass
from worlds.virtual_time import EVENING, Clock, run

CASES = {"memory": 4, "commands": 3, "answers": 3, "clock": 3, "kills": 3}
TYPED = st.sampled_from(["07:00", "0\u0667:00", "23:59", "24:00", "12", "1e-7", "0.1", "nan", "\u0667", "now", "off"])


@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind, times in CASES.items() for seed in range(times)])
def test_the_house_goes_on_whatever_comes_from_outside(kind: str, seed: int) -> None:
    assert finding_of(kind, seed) is None


@pytest.mark.parametrize("kind", ["arguments", "command line"])
def test_what_people_write_is_understood_or_refused(kind: str) -> None:
    assert [found for seed in range(150) if (found := finding_of(kind, seed))] == []


def settings_in(home: FakeHass) -> CarSettingsReader:
    schedule = ChargerSchedule.model_validate({"charge_point_id": 7, "energy_kwh": 11, "ready_by": "07:00"})
    return CarSettingsReader(schedule, "7", home, home, logging.getLogger("fuzz"))


@given(key=st.sampled_from([TARGET_ENERGY, READY_BY, MODE]), text=TYPED | st.text(max_size=8))
@settings(max_examples=150, deadline=None)
def test_what_a_person_may_set_is_the_same_after_a_restart(key: str, text: str) -> None:
    home = FakeHass()

    async def set_and_restart() -> None:
        one = settings_in(home)
        try:
            await one.put(key, text)
        except CommandError:
            assert home.store == {}
            return
        before = await one.read(EVENING)
        assert await settings_in(home).read(EVENING) == before

    run(set_and_restart(), Clock())


@given(
    kwh=st.none() | st.floats() | st.integers() | st.text(max_size=6) | st.sampled_from(["1e3", "\u0667", 7, True]),
    minutes=st.none() | st.floats() | st.integers() | st.text(max_size=6) | st.sampled_from(["90", 1e-9, False]),
)
@settings(max_examples=150, deadline=None)
def test_a_limit_that_is_accepted_can_be_read_back(kwh: object, minutes: object) -> None:
    try:
        limit = ChargeLimit.written(kwh=kwh, minutes=minutes)
    except CommandError:
        return

    kept = LimitedCharge(limit=limit, asked_at=EVENING, charge_id="9") if limit else None

    assert kept is None or LimitedCharge.from_dict(kept.to_dict()) == kept
