"""The pictures of what is over: months with cost and saving, and the prices of a week."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from smart_charging.picture.past import Month, months_svg, week_svg
from smart_charging.prices.curve import PriceCurve, PriceSlot
from smart_charging.services.scheduling.past_charts import PastCharts
from smart_charging.services.sessions.months import MonthTotal, month_totals
from smart_charging.services.sessions.session_log import BookedSession, SessionLog

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def session(ended: str, cost: float | None, at_once: float | None = 10.0, currency: str = "NOK") -> BookedSession:
    at = datetime.fromisoformat(ended)
    return BookedSession(
        charger_id="garage",
        charger="Garage",
        plugged_in_at=at - 8 * HOUR,
        unplugged_at=at,
        energy_kwh=12,
        cost=cost,
        cost_at_once=at_once,
        currency=currency,
    )


def shapes(svg: str, kind: str) -> list[str]:
    """The outlines of one kind."""
    return [path.get("d", "") for path in ET.fromstring(svg).iter() if path.get("class") == kind]  # noqa: S314  # ours


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter() if text.tag.endswith("text")]  # noqa: S314  # ours


def heights(outlines: list[str]) -> list[float]:
    edges = [re.findall(r"M\S+ ([\d.-]+)h[\d.-]+V([\d.-]+)", outline) for outline in outlines]
    return [round(float(bottom) - float(top), 1) for ((top, bottom),) in edges]


def test_a_session_belongs_to_the_month_in_which_the_local_clock_showed_its_end() -> None:
    late = session("2026-10-31T23:30+00:00", 4.0)

    assert month_totals([late], NOW, OSLO)[0][0].began_on.month == 11


def test_a_month_is_the_sum_of_its_sessions_whose_cost_is_known() -> None:
    sessions = [
        session("2026-11-02T06:00Z", 4.0),
        session("2026-11-09T06:00Z", 3.0, None),
        session("2026-11-10T06:00Z", None),
    ]

    assert month_totals(sessions, NOW, OSLO) == (
        [MonthTotal(began_on=datetime(2026, 11, 1, tzinfo=UTC).date(), cost=7.0, saving=6.0)],
        "NOK",
    )


def test_months_of_another_currency_or_more_than_a_year_ago_are_left_out() -> None:
    sessions = [
        session("2025-11-20T06:00Z", 1.0),
        session("2025-12-20T06:00Z", 2.0),
        session("2026-05-20T06:00Z", 3.0, currency="EUR"),
        session("2026-11-20T06:00Z", 4.0),
    ]

    totals, _ = month_totals(sessions, NOW, OSLO)

    assert [(one.began_on.month, one.cost) for one in totals] == [(12, 2.0), (11, 4.0)]


def test_cost_and_saving_are_bars_as_high_as_they_are() -> None:
    svg = months_svg([Month(name="Oct", cost=50, saving=25), Month(name="Nov", cost=100, saving=-20)], "NOK")

    cost, saving = (heights(shapes(svg, kind)[1:]) for kind in ("done", "plan"))  # the first is the legend's
    assert cost[1] == pytest.approx(2 * cost[0], abs=0.2)
    assert saving[0] == pytest.approx(cost[0] / 2, abs=0.2)
    assert saving[1] > 0
    assert {"NOK", "cost", "saving", "Oct", "Nov"} <= set(words(svg))


def test_without_sessions_the_picture_says_so() -> None:
    assert "No session has been booked yet" in words(months_svg([], None))


def test_a_week_of_quarters_has_a_bar_an_hour_and_a_label_a_day() -> None:
    start = datetime(2026, 10, 22, 22, tzinfo=UTC)  # clocks are set back on the 25th
    end = start + timedelta(days=7, hours=1)
    quarters = int((end - start) / HOUR) * 4
    slots = [
        PriceSlot(start=start + n * HOUR / 4, end=start + (n + 1) * HOUR / 4, price_per_kwh=n % 7 - 1.0)
        for n in range(quarters)
    ]

    svg = week_svg(PriceCurve(slots, "NOK"), start, end, OSLO)

    assert shapes(svg, "bar")[0].count("M") == 7 * 24 + 1
    assert [word for word in words(svg) if word.isalpha() and len(word) == 3] == [
        "Fri",
        "Sat",
        "Sun",
        "Mon",
        "Tue",
        "Wed",
        "Thu",
    ]
    assert len(svg.encode()) < 12_000


def test_a_week_without_prices_says_so() -> None:
    assert "No prices are known of the last week" in words(week_svg(PriceCurve(), NOW, NOW + 24 * HOUR, OSLO))


async def test_a_picture_is_drawn_anew_only_when_it_shows_something_else(tmp_path: Path) -> None:
    log = SessionLog(tmp_path / "sessions", logging.getLogger())
    charts = PastCharts(log, OSLO)
    curve = PriceCurve([PriceSlot(start=NOW, end=NOW + HOUR, price_per_kwh=1.0)])

    first = charts.months("garage", NOW), charts.week(curve, NOW)
    later = charts.months("garage", NOW + HOUR), charts.week(curve, NOW + HOUR)
    await log.add(session("2026-11-26T06:00Z", 4.0))
    after = charts.months("garage", NOW + HOUR), charts.week(curve, NOW + 24 * HOUR)

    assert first == later
    assert (after[0] != first[0], after[1] != first[1]) == (True, True)
