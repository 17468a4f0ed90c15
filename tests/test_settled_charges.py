"""What the cloud says of a settled charge is asked for once, politely, and kept beside the session."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from smart_charging.charger import Charge, ChargeState
from smart_charging.clouds.consumption import Consumption, Portion
from smart_charging.clouds.monta.cloud import MontaCloud
from smart_charging.clouds.monta.consumption import energy_of
from smart_charging.clouds.monta.models import KwhConsumption
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.errors import CloudError, NotFoundError, RateLimitedError, TransportError
from smart_charging.services.sessions.session_log import BookedSession, SessionLog, sessions_of
from smart_charging.services.sessions.settled_charge import QuarterHours, SettledCharge
from smart_charging.services.sessions.settling import EVERY, MOST_TRIES, ChargesOf, Settling
from worlds.household import HOUR, Household
from worlds.pictures import MIDNIGHT, curve
from worlds.virtual_time import Clock

LOG = logging.getLogger("settling")
QUARTER = timedelta(minutes=15)
CHARGE = Charge(
    id="9",
    charger_id="1",
    state=ChargeState.COMPLETED,
    created_at=MIDNIGHT,
    consumed_kwh=5.0,
    cost=6.5,
    currency="DKK",
    average_co2_per_kwh=88.0,
    average_renewable_percent=70.0,
)
HOURLY = Consumption(energy=[Portion(start=MIDNIGHT, end=MIDNIGHT + HOUR, amount=4.0)])


class TellingCloud:
    """Answers with what it was given, in turn; the last stays."""

    def __init__(self, *answers: Consumption | CloudError) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def consumption(self, charge_id: str) -> Consumption:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, CloudError):
            raise answer
        return answer


class SettledNight:
    """One booked session of one charge, and a clock."""

    def __init__(self, session_log: SessionLog, cloud: object, charge: Charge | None = CHARGE) -> None:
        self.now = MIDNIGHT + 8 * HOUR
        self.session_log = session_log
        charges = [charge] if charge else []
        self.settling = Settling(
            session_log,
            lambda key: ChargesOf(cloud=cloud, charges=charges) if key == "7" else None,
            lambda: curve(1, 2, 3, 4, 5),
            clock=lambda: self.now,
            log=LOG,
        )

    async def live(self, hours: float) -> None:
        until = self.now + hours * HOUR
        while self.now < until:
            self.now += await self.settling.beat()

    @property
    def settled(self) -> Sequence[SettledCharge]:
        return self.session_log.sessions[0].settled


def booked(**changes: object) -> BookedSession:
    session = BookedSession(
        charger_id="7",
        charger="Garage",
        plugged_in_at=MIDNIGHT,
        unplugged_at=MIDNIGHT + 7 * HOUR,
        energy_kwh=5.0,
        charge_ids=("9",),
    )
    return replace(session, **changes)  # type: ignore[arg-type]  # the dataclass checks the names


@pytest.fixture
async def session_log(home: Household) -> SessionLog:
    log = SessionLog(home.session_file, LOG)
    await log.add(booked())
    return log


async def a_night(home: Household) -> Settling:
    home.schedule(energy_kwh=22)
    home.plug_in()
    await home.live(hours=11)
    home.unplug()
    await home.live(minutes=30)
    assert home.scheduling
    chargers, prices = home.scheduling.chargers, home.scheduling._prices
    return Settling(home.session_log, chargers.charges_of, lambda: prices.history, clock=home.clock, log=LOG)


async def test_a_night_is_compared_by_quarters_with_what_monta_says_of_it_in_one_request(home: Household) -> None:
    settling = await a_night(home)
    before = len(home.monta.requests)

    for _ in range(3):
        await settling.beat()

    [session] = sessions_of(home.session_file.read_bytes())[0]
    [settled] = session.settled
    assert [request.path.rsplit("/")[-1] for request in home.monta.requests[before:]] == ["kwh-consumption"]
    assert settled.energy_kwh == pytest.approx(22, abs=0.3)
    assert settled.co2_g_per_kwh
    assert settled.quarters
    assert sum(settled.quarters.energy_kwh) == pytest.approx(session.energy_kwh, abs=0.05)
    assert settled.quarters.cost == pytest.approx(session.cost, abs=0.1)


async def test_of_a_charger_that_is_not_linked_by_ocpp_monta_tells_no_curve(
    monta: MontaStandIn, cloud: MontaCloud, clock: Clock
) -> None:
    monta.habits = Habits(are_linked_by_ocpp=False)
    monta.plug_in(point := monta.add_charge_point(), Car(wants_kwh=5))
    charge_id = monta.start_by_hand(point)
    clock.advance(hours=1)

    assert await cloud.consumption(str(charge_id)) == Consumption()


async def test_it_is_not_asked_while_the_charge_is_not_settled_nor_after_three_days(session_log: SessionLog) -> None:
    cloud = TellingCloud(HOURLY)
    night = SettledNight(session_log, cloud, replace(CHARGE, state=ChargeState.STOPPED))

    await night.live(hours=60)
    asked_before = cloud.asked
    await night.live(hours=24)

    assert (asked_before, cloud.asked, len(night.settled)) == (0, 1, 1)


async def test_no_quota_postpones_it_and_is_not_counted(session_log: SessionLog) -> None:
    no_quota = [RateLimitedError("GET x: no quota", retry_at=MIDNIGHT)] * 5
    cloud = TellingCloud(*no_quota, HOURLY)
    night = SettledNight(session_log, cloud)

    await night.live(hours=3)

    assert cloud.asked == 6
    assert night.settled[0].quarters


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        pytest.param(Consumption(), MOST_TRIES, id="no energy over time"),
        pytest.param(TransportError("GET x: timed out"), MOST_TRIES, id="no answer"),
        pytest.param(NotFoundError("GET x: no such charge"), 1, id="no such charge"),
    ],
)
async def test_a_curve_that_never_comes_is_done_without(
    session_log: SessionLog, answer: Consumption | CloudError, asked: int
) -> None:
    cloud = TellingCloud(answer)
    night = SettledNight(session_log, cloud)

    await night.live(hours=48)

    assert cloud.asked == asked
    assert (night.settled[0].cost, night.settled[0].quarters) == (6.5, None)


async def test_a_late_curve_is_taken(session_log: SessionLog) -> None:
    night = SettledNight(session_log, TellingCloud(Consumption(), HOURLY))

    await night.live(hours=3)

    assert night.settled[0].quarters


async def test_a_charge_that_nobody_tells_any_more_is_forgotten(session_log: SessionLog) -> None:
    cloud = TellingCloud(HOURLY)
    night = SettledNight(session_log, cloud, charge=None)

    await night.live(hours=24 * 8)

    assert (cloud.asked, night.settled, await night.settling.beat()) == (0, (), EVERY)


async def test_a_cloud_that_cannot_tell_is_left_alone(session_log: SessionLog) -> None:
    night = SettledNight(session_log, object())

    assert await night.settling.beat() == EVERY
    assert night.settled == ()


async def test_what_was_noted_is_there_after_a_restart_and_in_a_line_of_its_own(
    home: Household, session_log: SessionLog
) -> None:
    await SettledNight(session_log, TellingCloud(HOURLY)).settling.beat()

    again = SessionLog(home.session_file, LOG)
    await again.prepare()

    assert again.sessions == session_log.sessions
    assert again.sessions[0].settled[0].quarters == QuarterHours(
        start=MIDNIGHT, energy_kwh=(1.0,) * 4, price_per_kwh=(1.0, 2.0, 3.0, 4.0)
    )
    assert len(home.session_file.read_bytes().splitlines()) == 2


def test_a_line_about_a_charge_of_no_session_is_read_and_left_aside() -> None:
    stray = SettledCharge(charger_id="7", charge_id="10", cost=1.0)
    content = stray.line() + b"\n" + booked().line() + b"\n" + booked(charge_ids=()).line().replace(b"[]", b"7")

    sessions, torn = sessions_of(content)

    assert (sessions, torn) == ([booked()], [3])


@pytest.mark.parametrize(
    ("changes", "kwh"),
    [
        pytest.param({"kwhConsumption": None}, [], id="null"),
        pytest.param({"kwhConsumption": "later"}, [], id="no list"),
        pytest.param({"consumptionPeriodSizeInSeconds": None}, [2.0, 1.0], id="no period"),
        pytest.param({"consumptionPeriodSizeInSeconds": -5, "chargeId": "x"}, [2.0, 1.0], id="odd period"),
    ],
)
def test_odd_fields_cost_only_themselves(changes: Mapping[str, object], kwh: list[float]) -> None:
    rows = [
        {"time": "2026-01-20T22:15:00Z", "value": 1.0},
        {"time": "2026-01-20T22:00:00Z", "value": 2.0},
        {"time": "2026-01-20T22:30:00Z", "value": -1.0},
        {"time": "2026-01-20T22:45:00Z", "value": None},
        {"time": "soon", "value": 3.0},
        {"time": "9999-12-31T23:59:00Z", "value": 3.0},
    ]
    answer = {"chargeId": 9, "consumptionPeriodSizeInSeconds": 900, "kwhConsumption": rows, **changes}

    read = KwhConsumption.model_validate_json(json.dumps(answer))

    told = energy_of(read.periods or (), read.period_s)
    assert [one.amount for one in told] == kwh
    assert all(one.end - one.start == QUARTER for one in told)


def test_periods_that_begin_with_the_charge_are_spread_over_the_clock_s_quarters() -> None:
    start = MIDNIGHT + timedelta(minutes=10)
    told = [Portion(start=start, end=start + QUARTER, amount=3.0)]

    quarters = QuarterHours.of(told, curve(1, 4))

    assert quarters
    assert (quarters.start, quarters.energy_kwh) == (MIDNIGHT, (1.0, 2.0))
    assert quarters.cost == pytest.approx(1.0 * 1 + 2.0 * 4)


def test_figures_that_cannot_be_are_left_out_so_that_the_line_can_be_read() -> None:
    stray = Portion(start=MIDNIGHT - 900 * HOUR, end=MIDNIGHT - 899 * HOUR, amount=1.0)
    told = Consumption(energy=[stray, *HOURLY.energy], price=[replace(HOURLY.energy[0], amount=1e9)])

    settled = SettledCharge.of("7", replace(CHARGE, price=1e12, consumed_kwh=4.0), told, curve(1, 1, 1, 1))

    [session] = sessions_of(booked().line() + b"\n" + settled.line())[0]
    assert session.settled == (settled,)
    assert (settled.price, settled.price_parts) == (None, ())
    assert settled.quarters
    assert settled.quarters.energy_kwh == (1.0,) * 4
