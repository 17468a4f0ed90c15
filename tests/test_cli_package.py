"""The package for Home Assistant, as YAML sees it; that Home Assistant takes it is shown with a real one."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import respx
import yaml

from smart_charging.cli.main import main
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.entities.helpers import HELPERS
from smart_charging.entities.tables import entity_ids
from worlds.fakes import BASE_URL, mount

FIGURES = ["State", "In the car", "Cost so far", "The plan saves"]


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    file = tmp_path / "secrets.yaml"
    file.write_text("monta_client_id: stand-in-id\nmonta_client_secret: stand-in-secret\n")
    return file


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["package", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return yaml.safe_load(printed.out)


def of(package: Any, domain: str) -> list[dict[str, Any]]:
    return [entity for block in package["template"] for entity in block.get(domain, [])]


def choices(package: Any, script: str) -> list[tuple[str, str]]:
    options = package["script"][script]["fields"]["charge_point_id"]["selector"]["select"]["options"]
    return [(option["label"], option["value"]) for option in options]


def helpers(package: Any) -> dict[str, dict[str, Any]]:
    return {
        f"{domain}.{key}": helper
        for domain, of_domain in package.items()
        if domain.startswith("input_")
        for key, helper in of_domain.items()
    }


def to_copy(printed: str) -> list[dict[str, str]]:
    """What the comment at the top says belongs into apps.yaml."""
    comment, _, _ = printed[printed.index("#   chargers:") :].partition("\n\n")
    chargers: list[dict[str, str]] = yaml.safe_load(comment.replace("\n#", "\n").removeprefix("#"))["chargers"]
    return chargers


def cards(view: Any) -> list[dict[str, Any]]:
    return [card for section in view["sections"] for card in section["cards"]]


def shown(view: Any) -> list[str]:
    entities = [row for card in cards(view) for row in card.get("entities", [card])]
    return [entity["entity"] for entity in entities if "entity" in entity]


def settings(view: Any) -> set[str]:
    """What a person sets there, by a tile or by a button."""
    (section,) = (section for section in view["sections"] if section["cards"][0]["heading"] == "Charging")
    return set(re.findall(r"(?:input_\w+|select|number|text|switch)\.monta_\w+", json.dumps(section)))


@pytest.mark.parametrize("script", ["monta_start_charging", "monta_stop_charging"])
def test_the_scripts_offer_every_charger_and_all(capsys: pytest.CaptureFixture[str], script: str) -> None:
    package = made(capsys, "--charger", "410001=Garage", "--charger", "410002=Carport sør")

    assert choices(package, script) == [("Garage", "410001"), ("Carport sør", "410002"), ("All chargers", "all")]


def test_every_charger_has_a_switch_and_two_buttons_with_ids_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    package = made(capsys, "--charger", "410001=Garage", "--charger", "410002=Garage")

    switches, buttons = of(package, "switch"), of(package, "button")
    assert [switch["name"] for switch in switches] == ["Monta Garage charge", "Monta garage 410002 charge"]
    assert [button["name"] for button in buttons][:2] == ["Monta Garage start charging", "Monta Garage stop charging"]
    assert len({entity["unique_id"] for entity in switches + buttons}) == 6


def test_a_switch_shows_our_own_and_has_another_id(capsys: pytest.CaptureFixture[str]) -> None:
    package = made(capsys, "--charger", "410001=Garage")

    (switch,) = of(package, "switch")
    ids = list(entity_ids("monta_garage"))
    assert "switch.monta_garage_charging" in switch["state"]
    assert {"switch.monta_garage_charge", "switch.monta_garage_charging"} <= set(ids)
    assert len(ids) == len(set(ids))


odd_names = pytest.mark.parametrize(
    "name",
    [
        "Garage: {{ 1 }}",
        '"quoted"',
        "a\nb: c",
        "- x",
        "#4",
        "Łódź",
        "!secret x",
        "'",
        "[% x %]",
        "\x1b[31m",
        "all",
        "☃",
        "🚗 Müller's",
        "\N{ZERO WIDTH SPACE}",
    ],
)


@odd_names
def test_no_name_breaks_the_yaml_or_becomes_a_template(capsys: pytest.CaptureFixture[str], name: str) -> None:
    package = made(capsys, "--charger", f"410001={name}")

    assert len(choices(package, "monta_stop_charging")) == 2
    (switch,) = of(package, "switch")
    assert all(letter.isalnum() or letter in " -" for letter in switch["name"])


@odd_names
def test_no_name_breaks_the_helpers_or_the_dashboard(capsys: pytest.CaptureFixture[str], name: str) -> None:
    package = made(capsys, "--charger", f"410001={name}")
    view, _ = made(capsys, "--charger", f"410001={name}", "--dashboard")["views"]

    (mode,) = package["input_select"].values()
    assert mode["name"] == f"{view['title']} mode"
    assert view["title"] == choices(package, "monta_stop_charging")[0][0]
    assert view["title"].strip()
    assert settings(view) == set(helpers(package))


def test_every_charger_has_every_helper_and_none_forgets_what_people_set(capsys: pytest.CaptureFixture[str]) -> None:
    package = made(capsys, "--charger", "410001=Garage", "--charger", "410002=Garage")

    found = helpers(package)
    both = [f"{row.domain}.{word}_{row.key}" for row in HELPERS for word in ("monta_garage", "monta_garage_410002")]
    assert sorted(found) == sorted(both)
    assert [entity_id for entity_id, helper in found.items() if "initial" in helper] == []


def test_the_lines_for_apps_yaml_name_every_helper_of_their_charger(capsys: pytest.CaptureFixture[str]) -> None:
    main(["package", "--charger", "410001=Garage", "--charger", "410002=#4 \n🚗"])

    printed = capsys.readouterr().out
    named = {charger.pop("charge_point_id"): set(charger.values()) for charger in to_copy(printed)}
    every = set(helpers(yaml.safe_load(printed)))
    assert named == {
        "410001": {entity_id for entity_id in every if "monta_garage" in entity_id},
        "410002": {entity_id for entity_id in every if "monta_4" in entity_id},
    }
    assert set.union(*named.values()) == every


def test_with_mqtt_nothing_is_made_that_stands_there_already(capsys: pytest.CaptureFixture[str]) -> None:
    package = made(capsys, "--charger", "410001=Garage", "--mqtt")
    view, _ = made(capsys, "--charger", "410001=Garage", "--mqtt", "--dashboard")["views"]

    assert package.keys() == {"script", "lovelace"}
    assert settings(view) == {f"{row.mqtt_domain}.monta_garage_{row.key}" for row in HELPERS}


def test_the_dashboard_has_a_view_for_each_charger_that_shows_entities_of_this_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    *views, _ = made(capsys, "--charger", "410001=Garage", "--charger", "410002=Garage", "--dashboard")["views"]

    words = ["monta_garage", "monta_garage_410002"]
    assert [view["path"] for view in views] == ["monta-garage", "monta-garage-410002"]
    for view, word in zip(views, words, strict=True):
        unknown = set(shown(view)) - set(entity_ids(word))
        assert unknown == set()


def test_the_dashboard_hides_what_nobody_knows_yet(capsys: pytest.CaptureFixture[str]) -> None:
    views = made(capsys, "--charger", "410001=Garage", "--dashboard")["views"]

    both = [card for view in views for card in cards(view)]
    hidden = {card["entity"]: card["visibility"] for card in both if "entity" in card and "visibility" in card}
    for key in ("next_start", "planned_end", "saving_month", "saving_total"):
        entity_id = f"sensor.monta_garage_{key}"
        condition = {"condition": "state", "entity": entity_id, "state_not": ["unknown", "unavailable"]}
        assert hidden[entity_id] == [condition]


def test_the_dashboard_comes_from_what_one_looks_at_to_what_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    view, _ = made(capsys, "--charger", "410001=Garage", "--dashboard")["views"]

    (_, sentence, picture, figures), (_, buttons, *_), *_ = (section["cards"] for section in view["sections"])
    assert "'sentence'" in sentence["content"]
    assert "<img" in picture["content"]
    assert re.findall(r"^\| ([A-Z][\w ]+)&emsp;", figures["content"], re.MULTILINE) == FIGURES
    assert [button["name"] for button in buttons["cards"][::2]] == ["Now", "Smart", "Off"]


def test_no_limit_is_shown_as_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    view, _ = made(capsys, "--charger", "410001=Garage", "--dashboard")["views"]

    limit = "input_number.monta_garage_price_limit"
    unset, set_ = (card for card in cards(view) if card.get("entity") == limit)
    assert (unset["name"], unset["hide_state"]) == ("No price limit", True)
    assert (unset["visibility"][0]["state"], set_["visibility"][0]["state_not"]) == (["-1.0", "-1", "unknown"],) * 2


def test_the_dashboard_needs_no_card_that_has_to_be_installed(capsys: pytest.CaptureFixture[str]) -> None:
    view, _ = made(capsys, "--charger", "410001=Garage", "--dashboard")["views"]

    types = {card["type"] for card in cards(view)}
    assert types == {"heading", "markdown", "horizontal-stack", "tile", "history-graph"}


def test_a_single_charger_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    package = made(capsys, "--charger", "410001=Garage")

    assert package["script"]["monta_start_charging"]["fields"]["charge_point_id"]["default"] == "410001"


def test_without_names_the_account_is_asked(
    router: respx.MockRouter, secrets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monta = MontaStandIn(now=lambda: datetime.now(UTC))
    mount(monta, router)
    monta.add_charge_point("Garage")
    monta.add_charge_point("Carport sør")

    package = made(capsys, "--credentials", str(secrets), "--base-url", BASE_URL)

    assert [value for _, value in choices(package, "monta_start_charging")] == ["410001", "410002", "all"]
    assert [str(request) for request in monta.sent(method="POST")] == ["POST auth/token"]
    assert list(secrets.parent.iterdir()) == [secrets]


def test_an_account_without_chargers_is_explained(
    router: respx.MockRouter, secrets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mount(MontaStandIn(now=lambda: datetime.now(UTC)), router)

    code = main(["package", "--credentials", str(secrets), "--base-url", BASE_URL])

    printed = capsys.readouterr()
    assert (code, printed.out) == (1, "")
    assert printed.err.startswith("smart-charging package: these credentials are given no charge points")


def test_a_missing_file_is_to_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["package", "--credentials", str(tmp_path / "none.yaml")])

    assert code == 1
    assert f"there is no file {tmp_path}/none.yaml; make it" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["410001", "=Garage", "410001=", "41 1=Garage", "../x=Garage"])
def test_a_charger_without_id_or_name_is_refused(capsys: pytest.CaptureFixture[str], written: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["package", "--charger", written])

    assert ended.value.code == 2
    assert "is not an id and a name such as 410002=Garage" in capsys.readouterr().err


def test_a_charger_written_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["package", "--charger", "410001=Garage", "--charger", "410001=Carport"])

    assert code == 1
    assert "--charger 410001 is there twice" in capsys.readouterr().err


def test_a_script_gives_a_charge_back_to_the_scheduler(capsys: pytest.CaptureFixture[str]) -> None:
    package = made(capsys, "--charger", "410001=Garage")

    asked = [
        step["event_data"]["command"]
        for step in package["script"]["monta_smart_charging"]["sequence"]
        if "event" in step
    ]
    assert asked == ["smart"]
    assert choices(package, "monta_smart_charging") == choices(package, "monta_stop_charging")
