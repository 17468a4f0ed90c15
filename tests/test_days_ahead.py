from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smart_charging.planning.coming_nights import ComingNight, coming_nights
from smart_charging.planning.days_ahead import outlook
from smart_charging.planning.expected_visit import ExpectedVisit
from smart_charging.planning.need import Need
from smart_charging.planning.window import PriceSpan
from smart_charging.prices.curve import PriceCurve, PriceSlot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = datetime(2026, 11, 20, 20, tzinfo=UTC)
MORNING = EVENING + 10 * HOUR
KW = 1.0
"""Of power, so that an hour is a kWh."""


def spans(start: datetime, *per_kwh: float) -> Sequence[PriceSpan]:
    return [
        PriceSpan(start=start + number * HOUR, end=start + (number + 1) * HOUR, price_per_kwh=price)
        for number, price in enumerate(per_kwh)
    ]


def night(
    ahead: int,
    *ways: Sequence[float],
    used_kwh: float = 2.0,
    spread_kwh: float = 0.0,
    likelihood: float = 1.0,
) -> ComingNight:
    expected = [sum(prices) / len(ways) for prices in zip(*ways, strict=True)]
    comes = EVENING + ahead * DAY
    visit = ExpectedVisit(
        arrives_at=comes,
        leaves_at=comes + len(expected) * HOUR,
        energy_kwh=used_kwh,
        spread_kwh=spread_kwh,
        likelihood=likelihood,
    )
    return ComingNight(visit=visit, spans=spans(comes, *expected), ways=ways)


def need(energy_kwh: float, may_owe_kwh: float, minimum_kwh: float = 0.0) -> Need:
    return Need(
        energy_kwh=energy_kwh,
        power_kw=KW,
        ready_by=MORNING,
        margin=timedelta(0),
        may_owe_kwh=may_owe_kwh,
        minimum_kwh=minimum_kwh,
    )


def test_what_is_cheaper_tomorrow_is_left_to_it_and_no_more_than_may_be_owed() -> None:
    found = outlook(need(5, 3), spans(EVENING, *[2.0] * 8), [night(1, [1.0] * 8)])

    assert (found.wanted_kwh, found.tonight_kwh, found.owed_kwh) == (5, 2, 3)
    assert found.cheaper == pytest.approx(0.5)
    assert [slot.start.date() for slot in found.later] == [(EVENING + DAY).date()] * len(found.later)
    assert sum(slot.energy_kwh for slot in found.later) == pytest.approx(3)


def test_a_cheap_night_buys_all() -> None:
    assert outlook(need(5, 3), spans(EVENING, *[1.0] * 8), [night(1, [2.0] * 8)]).owed_kwh == 0


def test_only_the_dear_hours_of_tonight_wait() -> None:
    tonight = spans(EVENING, 1.0, 1.0, 3.0, 3.0, 3.0)

    assert outlook(need(5, 5), tonight, [night(1, [2.0] * 8)]).tonight_kwh == 2


def test_what_a_cheap_night_cannot_take_is_not_left_to_it() -> None:
    """Tomorrow has two hours, and the car uses one kWh until then."""
    found = outlook(need(5, 5), spans(EVENING, *[2.0] * 8), [night(1, [1.0, 1.0], used_kwh=1), night(2, [3.0] * 8)])

    assert found.owed_kwh == 1


def test_a_chance_of_a_cheap_night_is_worth_waiting_for_though_the_mean_is_dearer() -> None:
    """Of two nights one in two is cheap, and who may owe until then need not buy on a dear one."""
    tonight, coin = spans(EVENING, *[1.4] * 8), ([0.5] * 8, [2.5] * 8)

    waits = outlook(need(2, 8), tonight, [night(ahead, *coin, used_kwh=0) for ahead in (1, 2, 3, 4)])
    may_not = outlook(need(2, 8), tonight, [night(1, [1.5] * 8, used_kwh=0)])

    assert (waits.owed_kwh, may_not.owed_kwh) == (2, 0)


@pytest.mark.parametrize(
    ("coming", "owed_kwh"),
    [
        pytest.param(night(1, [1.0] * 8), 5, id="sure to come"),
        pytest.param(night(1, [1.0] * 8, likelihood=0.75), 3, id="may not come, and has used two kWh by then"),
        pytest.param(night(1, [1.0] * 8, likelihood=0.75, spread_kwh=0.5), 2, id="may have used more"),
        pytest.param(night(1, [1.0], used_kwh=2), 4, id="an hour is not enough for what it uses"),
    ],
)
def test_no_morning_to_come_is_put_at_risk(coming: ComingNight, owed_kwh: float) -> None:
    after = night(2, [1.0] * 8)

    assert outlook(need(6, 5), spans(EVENING, *[2.0] * 8), [coming, after]).owed_kwh == owed_kwh


def test_nothing_is_left_to_nights_of_which_nothing_is_known() -> None:
    assert outlook(need(5, 5), spans(EVENING, *[2.0] * 8), []).owed_kwh == 0


def test_the_minimum_is_charged_tonight_at_any_price() -> None:
    found = outlook(need(5, 5, minimum_kwh=1.5), spans(EVENING, *[9.0] * 8), [night(1, [1.0] * 8)])

    assert found.tonight_kwh == 1.5


def test_what_there_is_no_time_for_tonight_is_not_passed_off_as_left_to_later() -> None:
    found = outlook(need(6, 2), spans(EVENING, 1.0, 1.0), [night(1, [1.0] * 8)])

    assert found.owed_kwh == 2


prices = st.lists(st.integers(-3, 9), min_size=3, max_size=3)


@settings(max_examples=60)
@given(st.lists(prices, min_size=2, max_size=4), st.integers(1, 4), st.integers(0, 3))
def test_no_share_tonight_is_cheaper_when_all_nights_are_foreknown(
    nights: list[list[int]], energy_kwh: int, may_owe_kwh: int
) -> None:
    tonight, *later = nights
    coming = [night(ahead, some, used_kwh=1) for ahead, some in enumerate(later, start=1)]

    ways = sorted(_ways_to_buy(nights, energy_kwh, may_owe_kwh), reverse=True)
    assume(ways)

    found = outlook(need(energy_kwh, may_owe_kwh), spans(EVENING, *tonight), coming)

    cheapest = {float(tonight_kwh): cost for cost, tonight_kwh in ways}
    assert cheapest[found.tonight_kwh] == pytest.approx(min(cheapest.values()))


def _ways_to_buy(nights: Sequence[Sequence[int]], energy_kwh: int, may_owe_kwh: int) -> Iterator[tuple[float, int]]:
    """The cost of all ways to buy whole kWh, and what they buy tonight; what is owed in the end costs what the last
    night's first kWh does."""
    cheap = [sorted(some) for some in nights]
    for bought in product(range(4), repeat=len(nights)):
        owed = [energy_kwh + ahead - sum(bought[: ahead + 1]) for ahead in range(len(nights))]
        if all(0 <= kwh <= may_owe_kwh for kwh in owed):
            cost = sum(sum(some[:kwh]) for some, kwh in zip(cheap, bought, strict=True))
            yield cost + owed[-1] * cheap[-1][0], bought[0]


def test_a_coming_night_turns_out_as_those_before_but_at_the_level_that_is_expected() -> None:
    start = EVENING - 8 * DAY
    history = PriceCurve(
        [
            PriceSlot(start=start + hour * HOUR, end=start + (hour + 1) * HOUR, price_per_kwh=1 + hour // 24 % 2)
            for hour in range(8 * 24)
        ]
    )
    expected = [
        PriceSlot(start=EVENING + h * HOUR, end=EVENING + (h + 1) * HOUR, price_per_kwh=3.0, is_estimate=True)
        for h in range(48)
    ]
    visit = ExpectedVisit(arrives_at=EVENING + DAY, leaves_at=EVENING + DAY + 8 * HOUR, energy_kwh=1)

    [coming] = coming_nights([visit], PriceCurve([*history, *expected]), history, ZoneInfo("Europe/Copenhagen"))

    levels = [way[0] for way in coming.ways]
    assert len(levels) > 4
    assert sum(levels) / len(levels) == pytest.approx(3)
    assert 0 < max(levels) - min(levels) < 1


def test_no_coming_night_is_expected_to_be_cheaper_than_any_of_those_before() -> None:
    """Every other one was dear, with wide swings, which at the level that is expected would reach below 0."""
    hours = [EVENING - 8 * DAY + hour * HOUR for hour in range(8 * 24)]
    dear, cheap = (1.0, 5.0, 9.0), (1.0, 1.1, 1.2)
    history = PriceCurve(
        [
            PriceSlot(start=at, end=at + HOUR, price_per_kwh=(dear, cheap)[number // 24 % 2][number % 3])
            for number, at in enumerate(hours)
        ]
    )
    expected = [
        PriceSlot(start=EVENING + h * HOUR, end=EVENING + (h + 1) * HOUR, price_per_kwh=1.5, is_estimate=True)
        for h in range(48)
    ]
    visit = ExpectedVisit(arrives_at=EVENING + DAY, leaves_at=EVENING + DAY + 9 * HOUR, energy_kwh=1)

    [coming] = coming_nights([visit], PriceCurve([*history, *expected]), history, ZoneInfo("Europe/Copenhagen"))

    assert min(min(way) for way in coming.ways) == 1.0
    assert max(max(way) for way in coming.ways) > 4.0


def test_no_scrap_of_a_need_that_may_wait_is_charged_tonight() -> None:
    found = outlook(need(5.1, 8), spans(EVENING, *[2.0] * 8), [night(1, [1.0] * 8)])

    assert (found.tonight_kwh, found.owed_kwh) == (0, 5.1)


def test_all_of_the_minimum_is_charged_tonight_though_it_is_no_whole_number_of_units() -> None:
    found = outlook(need(5.1, 8, minimum_kwh=1.3), spans(EVENING, *[2.0] * 8), [night(1, [1.0] * 8)])

    assert 1.3 <= found.tonight_kwh < 1.3 + 0.25
