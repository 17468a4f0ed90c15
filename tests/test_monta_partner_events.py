"""Events that Monta delivers: what is taken, what is refused, and how often the lists are read beside them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from smart_charging.charger import ChargerState
from smart_charging.clouds.monta_partner.events import signature
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile
from worlds.monta_partner import sent
from worlds.pushed import Mail, Pushed, subscribe
from worlds.virtual_time import Clock


@pytest.fixture
def point_id(operator: PartnerStandIn) -> int:
    return operator.add_charge_point("Garage")


@pytest.fixture
async def pushed(operator: PartnerStandIn, clock: Clock, point_id: int, tmp_path: Path) -> Pushed:
    """With an event taken, so that events are relied on."""
    subscribe(operator, tmp_path)
    world = Pushed(operator, clock, tmp_path, Mail())
    await world.live(minutes=1)
    assert await world.hand_over(*delivery(world)) == 200
    await world.live(minutes=1)
    operator.requests.clear()
    return world


def delivery(
    pushed: Pushed, *entries: Mapping[str, Any], age: timedelta = timedelta(0)
) -> tuple[dict[str, str], bytes]:
    """Signed by Monta, with these events."""
    config = pushed.operator.subscription.config
    assert config
    sent_ms = int((pushed.clock() - age).timestamp() * 1000)
    body = json.dumps({"entries": entries, "pending": 0, "timestamp": sent_ms}).encode()
    return {"X-Monta-Signature": signature(SecretStr(str(config["webhookSecret"])), body)}, body


def event(kind: str, entity_id: int, payload: Mapping[str, Any], *, at: str, what: str = "updated") -> dict[str, Any]:
    return {"entityType": kind, "entityId": str(entity_id), "eventType": what, "eventTime": at, "payload": payload}


def at(pushed: Pushed, **ago: float) -> str:
    return (pushed.clock() - timedelta(**ago)).isoformat()


def cable(*, is_in: bool) -> dict[str, Any]:
    status = "preparing" if is_in else "available"
    return {"cablePluggedIn": is_in, "protocolData": {"ocpp": {"status": status}}}


# -- what is taken -------------------------------------------------------------


def test_the_signature_is_the_one_monta_publishes() -> None:
    assert signature(SecretStr("top-secret"), b'{"foo":"bar"}') == "sha1=ff401a885877ab7e4665f9e045f9ee2d5876fdb9"


async def test_a_cable_is_shown_within_three_seconds_and_without_reading_the_lists(
    pushed: Pushed, operator: PartnerStandIn, point_id: int
) -> None:
    pushed.plug_in(point_id)

    await pushed.live(seconds=3)

    assert pushed.chargers[str(point_id)].state is ChargerState.PREPARING
    assert pushed.seen_after_s[-1] < 3
    assert sent(operator) == [f"GET charge-points/{point_id}/charging-rules"]


async def test_a_charge_is_followed_by_events_alone(pushed: Pushed, operator: PartnerStandIn, point_id: int) -> None:
    pushed.plug_in(point_id)
    await pushed.live(seconds=5)
    await pushed.cloud.start(str(point_id))
    operator.requests.clear()

    await pushed.live(minutes=25)

    charger = pushed.chargers[str(point_id)]
    assert charger.active_charge is not None
    assert charger.active_charge.consumed_kwh == pytest.approx(11 * 25 / 60, abs=0.3)
    assert sent(operator) == []


async def test_a_part_of_a_charge_is_taken_beside_what_is_known(
    pushed: Pushed, operator: PartnerStandIn, point_id: int
) -> None:
    pushed.plug_in(point_id)
    charge = await pushed.cloud.start(str(point_id))
    await pushed.live(minutes=1)
    told = {"id": int(charge.id), "state": "paused", "consumedKwh": 6.25}

    await pushed.hand_over(*delivery(pushed, event("charge", int(charge.id), told, at=at(pushed))))

    [charger] = await pushed.cloud.chargers()
    assert charger.active_charge is not None
    assert (charger.active_charge.consumed_kwh, charger.active_charge.created_at) == (6.25, charge.created_at)


async def test_of_two_events_the_later_one_counts_in_whatever_order_they_come(pushed: Pushed, point_id: int) -> None:
    older = event("charge-point", point_id, cable(is_in=True), at=at(pushed, seconds=20))
    newer = event("charge-point", point_id, cable(is_in=False), at=at(pushed, seconds=10))

    for entry in (newer, older, newer):
        assert await pushed.hand_over(*delivery(pushed, entry)) == 200

    [charger] = await pushed.cloud.chargers()
    assert not charger.is_plugged_in


async def test_an_event_from_before_the_lists_were_read_changes_nothing(pushed: Pushed, point_id: int) -> None:
    await pushed.hand_over(
        *delivery(pushed, event("charge-point", point_id, cable(is_in=True), at=at(pushed, minutes=5)))
    )

    [charger] = await pushed.cloud.chargers()
    assert not charger.is_plugged_in


async def test_a_delivery_that_comes_twice_is_news_once(pushed: Pushed, point_id: int) -> None:
    heard: list[str] = []
    pushed.cloud.follow(lambda: heard.append("news"))
    same = delivery(pushed, event("charge-point", point_id, cable(is_in=True), at=at(pushed)))

    await pushed.hand_over(*same)
    await pushed.cloud.chargers()
    await pushed.hand_over(*same)

    assert heard == ["news"]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"entityType": "wallet-transaction", "entityId": "7", "payload": {}}, id="of something else"),
        pytest.param({"entityType": "charge", "entityId": "9", "eventType": "dance", "payload": {}}, id="not whole"),
        pytest.param({"entityType": "charge-point", "entityId": "no number", "payload": {}}, id="an odd id"),
        pytest.param({"entityType": "charge-point", "entityId": "410001", "payload": None}, id="no payload"),
        pytest.param("charge", id="no event at all"),
    ],
)
async def test_an_event_nobody_understands_keeps_none_of_the_others_back(
    pushed: Pushed, point_id: int, entry: Any
) -> None:
    good = event("charge-point", point_id, cable(is_in=True), at=at(pushed))

    assert await pushed.hand_over(*delivery(pushed, entry, good)) == 200

    [charger] = await pushed.cloud.chargers()
    assert charger.is_plugged_in


async def test_a_charge_point_that_is_new_has_the_lists_read_once(
    pushed: Pushed, operator: PartnerStandIn, point_id: int
) -> None:
    new_id = operator.add_charge_point("Carport")
    for known_id in (new_id, 999, 999, 999):
        await pushed.hand_over(*delivery(pushed, event("charge-point", known_id, {}, at=at(pushed), what="created")))
        await pushed.live(seconds=3)

    assert set(pushed.chargers) == {str(point_id), str(new_id)}
    assert sent(operator).count("GET charge-points") == 2  # for the new one, and once for one of strangers


# -- what is refused -----------------------------------------------------------


Change = Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]]


def signed(pushed: Pushed, body: bytes) -> tuple[dict[str, str], bytes]:
    config = pushed.operator.subscription.config
    assert config
    return {"X-Monta-Signature": signature(SecretStr(str(config["webhookSecret"])), body)}, body


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param(lambda headers, body: ({}, body), 401, id="no signature"),
        pytest.param(lambda headers, body: (headers, body.replace(b":", b" :")), 401, id="other bytes, same JSON"),
        pytest.param(
            lambda headers, body: ({"X-Monta-Signature": signature(SecretStr("x" * 16), body)}, body),
            401,
            id="another secret",
        ),
        pytest.param(
            lambda headers, body: ({"X-Monta-Signature": headers["X-Monta-Signature"][5:]}, body), 401, id="no scheme"
        ),
        pytest.param(lambda headers, body: ({"X-Monta-Signature": "sha1=é"}, body), 401, id="odd letters"),
    ],
)
async def test_what_monta_has_not_signed_is_refused(pushed: Pushed, point_id: int, change: Change, status: int) -> None:
    good = delivery(pushed, event("charge-point", point_id, cable(is_in=True), at=at(pushed)))

    assert await pushed.hand_over(*change(*good)) == status

    await pushed.live(seconds=2)
    assert not pushed.chargers[str(point_id)].is_plugged_in


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(minutes=9), 200),
        (timedelta(minutes=11), 403),
        (timedelta(minutes=-11), 403),
    ],
    ids=str,
)
async def test_old_deliveries_are_refused_though_they_are_signed(pushed: Pushed, age: timedelta, status: int) -> None:
    assert await pushed.hand_over(*delivery(pushed, age=age)) == status


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"entries": 7, "timestamp": 1}', b"\xff", b"[" * 5000])
async def test_what_is_signed_but_no_delivery_is_refused(pushed: Pushed, body: bytes) -> None:
    assert await pushed.hand_over(*signed(pushed, body)) == 400


async def test_a_timestamp_outside_the_calendar_is_refused(pushed: Pushed) -> None:
    assert await pushed.hand_over(*signed(pushed, b'{"entries": [], "timestamp": 99999999999999999999}')) == 403


async def test_without_a_subscription_of_ours_nothing_is_taken(pushed: Pushed, clock: Clock, tmp_path: Path) -> None:
    good = delivery(pushed)
    WebhookFile(tmp_path / "secrets.yaml").remove()

    again = Pushed(pushed.operator, clock, tmp_path, Mail())

    assert await again.hand_over(*good) == 401


async def test_a_secret_made_while_the_apps_run_is_found(pushed: Pushed, clock: Clock, tmp_path: Path) -> None:
    (file := WebhookFile(tmp_path / "secrets.yaml")).remove()
    note = file.write("https://home.example/other")
    assert pushed.operator.subscription.config
    pushed.operator.subscription.config["webhookSecret"] = note.secret.get_secret_value()
    clock.advance(minutes=1)

    assert await pushed.hand_over(*delivery(pushed)) == 200


# -- how often the lists are read ----------------------------------------------


def reads(operator: PartnerStandIn) -> int:
    return sent(operator).count("GET charge-points")


async def test_the_lists_are_read_hourly_while_events_come_and_often_while_none_have(
    pushed: Pushed, operator: PartnerStandIn, clock: Clock, point_id: int, tmp_path: Path
) -> None:
    pushed.plug_in(point_id)
    await pushed.cloud.start(str(point_id))
    await pushed.live(hours=3)
    with_events = reads(operator)
    operator.subscription.config = None
    operator.requests.clear()

    await Pushed(operator, clock, tmp_path, Mail()).live(hours=3)

    assert with_events in {3, 4}
    assert reads(operator) >= 3 * 3600 / 21


async def test_when_events_stop_while_a_car_charges_the_lists_are_read_often_again(
    pushed: Pushed, operator: PartnerStandIn, point_id: int
) -> None:
    pushed.plug_in(point_id)
    await pushed.cloud.start(str(point_id))
    await pushed.live(minutes=5)
    pushed.mail.is_cut = True
    operator.requests.clear()

    await pushed.live(minutes=14)
    before = reads(operator)
    await pushed.live(minutes=6)

    assert before == 0
    assert reads(operator) > 10


async def test_a_quiet_house_is_read_now_and_then(pushed: Pushed, operator: PartnerStandIn) -> None:
    await pushed.live(hours=1)
    operator.requests.clear()

    await pushed.live(hours=1)

    assert reads(operator) == 12


async def test_a_command_without_an_echo_has_the_lists_read(
    pushed: Pushed, operator: PartnerStandIn, point_id: int
) -> None:
    pushed.plug_in(point_id)
    await pushed.live(seconds=5)
    pushed.mail.lost = 1.0
    await pushed.cloud.start(str(point_id))
    pushed.look_again()

    await pushed.live(minutes=2)

    assert pushed.chargers[str(point_id)].state is ChargerState.CHARGING


async def test_news_that_no_event_told_has_the_lists_read_often_for_an_hour(
    pushed: Pushed, operator: PartnerStandIn, point_id: int
) -> None:
    pushed.mail.lost = 1.0
    pushed.plug_in(point_id)
    await pushed.live(hours=1)
    pushed.mail.lost = 0.0
    operator.requests.clear()

    await pushed.hand_over(*delivery(pushed))
    await pushed.live(minutes=30)

    assert pushed.seen_after_s[-1] <= 3600
    assert reads(operator) > 60


# -- many of them --------------------------------------------------------------


async def test_150_chargers_are_shown_truly_though_events_are_lost_late_doubled_and_forged(
    operator: PartnerStandIn, clock: Clock, tmp_path: Path
) -> None:
    dice = random.Random(2026)  # noqa: S311  # repeatable, guards nothing
    ids = [operator.add_charge_point(f"Bay {number}", starts_by_itself=number % 3 == 0) for number in range(150)]
    subscribe(operator, tmp_path)
    mail = Mail(lost=0.05, refused=0.05, late=0.2, twice=0.1, dice=dice)
    pushed = Pushed(operator, clock, tmp_path, mail, rest=timedelta(minutes=2))
    await pushed.live(minutes=1)

    for _ in range(40):
        point_id = dice.choice(ids)
        if operator.site.points[point_id].car is None:
            pushed.plug_in(point_id)
        else:
            pushed.unplug(point_id)
        forged = event("charge-point", dice.choice(ids), cable(is_in=dice.random() < 0.5), at=at(pushed))
        headers, body = delivery(pushed, forged)
        assert await pushed.hand_over(headers, body.replace(b"updated", b"created")) == 401
        await pushed.live(seconds=dice.uniform(1, 60))
    pushed.mail.late = pushed.mail.lost = pushed.mail.refused = 0.0
    await pushed.live(minutes=62)

    cables = {str(point_id): operator.site.points[point_id].car is not None for point_id in ids}
    charging = {str(point_id) for point_id in ids if (one := operator.charge_of(point_id)) and one.state == "charging"}
    assert {charger_id: charger.is_plugged_in for charger_id, charger in pushed.chargers.items()} == cables
    assert {one.id for one in pushed.chargers.values() if one.state is ChargerState.CHARGING} == charging
    assert operator.quota.refused == 0
