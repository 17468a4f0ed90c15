"""How Enphase lets us in, and how seldom it is asked to."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from stat import S_IMODE

import pytest

from smart_charging.clouds.enphase.auth import LOGINS_APART
from smart_charging.clouds.enphase.client import EnphaseClient
from smart_charging.clouds.enphase.refusals import AFTER_MANY, AFTER_REFUSAL
from smart_charging.clouds.enphase.stand_in.cloud import CUT, SITE, EnphaseStandIn
from smart_charging.clouds.enphase.stand_in.habits import Habits
from smart_charging.clouds.enphase.stand_in.logins import LOGIN_PAGE
from smart_charging.errors import AuthError, NotPermittedError, RateLimitedError, TransportError
from worlds.enphase import client
from worlds.virtual_time import Clock

LOGIN = "login/login.json"
STATUS = "ev_chargers/status"


def enlighten(clock: Clock, **habits: object) -> EnphaseStandIn:
    stand_in = EnphaseStandIn(now=clock, habits=Habits(**habits))  # type: ignore[arg-type]  # each of its own type
    stand_in.add_charger()
    return stand_in


async def refused(account: EnphaseClient) -> str:
    with pytest.raises(AuthError) as caught:
        await account.status(SITE)
    return str(caught.value)


async def test_one_login_serves_all_requests(clock: Clock) -> None:
    stand_in = enlighten(clock)
    account = client(stand_in, clock)

    for _ in range(3):
        await account.status(SITE)

    assert [str(one) for one in stand_in.requests[:2]] == [f"POST {LOGIN}", "POST tokens"]
    assert [one.status for one in stand_in.sent(STATUS)] == [200, 200, 200]
    assert len(stand_in.sent(LOGIN)) == 1


async def test_requests_look_like_those_of_enphase_s_own_pages(clock: Clock) -> None:
    stand_in = enlighten(clock)
    account = client(stand_in, clock)

    await account.status(SITE)
    await account.set_mode(SITE, next(iter(stand_in.endpoints.sites[SITE][1])), "GREEN_CHARGING")

    read, command = (stand_in.sent(part)[-1].request.headers for part in (STATUS, "preference"))
    assert read["referer"].endswith(f"/pv/systems/{SITE}/summary")
    assert (read["x-requested-with"], read["x-csrf-token"]) == ("XMLHttpRequest", "x-2")
    assert "authorization" not in read
    assert command["authorization"].removeprefix("Bearer ") in command["cookie"]


async def test_waiting_requests_share_one_login(clock: Clock) -> None:
    stand_in = enlighten(clock)
    account = client(stand_in, clock)
    await account.status(SITE)
    stand_in.logins.end_sessions()
    clock.advance(hours=1)

    await asyncio.gather(*(account.status(SITE) for _ in range(4)))

    assert len(stand_in.sent(LOGIN)) == 2


async def test_a_session_outlives_a_restart_in_a_file_only_its_owner_reads(clock: Clock, tmp_path: Path) -> None:
    stand_in, file = enlighten(clock), tmp_path / "tokens.json"
    await client(stand_in, clock, token_file=file).status(SITE)

    await client(stand_in, clock, token_file=file).status(SITE)

    assert len(stand_in.sent(LOGIN)) == 1
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert not [word for word in ("stand-in-password", "owner@example.org") if word in file.read_text()]


async def test_an_expired_token_is_exchanged_without_a_login(clock: Clock) -> None:
    stand_in = enlighten(clock, token_life=timedelta(minutes=20))
    account = client(stand_in, clock)

    for _ in range(60):
        await account.status(SITE)
        clock.advance(minutes=2)

    assert len(stand_in.sent(LOGIN)) == 1
    assert all(one.status == 200 for one in stand_in.requests)


@pytest.mark.parametrize("shows_login_page", [True, False])
async def test_a_session_that_has_ended_is_replaced_once_and_the_request_repeated(
    clock: Clock, *, shows_login_page: bool
) -> None:
    stand_in = enlighten(clock, shows_login_page=shows_login_page)
    account = client(stand_in, clock)
    await account.status(SITE)
    clock.advance(hours=1)
    stand_in.logins.end_sessions()

    status = await account.status(SITE)

    assert len(status.chargers) == 1
    assert len(stand_in.sent(LOGIN)) == 2


async def test_sessions_that_end_at_once_do_not_make_a_login_each(clock: Clock) -> None:
    stand_in = enlighten(clock, session_life=timedelta(minutes=1))
    account = client(stand_in, clock)
    await account.status(SITE)
    clock.advance(minutes=2)

    with pytest.raises(RateLimitedError) as caught:
        await account.status(SITE)

    assert caught.value.retry_at == clock() - timedelta(minutes=2) + LOGINS_APART
    assert len(stand_in.sent(LOGIN)) == 1


async def test_a_session_that_is_not_accepted_right_after_its_login_is_a_refusal(clock: Clock) -> None:
    stand_in = enlighten(clock)
    account = client(stand_in, clock)
    stand_in.fail_next(401, STATUS, times=99)
    attempts = []

    for _ in range(90):
        await refused(account)
        attempts.append(len(stand_in.sent(LOGIN)))
        clock.advance(minutes=10)

    assert max(attempts[:6]) == 3
    assert attempts[-1] == 3


async def test_a_login_page_right_after_a_login_keeps_us_away_for_a_day(clock: Clock) -> None:
    stand_in = enlighten(clock)
    account = client(stand_in, clock)
    stand_in.fail_next(LOGIN_PAGE, STATUS, times=2)

    said = await refused(account)
    clock.advance(hours=23)
    await refused(account)

    assert "login page" in said
    assert len(stand_in.sent(LOGIN)) == 1


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        pytest.param("wrong", "refuses e-mail and password", id="wrong"),
        pytest.param("blocked", "has blocked the account", id="blocked"),
        pytest.param("sessions", "too many sessions", id="too many sessions"),
        pytest.param("code", "finish it in a browser, then restart", id="one-time code"),
        pytest.param("none", "no password is stored", id="no password"),
    ],
)
async def test_each_refusal_has_a_sentence_of_its_own(clock: Clock, trouble: str, sentence: str) -> None:
    stand_in = enlighten(clock, asks_for_code=trouble == "code")
    stand_in.logins.blocked_until = clock() + timedelta(days=1) if trouble == "blocked" else None
    stand_in.logins.has_too_many_sessions_until = clock() + timedelta(days=1) if trouble == "sessions" else None
    password = {"wrong": "not-it", "none": None}.get(trouble, "stand-in-password")

    said = await refused(client(stand_in, clock, password=password))

    assert sentence in said
    assert "not-it" not in said


@pytest.mark.parametrize("how", [503, CUT, "<html>maintenance</html>"])
async def test_a_login_service_that_is_down_is_no_refusal(clock: Clock, how: int | str) -> None:
    stand_in = enlighten(clock)
    account = client(stand_in, clock)
    stand_in.fail_next(how, LOGIN)

    with pytest.raises(TransportError):
        await account.status(SITE)
    clock.advance(minutes=1)

    assert (await account.status(SITE)).chargers


async def test_after_a_refusal_comes_a_rest_and_after_three_a_day_also_over_restarts(
    clock: Clock, tmp_path: Path
) -> None:
    stand_in, began = enlighten(clock), clock()
    while clock() - began < AFTER_MANY + timedelta(hours=1):
        account = client(stand_in, clock, password="wrong", token_file=tmp_path / "tokens.json")
        await refused(account)
        clock.advance(minutes=1 if len(stand_in.logins.attempts) < 3 else 30)

    since = [at - began for at in stand_in.logins.attempts]

    assert since[:3] == [timedelta(0), AFTER_REFUSAL, 2 * AFTER_REFUSAL]
    assert since[3] >= 2 * AFTER_REFUSAL + AFTER_MANY
    assert len(since) == 4


async def test_another_password_is_tried_at_once(clock: Clock, tmp_path: Path) -> None:
    stand_in = enlighten(clock)
    await refused(client(stand_in, clock, password="wrong", token_file=tmp_path / "tokens.json"))

    status = await client(stand_in, clock, token_file=tmp_path / "tokens.json").status(SITE)

    assert status.chargers


async def test_a_login_by_hand_forgets_refusals(clock: Clock) -> None:
    stand_in = enlighten(clock)
    stand_in.logins.has_too_many_sessions_until = clock() + timedelta(hours=1)
    account = client(stand_in, clock)
    await refused(account)
    clock.advance(hours=2)
    await refused(account)

    await account.log_in()

    assert (await account.status(SITE)).chargers
    assert len(stand_in.sent(LOGIN)) == 2


async def test_an_account_that_asks_for_a_code_is_not_asked_to_send_another(clock: Clock) -> None:
    stand_in = enlighten(clock, asks_for_code=True)
    account = client(stand_in, clock)

    for _ in range(20):
        await refused(account)
        clock.advance(hours=2)

    assert len(stand_in.sent(LOGIN)) == 1


async def test_the_code_that_was_sent_opens_the_session(clock: Clock, tmp_path: Path) -> None:
    stand_in, file = enlighten(clock, asks_for_code=True), tmp_path / "tokens.json"
    await refused(client(stand_in, clock, password=None, token_file=file))
    by_hand = client(stand_in, clock, password=None, token_file=file)
    with pytest.raises(AuthError, match="one-time code"):
        await by_hand.log_in(password="stand-in-password")

    await client(stand_in, clock, password=None, token_file=file).log_in(code=stand_in.logins.code)

    assert (await client(stand_in, clock, password=None, token_file=file).status(SITE)).chargers
    assert len(stand_in.sent(LOGIN)) == 1
    assert "stand-in-password" not in file.read_text()


async def test_a_wrong_code_is_said_to_be_wrong(clock: Clock) -> None:
    stand_in = enlighten(clock, asks_for_code=True)
    account = client(stand_in, clock)
    await refused(account)

    with pytest.raises(AuthError, match="refuses the one-time code"):
        await account.log_in(code="000000")


async def test_what_is_not_essential_never_causes_a_login(clock: Clock) -> None:
    stand_in = enlighten(clock)
    account = client(stand_in, clock)
    with pytest.raises(NotPermittedError):
        await account.summary(SITE)
    await account.status(SITE)
    clock.advance(hours=1)
    stand_in.logins.end_sessions()

    for read in (account.summary(SITE), account.mode(SITE, "48240001")):
        with pytest.raises(NotPermittedError):
            await read

    assert len(stand_in.sent(LOGIN)) == 1


async def test_a_login_that_wants_a_form_gets_one(clock: Clock) -> None:
    stand_in = enlighten(clock)
    stand_in.fail_next(406, LOGIN)

    status = await client(stand_in, clock).status(SITE)

    assert status.chargers
    assert [str(one) for one in stand_in.sent("login/")] == [f"POST {LOGIN}", "POST login/login"]


async def test_a_session_without_a_token_is_good_enough_to_read(clock: Clock) -> None:
    stand_in = enlighten(clock)
    stand_in.fail_next(500, "tokens")

    status = await client(stand_in, clock).status(SITE)

    assert status.chargers
    assert "e-auth-token" not in stand_in.sent(STATUS)[0].request.headers


async def test_a_session_file_that_cannot_be_read_is_replaced(clock: Clock, tmp_path: Path) -> None:
    stand_in, file = enlighten(clock), tmp_path / "tokens.json"
    file.write_text(json.dumps({"salt": "x", "account": 7}))

    await client(stand_in, clock, token_file=file).status(SITE)

    assert json.loads(file.read_text())["session"]["token"]
