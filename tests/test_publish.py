import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from appdaemon.utils import clean_http_kwargs

from smart_charging.entities.publish import UNAVAILABLE, Device, EntityDescription, Publisher, slug
from smart_charging.entities.states import HomeAssistantStates


@dataclass
class Teapot:
    litres: float | None
    notes: dict[str, object] = field(default_factory=dict)


TABLE: tuple[EntityDescription[Teapot], ...] = (
    EntityDescription(
        domain="sensor",
        key="level",
        name="level",
        value=lambda teapot: teapot.litres,
        attributes=lambda teapot: teapot.notes,
        unit="L",
        icon="mdi:teapot",
    ),
)


class Written:
    """What reached AppDaemon, and what AppDaemon would make of it on its way out."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    async def set_state(self, entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        self.calls.append((entity_id, state, attributes))

    @property
    def sent(self) -> Any:
        _entity_id, state, attributes = self.calls[-1]
        return json.loads(json.dumps(clean_http_kwargs({"state": state, "attributes": attributes})))


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def publish(written: Written) -> Callable[..., Any]:
    publisher = Publisher(HomeAssistantStates(written.set_state))

    async def publish(teapot: Teapot, *, is_available: bool = True) -> Publisher:
        await publisher.publish(
            TABLE, teapot, Device(id="1", slug="monta_tea", name="Tea", model="Teapot"), is_available=is_available
        )
        return publisher

    return publish


async def test_an_entity_has_id_name_unit_and_icon(written: Written, publish: Callable[..., Any]) -> None:
    await publish(Teapot(1.5))

    assert written.calls == [
        (
            "sensor.monta_tea_level",
            "1.5",
            {"friendly_name": "Tea level", "unit_of_measurement": "L", "icon": "mdi:teapot"},
        )
    ]


@pytest.mark.parametrize(
    ("litres", "state"),
    [
        pytest.param(0.0, "0.0", id="zero"),
        pytest.param(-0.25, "-0.25", id="negative"),
        pytest.param(None, "unknown", id="unknown-is-not-zero"),
    ],
)
async def test_a_state_survives_appdaemon(
    written: Written, publish: Callable[..., Any], litres: float | None, state: str
) -> None:
    await publish(Teapot(litres))

    assert written.sent["state"] == state


async def test_zero_and_negative_prices_survive_appdaemon(written: Written, publish: Callable[..., Any]) -> None:
    slots = [{"price": 0.0}, {"price": -0.2}, {"price": 0}]

    await publish(Teapot(1, {"slots": slots, "zero": 0, "no": False, "yes": True, "absent": None}))

    attributes = written.sent["attributes"]
    assert attributes["slots"] == [{"price": 0.0}, {"price": -0.2}, {"price": 0.0}]
    assert (attributes["zero"], attributes["no"], attributes["yes"]) == (0, "false", "true")
    assert "absent" not in attributes


async def test_times_are_iso_text(written: Written, publish: Callable[..., Any]) -> None:
    await publish(Teapot(1, {"at": datetime(2026, 11, 20, 7, tzinfo=UTC)}))

    assert written.sent["attributes"]["at"] == "2026-11-20T07:00:00+00:00"


async def test_what_did_not_change_is_not_written_again(written: Written, publish: Callable[..., Any]) -> None:
    await publish(Teapot(1))
    await publish(Teapot(1))
    await publish(Teapot(2))

    assert [state for _, state, _ in written.calls] == ["1", "2"]


async def test_all_is_written_again_for_a_home_assistant_that_forgot(
    written: Written, publish: Callable[..., Any]
) -> None:
    publisher = await publish(Teapot(1))

    await publisher.republish()

    assert [state for _, state, _ in written.calls] == ["1", "1"]


async def test_an_unavailable_entity_keeps_its_name_but_not_its_last_word(
    written: Written, publish: Callable[..., Any]
) -> None:
    await publish(Teapot(1, {"note": "hot"}), is_available=False)

    _, state, attributes = written.calls[0]
    assert state == UNAVAILABLE
    assert attributes["friendly_name"] == "Tea level"
    assert "note" not in attributes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Garage right", "garage_right", id="plain"),
        pytest.param("Sørens Ladeboks #2", "sorens_ladeboks_2", id="danish"),
        pytest.param("Å-Ä-Ö ß", "a_a_o_ss", id="umlauts"),
        pytest.param("充電", "", id="nothing-latin"),
    ],
)
def test_a_name_becomes_an_id_people_recognise(name: str, expected: str) -> None:
    assert slug(name) == expected
