import json
import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import yaml

from smart_charging.cli.main import main
from worlds.rest_home import ACTION, HA, MIDNIGHT, TOKEN, RestHome, rows, spot

SENSOR = "sensor.spot"
OSLO = ["--zone", "Europe/Oslo", "--now", "2027-03-10T09:00"]
TARIFF = {"grid_fees": [{"per_kwh": 0.2, "from_hour": "01:30", "to_hour": 3}, {"per_kwh": 0.1}], "vat": 0.25}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run, with three hours of prices, a tariff and a token."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HASS_TOKEN", raising=False)
    write("spot.json", spot())
    write("tariff.json", TARIFF)
    Path("token").write_text(f"{TOKEN}\n", encoding="utf-8")
    return tmp_path


def write(name: str, content: object) -> None:
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


@pytest.fixture
def home(folder: Path, router: respx.MockRouter) -> RestHome:
    assert folder.is_dir()
    return RestHome(router)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """By a command that succeeds."""
    code = main(["prices", *words])

    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(printed(capsys, *words, "--json"))
    return answer


def prices_in(answer: dict[str, Any]) -> list[float]:
    return [round(slot["price_per_kwh"], 6) for slot in answer["slots"]]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line of a command that fails."""
    code = main(["prices", *words])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert TOKEN not in err
    return err.removeprefix("smart-charging prices: ")


@pytest.mark.usefixtures("folder")
def test_what_was_understood_is_said_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "spot.json", *OSLO).splitlines()

    facts = dict(line.split(maxsplit=1) for line in lines[:7] if line)
    assert facts == {
        "source": "spot.json",
        "list": "prices: rows, 3 of them",
        "keys": "start is start, price is price",
        "unit": "cents of NOK/kWh",
        "scale": "a number times 0.01 is a price per kWh",
        "why": "the attribute currency, the attribute unit_of_measurement",
    }
    assert "resolution      60 minutes" in lines
    assert "known until     2027-03-10 03:00 (Europe/Oslo)" in lines
    assert "holes           none" in lines
    assert "left out        nothing" in lines


@pytest.mark.usefixtures("folder")
def test_the_prices_are_a_table_and_a_chart(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "spot.json", *OSLO).splitlines()

    table = lines.index(f"from              to     {'NOK/kWh':>14}")
    assert lines[table + 1].split() == ["2027-03-10", "00:00", "01:00", "0.4100"]
    assert lines[table + 5].startswith("   0.52")
    assert lines[-1].split() == ["00", "01", "02"]


@pytest.mark.usefixtures("folder")
def test_the_tariff_is_added_from_the_minute_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, "spot.json", *OSLO, "--tariff", "tariff.json")

    assert answer["is_tariff_added"]
    assert prices_in(answer) == [0.6375, 0.775, 0.9, 0.73125]
    assert [slot["source_price_per_kwh"] for slot in answer["slots"]] == pytest.approx([0.41, 0.52, 0.52, 0.385])
    assert answer["slots"][2]["start"] == "2027-03-10T00:30:00+00:00"


@pytest.mark.usefixtures("folder")
def test_the_table_has_the_source_and_the_tariff_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "spot.json", *OSLO, "--tariff", "tariff.json").splitlines()

    assert "fees and taxes  the source names none; the tariff is added" in lines
    assert any(line.split() == ["2027-03-10", "01:30", "02:00", "0.5200", "0.9000"] for line in lines)


@pytest.mark.usefixtures("folder")
def test_the_tariff_may_stand_below_its_name_and_in_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    write("tariff.yaml", "tariff:\n  markup: 0.1\n")

    assert prices_in(told(capsys, "spot.json", *OSLO, "--tariff", "tariff.yaml")) == [0.51, 0.62, 0.485]


@pytest.mark.usefixtures("folder")
def test_fees_that_are_inside_keep_the_tariff_away(capsys: pytest.CaptureFixture[str]) -> None:
    write("spot.json", spot(tariffs={"transmission": 0.1}))
    words = ["spot.json", *OSLO, "--tariff", "tariff.json"]

    answer, text = told(capsys, *words), printed(capsys, *words)

    assert (answer["are_fees_inside"], answer["is_tariff_added"]) == (True, False)
    assert prices_in(answer) == [0.41, 0.52, 0.385]
    assert "inside, by what the source says; the tariff is not added" in text


@pytest.mark.usefixtures("folder")
def test_holes_and_what_is_left_out_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    write("spot.json", spot(41, 52, 38, 44, 47))
    broken = json.loads(Path("spot.json").read_text(encoding="utf-8"))
    broken["prices"][2]["price"] = "?"
    write("spot.json", broken)

    answer = told(capsys, "spot.json", *OSLO)

    assert answer["holes"] == [{"start": "2027-03-10T01:00:00+00:00", "end": "2027-03-10T02:00:00+00:00"}]
    assert answer["left_out"] == ["1 rows of prices have no number as their price"]
    assert (answer["resolution_minutes"], answer["known_until"]) == (60, "2027-03-10T04:00:00+00:00")


@pytest.mark.usefixtures("folder")
def test_a_tomorrow_of_one_price_that_is_too_early_is_told_and_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    write("spot.json", spot(*[41] * 23, 42, *[0] * 24))

    answer = told(capsys, "spot.json", *OSLO)

    assert len(answer["slots"]) == 24
    assert answer["left_out"] == [
        "a day to come has one and the same price before prices can be out; it is not believed"
    ]


@pytest.mark.parametrize(
    ("words", "prices"),
    [
        ("--unit NOK/MWh --keys list=other,value=cost.net", [0.3, 0.31]),
        ("--keys list=prices", [0.41, 0.52, 0.385]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_unit_and_keys_may_be_said(words: str, prices: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    other = [row | {"cost": {"net": row.pop("price") * 1000}} for row in rows(0.3, 0.31)]
    write("spot.json", spot(other=other))

    assert prices_in(told(capsys, "spot.json", *OSLO, *words.split())) == prices


@pytest.mark.usefixtures("folder")
def test_what_the_developer_tools_show_is_read_as_yaml(capsys: pytest.CaptureFixture[str]) -> None:
    write(
        "state.yaml",
        "unit_of_measurement: EUR/kWh\nraw:\n"
        "  - start: '2027-03-10T00:00:00+01:00'\n    value: 0.31\n"
        "  - start: 2027-03-10T01:00:00+01:00\n    value: 0.28\n",
    )

    assert prices_in(told(capsys, "state.yaml", *OSLO)) == [0.31, 0.28]


@pytest.mark.usefixtures("folder")
def test_a_bare_list_and_today_beside_tomorrow_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    write("today.json", rows(0.2, 0.3))
    write("tomorrow.json", spot(unit_of_measurement="NOK/kWh", prices=rows(0.4, first=MIDNIGHT + timedelta(days=1))))

    answer = told(capsys, "today.json", "tomorrow.json", *OSLO)

    assert answer["sources"] == ["today.json", "tomorrow.json"]
    assert prices_in(answer) == [0.2, 0.3, 0.4]


APPS = """\
charging_monitor: {module: charging_monitor, class: ChargingMonitor, credentials_file: !secret somewhere}
night:
  module: charging_scheduler
  class: ChargingScheduler
  SOURCE
  tariff: {markup: 0.1}
  chargers: [{charge_point_id: 1, energy_kwh: 20, ready_by: "07:00"}]
"""


def apps(source: str) -> None:
    write("apps.yaml", APPS.replace("SOURCE", source))


@pytest.mark.usefixtures("folder")
def test_apps_yaml_says_how_a_file_is_read_and_what_is_added(capsys: pytest.CaptureFixture[str]) -> None:
    apps("price_unit: EUR/MWh")

    answer = told(capsys, "spot.json", *OSLO, "--apps", "apps.yaml")

    assert prices_in(answer) == [0.141, 0.152, 0.1385]


@pytest.mark.usefixtures("folder")
def test_secrets_in_apps_yaml_are_left_alone_where_appdaemon_has_taught_yaml_to_look_them_up(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(_loader: yaml.SafeLoader, node: yaml.Node) -> str:
        raise ValueError(f"{node.value} not found in secrets file")

    monkeypatch.setitem(yaml.SafeLoader.yaml_constructors, "!secret", look_up)
    apps("price_unit: EUR/MWh")

    answer = told(capsys, "spot.json", *OSLO, "--apps", "apps.yaml")

    assert prices_in(answer) == [0.141, 0.152, 0.1385]


@pytest.mark.usefixtures("folder")
def test_the_feed_in_price_stands_beside_the_price_where_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    apps("feed_in: {spot_factor: 0.9, grid_fees: [{per_kwh: 0.1, from_hour: 1}]}")
    words = ["spot.json", *OSLO, "--apps", "apps.yaml"]

    answer, lines = told(capsys, *words), printed(capsys, *words).splitlines()

    assert [slot["feed_in_per_kwh"] for slot in answer["slots"]] == pytest.approx([0.369, 0.368, 0.2465])
    assert prices_in(answer) == [0.51, 0.62, 0.485]
    (titles,) = (line for line in lines if line.startswith("from"))
    assert titles.split("  ")[-1].strip() == "feed-in"
    assert lines[lines.index(titles) + 1].split()[-3:] == ["0.4100", "0.5100", "0.3690"]


@pytest.mark.usefixtures("folder")
def test_without_feed_in_nothing_is_said_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    apps("price_unit: EUR/MWh")
    words = ["spot.json", *OSLO, "--apps", "apps.yaml"]

    answer, text = told(capsys, *words), printed(capsys, *words)

    assert "feed_in_per_kwh" not in answer["slots"][0]
    assert "feed" not in text


@pytest.mark.usefixtures("folder")
def test_spot_with_fees_inside_makes_no_feed_in_price(capsys: pytest.CaptureFixture[str]) -> None:
    apps("feed_in: {markup: -0.02}")
    write("spot.json", spot(tariffs={"transmission": 0.1}))
    words = ["spot.json", *OSLO, "--apps", "apps.yaml"]

    answer, text = told(capsys, *words), printed(capsys, *words)

    assert [slot["feed_in_per_kwh"] for slot in answer["slots"]] == [None, None, None]
    assert answer["left_out"][0].startswith("feed_in is unknown: it is made from spot, and these prices have fees in")
    assert text.count("unknown") == 4


@pytest.mark.usefixtures("folder")
def test_a_fixed_feed_in_price_needs_no_spot(capsys: pytest.CaptureFixture[str]) -> None:
    apps("feed_in: 0.08")
    write("spot.json", spot(tariffs={"transmission": 0.1}))
    beside_fees = told(capsys, "spot.json", *OSLO, "--apps", "apps.yaml")
    apps("fixed: 0.3\n  feed_in: [{per_kwh: 0.05, from_hour: 10, to_hour: 14}, {per_kwh: 0.11}]")
    beside_fixed = told(capsys, *OSLO, "--apps", "apps.yaml")

    assert [slot["feed_in_per_kwh"] for slot in beside_fees["slots"]] == [0.08, 0.08, 0.08]
    assert [slot["feed_in_per_kwh"] for slot in beside_fixed["slots"]][8:16] == [0.11] * 2 + [0.05] * 4 + [0.11] * 2


@pytest.mark.usefixtures("folder")
def test_fixed_prices_need_no_source(capsys: pytest.CaptureFixture[str]) -> None:
    apps("fixed: [{per_kwh: 0.5, from_hour: 6, to_hour: 22}, {per_kwh: 0.3}]")

    answer = told(capsys, *OSLO, "--apps", "apps.yaml")

    assert (answer["sources"], len(answer["slots"]), answer["holes"]) == (["fixed"], 48, [])
    assert prices_in(answer)[4:8] == [0.4, 0.4, 0.6, 0.6]


def test_an_entity_of_home_assistant_is_read_in_the_homes_time_zone(
    home: RestHome, capsys: pytest.CaptureFixture[str]
) -> None:
    home.states[SENSOR]["attributes"] = {"unit_of_measurement": "kr/kWh", "today": ["0.4"] * 11 + ["0.6"] * 13}

    answer = told(capsys, *ask(f"--entity {SENSOR} --now 2027-03-10T09:00"))

    assert (answer["sources"], answer["currency"]) == ([SENSOR], "NOK")
    assert answer["slots"][0]["start"] == MIDNIGHT.isoformat()


@pytest.mark.usefixtures("home")
def test_the_token_may_be_in_the_environment_or_among_the_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write("secrets.yaml", f'home_assistant_token: "{TOKEN}"\nother: 1\n')
    words = ["--ha-url", f"{HA}/", "--entity", SENSOR]

    from_secrets = told(capsys, *words, "--token-file", "secrets.yaml")
    monkeypatch.setenv("HASS_TOKEN", TOKEN)
    from_environment = told(capsys, *words)

    assert prices_in(from_secrets) == prices_in(from_environment) == [0.41, 0.52, 0.385]


def test_of_several_entities_those_that_are_there_are_read(home: RestHome, capsys: pytest.CaptureFixture[str]) -> None:
    home.states["binary_sensor.tomorrow"] = {"state": "unavailable", "attributes": {}}

    answer = told(capsys, *ask(f"--entity {SENSOR} binary_sensor.tomorrow sensor.gone"))

    assert answer["sources"] == [SENSOR]
    assert answer["left_out"] == ["there is no entity sensor.gone", "binary_sensor.tomorrow is unavailable"]


def test_an_action_is_asked_as_the_scheduler_asks_it(home: RestHome, capsys: pytest.CaptureFixture[str]) -> None:
    home.days["2027-03-11"] = [300.0]
    data = """--entity sensor.nord_pool --data '{"areas": "NO1", "currency": "NOK"}'"""

    answer = told(capsys, *ask(f"--action {ACTION} {data} --now 2027-03-10T15:00"))

    asked = [{"date": day, "config_entry": "01HENTRY", "areas": "NO1", "currency": "NOK"} for day in home.days]
    assert home.asked == asked
    assert prices_in(answer)[:3] == [0.41, 0.52, 0.385]
    assert {read["unit"] for read in answer["lists"]} == {"NOK/MWh"}


def test_an_action_that_fails_for_tomorrow_tells_of_today(home: RestHome, capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(capsys, *ask(f"--action {ACTION} --area NO1 --currency NOK --now 2027-03-10T15:00"))

    assert [data["date"] for data in home.asked] == ["2027-03-10", "2027-03-11"]
    assert prices_in(answer) == [0.41, 0.52, 0.385]
    assert answer["left_out"] == [f"{ACTION} failed (500); Home Assistant's log says why"]


def test_the_source_may_be_the_one_of_apps_yaml(home: RestHome, capsys: pytest.CaptureFixture[str]) -> None:
    apps(f"price_entity: {SENSOR}")
    home.states["sensor.other"] = {"state": "1", "attributes": spot(99)}

    written = told(capsys, *ask("--apps apps.yaml"))
    instead = told(capsys, *ask("--apps apps.yaml --entity sensor.other"))

    assert (prices_in(written), prices_in(instead)) == ([0.51, 0.62, 0.485], [1.09])


def ask(words: str) -> list[str]:
    return ["--ha-url", HA, "--token-file", "token", *shlex.split(words)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "write a FILE with prices, or --ha-url"),
        ("nowhere.json", "cannot read nowhere.json: no such file"),
        (".", "cannot read .: it is a folder"),
        ("spot.json --zone Mars", "--zone Mars: write a time zone"),
        ("spot.json --now noon", "--now noon: write a time"),
        (
            "spot.json --now 9999-12-31T23:59 --zone America/Lima",
            "9999-12-31T23:59: write a time nearer to the present",
        ),
        ("spot.json --unit furlongs", "price_unit: expected money per energy"),
        ("spot.json --currency kroner", "price_currency: expected three capital letters"),
        ("spot.json --keys list", "--keys: write names of the source"),
        ("spot.json --keys price=a", "price_keys.price: unknown key"),
        ("spot.json --keys value=sum", "sum"),
        ("spot.json --tariff nowhere.yaml", "cannot read nowhere.yaml: no such file"),
        ("spot.json --tariff token", "token holds no keys with values"),
        ("spot.json --tariff spot.json", "tariff.prices: unknown key"),
        ("spot.json --apps spot.json", "spot.json: write --app and the name of one charging_scheduler in it"),
        ("--ha-url http://ha.test --token-file token", "write --entity"),
        ("--ha-url http://ha.test --entity sensor.spot", "write --token-file and a file with a token"),
        (
            "--ha-url http://ha.test --entity sensor.spot --token-file nowhere",
            "cannot read nowhere: no such file or folder",
        ),
        ("--ha-url ha.test:8123 --entity sensor.spot --token-file token", "--ha-url: write Home Assistant's address"),
        ("--ha-url http://[::1 --entity sensor.spot --token-file token", "--ha-url: write Home Assistant's address"),
        ("--ha-url http://ha.test --entity ../config --token-file token", "price_entity.1: expected an entity id"),
        ("--ha-url http://ha.test --action x.y --data today --token-file token", "--data: write JSON"),
        ("--ha-url http://ha.test --action x.y --entity a.b c.d --token-file token", "write one --entity"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_mistake_is_one_line_and_exit_code_2(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capsys, *shlex.split(words))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.json", "[" * 100_000),
        ("deep.yaml", "[" * 5_000),
        ("huge.json", '{"unit": "EUR/kWh", "prices": [{"start": "2027-03-10T00:00Z", "price": ' + "9" * 5_000 + "}]}"),
        ("large.json", json.dumps(spot(1e300, -1e300, 1e301))),
        ("nan.json", '{"prices": [{"start": "2027-03-10T00:00Z", "price": NaN}]}'),
        ("lines.json", json.dumps({"a\nb": [1], "c\u2028d": "e"})),
        ("tag.yaml", "prices: !!python/object/apply:os.system ['true']"),
        ("date.yaml", "prices: 2027-02-31"),
        ("key.yaml", "? [1]\n: 2"),
        ("html.json", "<html>"),
        ("number.json", "7"),
        ("empty.json", ""),
        ("empty.yaml", ""),
        ("nul.csv", "start_utc,price\n\0,\0"),
        ("time.csv", "start_utc,price,unit\nnoon,3,EUR/kWh\n"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_no_file_is_strange_enough_for_more_than_one_line(
    name: str, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(name, content)

    assert refused(capsys, name, *OSLO)


@pytest.mark.usefixtures("folder")
def test_a_file_of_other_bytes_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("spot.json").write_bytes(b"\xff\xfe\x00")

    assert "it is not UTF-8 text" in refused(capsys, "spot.json", *OSLO)


@pytest.mark.usefixtures("folder")
def test_names_from_outside_print_nothing_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    write("spot.json", {"unit_of_measurement": "EUR/kWh", "a\u001b[2J\ud800": rows(0.3, 0.4)})

    assert not {"\u001b", "\ud800"} & set(printed(capsys, "spot.json", *OSLO))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, text="<html>Welcome</html>"), "does not answer as Home Assistant does"),
        (httpx.Response(200, content=b"\xff\xfe{"), "does not answer as Home Assistant does"),
        (httpx.Response(200, text="[" * 100_000), "does not answer as Home Assistant does"),
        (httpx.Response(200, json=[1, 2]), "does not answer as Home Assistant does"),
        (httpx.Response(200, json={"state": "1", "attributes": None}), "does not answer as Home Assistant does"),
        (httpx.Response(401), "refuses the token"),
        (httpx.Response(403), "forbids it"),
        (httpx.Response(302, headers={"Location": "https://elsewhere.test/"}), "answered 302"),
        (httpx.Response(502), "answered 502"),
        (httpx.ConnectError("Name or service not known"), "cannot be reached: Name or service not known"),
        (httpx.ReadTimeout(""), "cannot be reached: ReadTimeout"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_whatever_answers_instead_of_home_assistant_is_one_line(
    answer: httpx.Response | Exception, said: str, router: respx.MockRouter, capsys: pytest.CaptureFixture[str]
) -> None:
    route = router.route(url__startswith=HA)
    route.mock(**({"side_effect": answer} if isinstance(answer, Exception) else {"return_value": answer}))

    assert f"{HA} {said}" in refused(capsys, *ask(f"--entity {SENSOR}")).replace("/api/config", "")


@pytest.mark.parametrize("token", ["wrong", "ein Geheimnis", "abc\ndef", "sécret", ""])
@pytest.mark.usefixtures("home")
def test_a_wrong_token_is_never_shown(token: str, capsys: pytest.CaptureFixture[str]) -> None:
    write("token", token)

    said = refused(capsys, *ask(f"--entity {SENSOR}"))

    assert "token" in said
    assert not token or token not in said


@pytest.mark.usefixtures("home")
def test_a_password_in_the_address_is_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--ha-url", "http://me:hunter2@ha.test:8123", "--token-file", "token", "--entity", "sensor.gone"]

    assert "hunter2" not in refused(capsys, *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--entity sensor.gone", "there is no entity sensor.gone"),
        (f"--action {ACTION} --now 2027-04-01T09:00", f"{ACTION} failed (500); Home Assistant's log says why"),
        ("--action script.prices", "script.prices failed (400); Home Assistant's log says why"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_home_assistant_cannot_tell_is_one_line(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capsys, *ask(words))


def test_an_entity_without_prices_is_answered_with_advice(home: RestHome, capsys: pytest.CaptureFixture[str]) -> None:
    name = "sensor.nord_pool_dk2_current_price"
    home.states[name] = {"state": "0.4", "attributes": {"unit_of_measurement": "DKK/kWh"}}

    assert f"write price_action: {{action: {ACTION}, entity: {name}}}" in refused(capsys, *ask(f"--entity {name}"))
