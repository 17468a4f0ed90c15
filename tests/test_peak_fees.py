"""What is billed for peaks, and what the documentation says to write."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from smart_charging.config.arguments import parse
from smart_charging.config.peak import PeakFeeSettings
from smart_charging.config.scheduler import SchedulerSettings
from smart_charging.errors import ConfigError
from smart_charging.planning.peak_fee import PeakFee
from smart_charging.services.peaks.fees import fees_of
from worlds.documentation import PAGES, blocks

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WRITTEN = [yaml.safe_load(text) for text in blocks("yaml") if text.startswith("peak:")]


def fee(**written: Any) -> PeakFee:
    (made,) = fees_of([parse(PeakFeeSettings, written)], STOCKHOLM, holidays=())
    return made


def local(day: int, hour: int, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("written", "values_kw", "cost"),
    [
        pytest.param({"highest": 1, "price_per_kw": 50}, [4, 9, 7], 450, id="the highest"),
        pytest.param({"highest": 3, "price_per_kw": 45}, [4, 9, 7, 8], 360, id="mean of three"),
        pytest.param({"highest": 3, "price_per_kw": 45}, [9], 135, id="missing days are 0"),
        pytest.param({"highest": 3, "kind": "nth", "price_per_kw": 2}, [4, 9, 7, 8], 14, id="the third"),
        pytest.param({"highest": 3, "kind": "nth", "price_per_kw": 2}, [4, 9], 0, id="no third yet"),
        pytest.param({"highest": 1, "price_per_kw": 5, "at_least_kw": 2.5}, [1.2], 12.5, id="at least"),
        pytest.param({"highest": 1, "price_per_kw": 10, "from_kw": 8}, [7.5], 0, id="below where it begins"),
        pytest.param({"highest": 1, "price_per_kw": 10, "from_kw": 8}, [9.5], 15, id="above where it begins"),
        pytest.param({"highest": 1, "steps": [[5, 200], [10, 400]]}, [4.99], 200, id="within a step"),
        pytest.param({"highest": 1, "steps": [[5, 200], [10, 400]]}, [5], 400, id="an edge is of the step above"),
        pytest.param({"highest": 1, "steps": [[5, 200], [10, 400]]}, [30], 400, id="beyond the last step"),
        pytest.param({"highest": 1, "price_per_kw": 50}, [], 0, id="nothing yet"),
    ],
)
def test_a_month_costs_what_the_tariff_says(written: dict[str, Any], values_kw: list[float], cost: float) -> None:
    assert fee(**written).bill(values_kw) == pytest.approx(cost)


def test_the_first_times_that_apply_decide_how_much_a_load_counts() -> None:
    nights_half = fee(price_per_kw=1, counts=[{"from_hour": 22, "to_hour": 6, "factor": 0.5}, {"months": [1]}])

    assert [nights_half.factor_at(at) for at in (local(5, 23), local(5, 12), local(5, 12, month=4))] == [0.5, 1.0, 0.0]


@pytest.mark.parametrize(
    ("of", "same", "other"),
    [
        pytest.param("days", local(5, 23, 59), local(6, 0), id="days"),
        pytest.param("intervals", local(5, 12, 59), local(5, 13), id="intervals"),
        pytest.param("weeks", local(10, 12), local(11, 0), id="weeks"),
    ],
)
def test_values_of_one_period_count_once(of: str, same: datetime, other: datetime) -> None:
    one = fee(price_per_kw=1, of=of)
    first = local(5, 12)

    assert one.period_of(first) == one.period_of(same) != one.period_of(other)


def test_a_week_that_reaches_into_another_month_counts_in_both() -> None:
    weekly = fee(price_per_kw=1, of="weeks")

    assert weekly.period_of(local(31, 12)) != weekly.period_of(local(1, 12, month=2))


@pytest.mark.parametrize("at", [local(28, 2, 30, month=3), datetime(2026, 10, 25, 0, 40, tzinfo=UTC)])
def test_an_hour_of_a_change_of_the_clocks_is_an_hour(at: datetime) -> None:
    assert fee(price_per_kw=1).interval_of(at) == at.replace(minute=0)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"highest": 3}, "either price_per_kw or steps"),
        ({"price_per_kw": 45, "steps": [[5, 200]]}, "either price_per_kw or steps"),
        ({"steps": [[10, 400], [5, 200]]}, "steps in order"),
        ({"steps": []}, "steps in order"),
        ({"price_per_kw": -1}, "greater than or equal to 0"),
        ({"price_per_kw": 45, "per": "day"}, "hour"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse(PeakFeeSettings, written)


@pytest.mark.parametrize("written", WRITTEN)
def test_the_documented_examples_are_valid(written: dict[str, Any]) -> None:
    car = {"charge_point_id": 1, "energy_kwh": 20, "ready_by": "07:00"}

    parse(SchedulerSettings, {"chargers": [car], **written})


def test_every_argument_of_a_fee_is_explained() -> None:
    page = PAGES[".github/docs/peaks.md"]

    assert [name for name in PeakFeeSettings.model_fields if f"`{name}`" not in page] == []
