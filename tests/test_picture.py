"""The chart of prices and plan, as SVG."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_charging.picture.axes import price_range, price_ticks, time_ticks
from smart_charging.picture.chart import Chart, chart_of
from smart_charging.picture.svg import svg
from smart_charging.planning.plan import Block, Plan, PlanSlot
from smart_charging.prices.curve import NO_PRICES, PriceCurve, PriceSlot

ZONE = ZoneInfo("Europe/Oslo")
NOON = datetime(2026, 2, 11, 12, tzinfo=UTC)
QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)
TOP, BOTTOM = 30.0, 182.0


def prices(quarters: int, price: Callable[[int], float], *, published: int = 10_000) -> PriceCurve:
    slots = [
        PriceSlot(
            start=NOON + number * QUARTER,
            end=NOON + (number + 1) * QUARTER,
            price_per_kwh=price(number),
            is_estimate=number >= published,
        )
        for number in range(quarters)
    ]
    return PriceCurve(slots, "NOK")


def plan(*hours: tuple[float, float], ready_by: datetime = NOON + 18 * HOUR) -> Plan:
    slots = [
        PlanSlot(start=NOON + start * HOUR, end=NOON + end * HOUR, price_per_kwh=1.0, energy_kwh=5.0)
        for start, end in hours
    ]
    return Plan(slots=slots, ready_by=ready_by)


def shapes(drawing: str, kind: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each box of a kind."""
    found = []
    for path in re.findall(rf'<path class="{kind}" d="(M[^"]+z)"', drawing):
        for box in re.findall(r"M([\d.-]+) ([\d.-]+)h([\d.-]+)V([\d.-]+)H", path):
            left, top, width, bottom = map(float, box)
            found.append((left, top, left + width, bottom))
    return found


def words(drawing: str) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  # our own


def test_the_planned_quarters_stand_out() -> None:
    drawing = svg(chart_of(prices(96, lambda n: 1 + n % 4), NOON, ZONE, plan=plan((3, 5), (9, 10))))

    assert len(shapes(drawing, "plan")) == 2 + 8 + 4  # strips below, and bars
    assert len(shapes(drawing, "band")) == 2


def test_charging_at_a_price_of_zero_can_be_seen() -> None:
    drawing = svg(chart_of(prices(96, lambda n: 0.0 if n < 40 else 1.0), NOON, ZONE, plan=plan((3, 5))))

    assert any(bottom - top >= 4 for _, top, _, bottom in shapes(drawing, "plan"))


def test_a_negative_price_hangs_below_zero() -> None:
    drawing = svg(chart_of(prices(96, lambda n: -0.5 if n == 20 else 1.0), NOON, ZONE))

    zero = shapes(drawing, "bar")[0][3]
    below = [box for box in shapes(drawing, "bar") if box[3] > zero]
    assert len(below) == 1
    assert below[0][1] == zero


def test_expected_prices_are_hatched_planned_or_not() -> None:
    curve = prices(96, lambda _: 1.0, published=48)

    drawing = svg(chart_of(curve, NOON, ZONE, plan=plan((11, 13), ready_by=NOON + 22 * HOUR)))

    assert len(shapes(drawing, "planE")) == 4
    assert len(shapes(drawing, "barE")) == 44
    assert '<pattern id="e"' in drawing


def test_what_was_charged_so_far_is_marked_as_such() -> None:
    charged = [Block(start=NOON, end=NOON + HOUR)]

    drawing = svg(chart_of(prices(96, lambda _: 1.0), NOON + 2 * HOUR, ZONE, plan=plan((5, 6)), charged=charged))

    assert len(shapes(drawing, "done")) == 1 + 4
    assert len(shapes(drawing, "past")) == 4


def test_now_and_departure_limit_and_minimum_have_their_words() -> None:
    chart = chart_of(
        prices(96, lambda n: n / 50),
        NOON + HOUR,
        ZONE,
        plan=plan((3, 5)),
        price_limit=0.8,
        minimum_at=NOON + 7 * HOUR,
    )

    assert {"now", "ready 07:00", "limit", "minimum", "NOK/kWh"} <= set(words(svg(chart)))


@pytest.mark.parametrize("minutes", [0, 15, 45, 120, 400])
def test_words_above_the_chart_do_not_lie_on_each_other(minutes: int) -> None:
    departure = NOON + HOUR + timedelta(minutes=minutes)
    drawing = svg(chart_of(prices(96, lambda _: 1.0), NOON + HOUR, ZONE, plan=plan(ready_by=departure)))

    heads = re.findall(r'<text x="([\d.]+)" y="(\d+)"(?: text-anchor="(\w+)")? class="(?:now|ready)"', drawing)

    (now_x, now_y, _), (ready_x, ready_y, anchor) = heads
    left = float(ready_x) - {"middle": 31, "end": 62}.get(anchor, 0)
    assert left >= float(now_x) + 10 or now_y != ready_y


def test_without_any_price_the_chart_says_so() -> None:
    assert "No prices are known for this time" in words(svg(chart_of(NO_PRICES, NOON, ZONE)))


def test_a_chart_of_two_days_of_quarters_is_below_12_kb() -> None:
    curve = prices(192, lambda n: 1.234 + (n * 7919 % 83) / 41, published=150)
    blocks = [(number, number + 0.5) for number in range(4, 40, 2)]

    assert len(svg(chart_of(curve, NOON + HOUR, ZONE, plan=plan(*blocks, ready_by=NOON + 40 * HOUR)))) < 12_000


def test_the_sentence_is_there_for_those_who_hear_the_picture() -> None:
    drawing = svg(chart_of(prices(96, lambda _: 1.0), NOON, ZONE), title="5 kWh & more <tonight>")

    assert "<title>5 kWh &amp; more &lt;tonight&gt;</title>" in drawing


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=200),
    st.floats(0, 47),
    st.lists(st.tuples(st.floats(0, 40), st.floats(0.1, 8)), max_size=4),
    st.none() | st.floats(-5, 5),
)
def test_nothing_is_drawn_outside_whatever_the_prices_and_the_plan(
    values: Sequence[float], now_h: float, blocks: Sequence[tuple[float, float]], limit: float | None
) -> None:
    ends = [(start, start + length) for start, length in sorted(blocks)]
    apart = [one for number, one in enumerate(ends) if number == 0 or one[0] >= ends[number - 1][1]]
    curve = prices(len(values), values.__getitem__)

    drawing = svg(chart_of(curve, NOON + now_h * HOUR, ZONE, plan=plan(*apart), price_limit=limit))

    ElementTree.fromstring(drawing)  # noqa: S314  # our own
    for kind in ("bar", "past", "plan", "band", "done"):
        for left, top, right, bottom in shapes(drawing, kind):
            assert 36 - 0.1 <= left <= right + 0.05
            assert right <= 396.1
            assert TOP - 0.1 <= top <= bottom + 0.05 <= BOTTOM + 4.2


@given(st.floats(-500, 500), st.floats(0, 1000))
def test_price_labels_are_round_and_few_and_within_the_axis(low: float, span: float) -> None:
    low, high = price_range([low, low + span])

    ticks = price_ticks(low, high)

    assert 1 <= len(ticks) <= 7
    assert all(low - 1e-6 <= tick.value <= high + 1e-6 for tick in ticks)
    assert len({tick.text for tick in ticks}) == len(ticks)
    assert all(float(tick.text) == pytest.approx(tick.value, abs=1e-9) for tick in ticks)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", ["22", "Sun", "04", "06"]), ("2026-10-25", ["22", "Sun", "02", "04", "06"])],
    ids=["spring", "autumn"],
)
def test_hours_follow_the_clock_over_its_change(day: str, hours: list[str]) -> None:
    start = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=ZONE).astimezone(UTC) - 2 * HOUR

    ticks = time_ticks(start, start + 12 * HOUR, ZONE)

    assert [tick.text for tick in ticks][: len(hours)] == hours
    local = [datetime.fromtimestamp(tick.value, ZONE) for tick in ticks]
    assert all(moment.hour % 2 == 0 and moment.minute == 0 for moment in local)


def test_hours_are_those_of_the_clock_where_zones_lie_half_an_hour_off() -> None:
    ticks = time_ticks(NOON, NOON + 6 * HOUR, ZoneInfo("Asia/Kolkata"))

    assert [tick.text for tick in ticks] == ["18", "19", "20", "21", "22", "23"]
    assert all((later.value - earlier.value) == 3600 for earlier, later in pairwise(ticks))


def test_a_chart_is_never_longer_than_two_days() -> None:
    far = plan((70, 72), ready_by=NOON + 100 * HOUR)

    chart: Chart = chart_of(prices(500, lambda _: 1.0), NOON, ZONE, plan=far)

    assert chart.end - chart.start == 48 * HOUR
    assert chart.planned == ()
