"""What Enphase answers, in all the forms it has, and in what forms it is told what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smart_charging.clouds.enphase.answers import Outcome
from smart_charging.clouds.enphase.models import ChargerStatus, Summary
from smart_charging.clouds.enphase.stand_in.cloud import CUT, SITE, EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.enphase.stand_in.site import Car
from smart_charging.errors import (
    CloudError,
    NotFoundError,
    NotPermittedError,
    RateLimitedError,
    RefusedError,
    TransportError,
)
from worlds.enphase import client
from worlds.virtual_time import Clock

START, STOP = "start_charging", "stop_charging"


def enlighten(clock: Clock, **habits: Any) -> tuple[EnphaseStandIn, str]:
    """With a car that waits."""
    stand_in = EnphaseStandIn(now=clock, habits=Habits(**habits))
    serial = stand_in.add_charger()
    stand_in.plug_in(serial, Car(wants_kwh=20))
    return stand_in, serial


@pytest.mark.parametrize("new_shape", [True, False])
async def test_both_forms_of_the_status_tell_the_same(clock: Clock, *, new_shape: bool) -> None:
    stand_in, serial = enlighten(clock, new_shape=new_shape)
    stand_in.start_by_hand(serial, 16)
    clock.advance(minutes=31)

    status = await client(stand_in, clock).status(SITE)

    (charger,) = status.chargers
    assert (charger.serial, charger.connected, charger.plugged_in, charger.charging) == (serial, True, True, True)
    assert (charger.level_a, status.counts_wh) == (16, new_shape)
    assert charger.session
    assert charger.session.began_at == datetime(2026, 11, 20, 20, 0, 12, tzinfo=UTC)


async def test_a_status_without_chargers_is_asked_for_in_the_singular(clock: Clock) -> None:
    stand_in, _ = enlighten(clock)
    stand_in.fail_next('{"evChargerData": []}', "ev_chargers/status")

    status = await client(stand_in, clock).status(SITE)

    assert len(status.chargers) == 1
    assert len(stand_in.sent("ev_charger/status")) == 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-02-01T10:00:00.000Z[UTC]", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("2026-02-01T10:00:00Z", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        (1769940000, datetime(2026, 2, 1, 10, tzinfo=UTC)),
        (1769940000000, datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("1769940000000", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        (0, None),
        ("soon", None),
        (10**19, None),
        (None, None),
    ],
)
def test_times_are_read_however_they_are_written(written: object, meant: datetime | None) -> None:
    row = ChargerStatus.model_validate({"sn": 48240001, "lst_rpt_at": written})

    assert (row.serial, row.last_reported_at) == ("48240001", meant)


@pytest.mark.parametrize(
    ("written", "meant"), [(True, True), (0, False), (1, True), ("true", True), ("perhaps", None), (None, None)]
)
def test_flags_are_read_however_they_are_written(written: object, meant: bool | None) -> None:  # noqa: FBT001
    assert ChargerStatus.model_validate({"sn": "EV1", "pluggedIn": written}).plugged_in is meant


@pytest.mark.parametrize(
    "network",
    [
        pytest.param('["ipaddr=10.9.8.7,connectionStatus=1", "ipaddr=10.0.0.1,connectionStatus=0"]', id="text"),
        pytest.param(
            [{"ipaddr": "10.0.0.1", "connectionStatus": 0}, {"ipaddr": "10.9.8.7", "connectionStatus": 1}], id="list"
        ),
        pytest.param("netmask=,ipaddr=10.0.0.1,connectionStatus=0\nipaddr=10.9.8.7,connectionStatus=1,", id="lines"),
        pytest.param("ipaddr=10.9.8.7", id="one"),
    ],
)
def test_the_address_is_that_of_the_connection_in_use(network: object) -> None:
    assert Summary.model_validate({"serialNumber": "EV1", "networkConfig": network}).ip_address == "10.9.8.7"


@pytest.mark.parametrize("form", range(4))
async def test_a_start_is_sent_in_the_form_the_site_takes_and_later_only_in_that(clock: Clock, form: int) -> None:
    stand_in, serial = enlighten(clock, start_form=form)
    account = client(stand_in, clock)

    first = await account.start(SITE, serial, level_a=16)
    stand_in.outlet(serial).commands.clear()
    before = len(stand_in.sent(START))
    second = await account.start(SITE, serial, level_a=16)

    assert first is second is Outcome.ACCEPTED
    assert (before, len(stand_in.sent(START))) == (form + 1, form + 2)
    assert [command.level_a for command in stand_in.outlet(serial).commands] == [16]


async def test_a_start_without_a_level_sends_none_in_any_form(clock: Clock) -> None:
    stand_in, serial = enlighten(clock)
    stand_in.fail_next(404, START, times=2)

    with pytest.raises(CloudError):
        await client(stand_in, clock).start("99", serial, level_a=None)
    await client(stand_in, clock).start(SITE, serial, level_a=None)

    assert not [one for one in stand_in.sent(START) if "evel" in str(one.json)]


@pytest.mark.parametrize("form", range(3))
async def test_a_stop_is_sent_in_the_form_the_site_takes(clock: Clock, form: int) -> None:
    stand_in, serial = enlighten(clock, stop_form=form)
    stand_in.start_by_hand(serial)
    clock.advance(minutes=1)
    account = client(stand_in, clock)

    assert await account.stop(SITE, serial) is Outcome.ACCEPTED

    assert len(stand_in.sent(STOP)) == form + 1
    clock.advance(minutes=1)
    assert stand_in.outlet(serial).power_kw == 0


async def test_a_level_that_is_not_taken_is_left_out_unless_it_was_asked_for(clock: Clock) -> None:
    stand_in, serial = enlighten(clock, takes_levels=False)
    account = client(stand_in, clock)

    with pytest.raises(TransportError):
        await account.start(SITE, serial, level_a=10, is_strict=True)
    outcome = await account.start(SITE, serial, level_a=10)

    assert outcome is Outcome.ACCEPTED
    assert stand_in.outlet(serial).commands[-1].level_a is None


@pytest.mark.parametrize(
    ("status", "code", "text", "outcome"),
    [
        (409, "", "", Outcome.NOT_READY),
        (422, "", "", Outcome.NOT_READY),
        (400, "iqevc_ms-10008", "", Outcome.NOT_READY),
        (400, "", "EV is NOT plugged in", Outcome.NOT_READY),
        (400, "iqevc_ms-10012", "", Outcome.ALREADY_CHARGING),
        (400, "", "Charger already in charging state", Outcome.ALREADY_CHARGING),
    ],
)
async def test_what_a_start_cannot_do_is_told_from_what_went_wrong(
    clock: Clock, status: int, code: str, text: str, outcome: Outcome
) -> None:
    stand_in, serial = enlighten(clock)
    stand_in.refuse_next(status, START, code=code, text=text)

    assert await client(stand_in, clock).start(SITE, serial, level_a=16) is outcome
    assert len(stand_in.sent(START)) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_stop_where_nothing_is_active_is_no_error(clock: Clock, status: int) -> None:
    stand_in, serial = enlighten(clock)
    stand_in.fail_next(status, STOP, times=3)

    assert await client(stand_in, clock).stop(SITE, serial) is Outcome.NOT_ACTIVE


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, NotPermittedError),
        (404, NotFoundError),
        (400, RefusedError),
        (466, RefusedError),
        (468, NotFoundError),
        (472, RefusedError),
        (473, TransportError),
        (500, TransportError),
        (550, TransportError),
        (552, TransportError),
        (CUT, TransportError),
        ("<html>maintenance</html>", TransportError),
    ],
)
async def test_every_failure_is_an_error_of_the_right_kind(
    clock: Clock, status: int | str, kind: type[CloudError]
) -> None:
    stand_in, _ = enlighten(clock)
    stand_in.fail_next(status, "ev_chargers/status", times=9)

    with pytest.raises(kind) as caught:
        await client(stand_in, clock).status(SITE)

    assert SITE not in str(caught.value)


async def test_serial_numbers_are_shortened_in_errors(clock: Clock) -> None:
    stand_in, serial = enlighten(clock)
    stand_in.fail_next(500, START)

    with pytest.raises(TransportError) as caught:
        await client(stand_in, clock).start(SITE, serial, level_a=None)

    assert serial not in str(caught.value)
    assert serial[-4:] in str(caught.value)


@pytest.mark.parametrize("wait", ["300", "Fri, 20 Nov 2026 20:05:00 GMT"])
async def test_nothing_is_sent_until_enphase_says_so(clock: Clock, wait: str) -> None:
    stand_in, _ = enlighten(clock)
    account = client(stand_in, clock)
    await account.status(SITE)
    stand_in.refuse_next(429, "status", headers={"Retry-After": wait})

    with pytest.raises(RateLimitedError):
        await account.status(SITE)
    sent = len(stand_in.requests)
    clock.advance(seconds=250)
    with pytest.raises(RateLimitedError):
        await account.status(SITE)

    assert len(stand_in.requests) == sent
    clock.advance(seconds=80)
    assert (await account.status(SITE)).chargers


async def test_no_more_is_sent_in_an_hour_than_is_tolerated(clock: Clock) -> None:
    stand_in, _ = enlighten(clock)
    account = client(stand_in, clock)
    refused = 0

    for _ in range(700):
        clock.advance(seconds=5)
        try:
            await account.status(SITE)
        except RateLimitedError:
            refused += 1

    assert refused
    assert stand_in.logins.refused == 0
    assert len(stand_in.requests) < 600


async def test_a_side_matter_that_fails_pauses_nothing_else(clock: Clock) -> None:
    stand_in, _ = enlighten(clock)
    account = client(stand_in, clock)
    await account.status(SITE)
    stand_in.fail_next(550, "summary")

    with pytest.raises(TransportError):
        await account.summary(SITE)

    assert (await account.status(SITE)).chargers


async def test_sites_are_found_in_whichever_list_has_them(clock: Clock) -> None:
    stand_in, _ = enlighten(clock)
    stand_in.fail_next(404, "search_sites")
    stand_in.fail_next(
        '[{"siteId": 7654321, "displayName": "Barn"}, {"title": "without an id"}]', "evse_controller/sites"
    )

    sites = await client(stand_in, clock).sites()

    assert [(site.id, site.name) for site in sites] == [(SITE, "Barn")]


async def test_a_mode_that_is_set_already_is_a_success(clock: Clock) -> None:
    stand_in, serial = enlighten(clock, mode="GREEN_CHARGING")
    account = client(stand_in, clock)
    await account.status(SITE)

    await account.set_mode(SITE, serial, "GREEN_CHARGING")
    with pytest.raises(RefusedError):
        await account.set_mode(SITE, serial, "NO_SUCH_MODE")

    assert await account.mode(SITE, serial) == "GREEN_CHARGING"


async def test_the_answer_to_a_message_is_returned(clock: Clock) -> None:
    stand_in, serial = enlighten(clock)

    answer: Any = await client(stand_in, clock).trigger(SITE, serial, "MeterValues")

    assert answer["data"] == {"status": "accepted"}
    assert stand_in.sent("/ev_charger/")[0].json == {"requestedMessage": "MeterValues"}


@pytest.mark.parametrize("how", [400, 472, 500])
async def test_a_live_stream_that_is_refused_harms_nothing(clock: Clock, how: int) -> None:
    stand_in, _ = enlighten(clock)
    stand_in.fail_next(how, "live_stream")

    assert await client(stand_in, clock).start_live_stream(SITE) == timedelta(minutes=15)


async def test_the_grid_s_host_gets_the_token_and_no_cookie(clock: Clock) -> None:
    stand_in, _ = enlighten(clock)
    stand_in.endpoints.vpp_events = [
        {"id": "e9", "type": "battery_charge", "start_time": "2026-11-21T01:00:00.000+00:00"}
    ]
    account = client(stand_in, clock)
    await account.status(SITE)

    events = await account.vpp_events(
        "https://grid.test", SITE, "0123456789abcdef01234567", token_prefix="Bearer ", start=clock(), end=clock()
    )

    assert [event.type for event in events] == ["battery_charge"]
    headers = stand_in.sent("vpp-mgr")[0].request.headers
    assert not headers["cookie"]
    assert "e-auth-token" not in headers
    assert headers["authorization"].startswith("Bearer ")
