import sys
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from smart_charging.config.arguments import parse
from smart_charging.config.public_holidays import Calendar
from smart_charging.config.tariff import TariffSettings
from smart_charging.errors import ConfigError

DAY_OF_THE_CONSTITUTION, EPIPHANY = date(2031, 5, 17), date(2031, 1, 6)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of two places, that answers as the real one does."""
    known: dict[tuple[str, str | None], set[date]] = {
        ("NO", None): {DAY_OF_THE_CONSTITUTION},
        ("DE", "BY"): {EPIPHANY},
        ("DE", None): set(),
    }

    def country_holidays(country: str, subdiv: str | None = None) -> set[date]:
        if (country, subdiv) not in known:
            raise NotImplementedError
        return known[country, subdiv]

    monkeypatch.setitem(sys.modules, "holidays", SimpleNamespace(country_holidays=country_holidays))


def calendar(written: Any) -> Calendar:
    return Calendar(parse(TariffSettings, {"holidays": written}).holidays)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "written",
    [
        pytest.param("NO", id="country"),
        pytest.param(False, id="unquoted-NO-as-YAML-reads-it"),
        pytest.param(["DE-BY", "NO"], id="several"),
        pytest.param(["2031-05-17"], id="date-as-text"),
        pytest.param([DAY_OF_THE_CONSTITUTION], id="date"),
        pytest.param(["DE-BY", DAY_OF_THE_CONSTITUTION], id="mixed"),
    ],
)
def test_holidays_are_those_of_countries_and_those_written(written: Any) -> None:
    days = calendar(written)

    assert DAY_OF_THE_CONSTITUTION in days
    assert date(2031, 5, 18) not in days


@pytest.mark.usefixtures("installed")
def test_a_part_of_a_country_has_its_own() -> None:
    assert (EPIPHANY in calendar("DE-BY"), EPIPHANY in calendar("DE")) == (True, False)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("place", ["Norway", "XX", "DE-XX", "17.5.2031", 17])
def test_an_unknown_place_is_refused(place: Any) -> None:
    with pytest.raises(ConfigError, match=r"^holidays: expected dates such as 2026-12-25, or a country such as NO"):
        calendar(place)


def test_a_country_without_the_package_is_one_line_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)

    with pytest.raises(ConfigError) as caught:
        calendar("NO")

    (line,) = str(caught.value).splitlines()
    assert line.startswith("holidays: a country needs the Python package holidays, which is not installed")
    assert "write the dates" in line


def test_dates_need_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)

    assert EPIPHANY in calendar([EPIPHANY])


def test_the_real_package_knows_the_days_that_move() -> None:
    pytest.importorskip("holidays", reason="the package holidays is not installed")

    norway, bavaria = calendar("NO"), calendar("DE-BY")

    assert date(2027, 3, 29) in norway  # Easter Monday
    assert date(2027, 3, 30) not in norway
    assert date(2028, 1, 6) in bavaria
