import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from appdaemon.utils import clean_http_kwargs

from smart_charging.entities.publish import UNAVAILABLE, Change, Device, EntityDescription, Publisher, slug
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


async def test_what_was_shown_last_is_not_looked_at_again(written: Written) -> None:
    seen: list[Teapot] = []

    def value(teapot: Teapot) -> float | None:
        seen.append(teapot)
        return teapot.litres

    publisher = Publisher(HomeAssistantStates(written.set_state))
    device = Device(id="1", slug="tea", name="Tea", model="Teapot")
    teapot, table = Teapot(1.0), (replace(TABLE[0], value=value),)

    for each in (teapot, teapot, replace(teapot)):
        await publisher.publish(table, each, device)

    assert len(seen) == 1


class Batches:
    """A writer that keeps what it is given at once."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[str, object]]] = []

    async def write(self, changes: Sequence[Change]) -> None:
        self.batches.append([(change.entity.key, change.entity.state) for change in changes])

    async def remove(self, *_: object) -> None: ...


async def test_what_changed_of_a_table_is_written_in_one_go() -> None:
    table: tuple[EntityDescription[Teapot], ...] = (
        *TABLE,
        EntityDescription(domain="sensor", key="cups", name="cups", value=lambda teapot: (teapot.litres or 0) * 4.0),
        EntityDescription(domain="sensor", key="colour", name="colour", value=lambda _: "blue"),
    )
    writer, device = Batches(), Device(id="1", slug="monta_tea", name="Tea", model="Teapot")
    publisher = Publisher(writer)

    for litres in (1.0, 1.0, 2.0):
        await publisher.publish(table, Teapot(litres), device)

    assert writer.batches == [[("level", 1.0), ("cups", 4.0), ("colour", "blue")], [("level", 2.0), ("cups", 8.0)]]


@pytest.mark.parametrize(
    ("litres", "shown"),
    [(1.26, 1.3), (-0.04, 0.0), pytest.param(None, None, id="unknown stays unknown")],
)
def test_a_number_has_the_decimals_of_its_column(litres: float | None, shown: float | None) -> None:
    row = replace(TABLE[0], digits=1)

    entity = row.render(Teapot(litres), Device(id="1", slug="monta_tea", name="Tea", model="Teapot"))

    assert str(entity.state) == str(shown)


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


async def test_what_was_cancelled_before_its_turn_is_written_the_next_time(written: Written) -> None:
    may_go_on = asyncio.Event()

    async def slowly(entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        await may_go_on.wait()
        await written.set_state(entity_id, state, attributes)

    publisher, device = Publisher(HomeAssistantStates(slowly)), Device(id="1", slug="tea", name="Tea", model="Teapot")
    first = asyncio.create_task(publisher.publish(TABLE, Teapot(1.0), device))
    await asyncio.sleep(0)
    second = asyncio.create_task(publisher.publish(TABLE, Teapot(2.0), device))
    await asyncio.sleep(0)
    second.cancel()
    may_go_on.set()
    await first

    await publisher.publish(TABLE, Teapot(2.0), device)

    assert [state for _, state, _ in written.calls] == ["1.0", "2.0"]
