import json
from pathlib import Path

import pytest

from smart_charging.cli.main import main

PAYLOADS = Path(__file__).parent / "payloads" / "prices"
NIGHT = ["--now", "2026-02-03T00:00", "--zone", "Europe/Copenhagen", "--power", "11"]


def plan_of(*words: str) -> int:
    return main(["plan", *words])


@pytest.fixture
def prices(tmp_path: Path) -> str:
    """Four hours at 30, 10, 20 and 40 EUR/MWh."""
    rows = [
        f"2026-02-0{2 if hour == 23 else 3}T{hour:02}:00Z,{p},EUR/MWh"
        for hour, p in ((23, 300), (0, 100), (1, 200), (2, 400))
    ]
    path = tmp_path / "spot.csv"
    path.write_text("\n".join(["start_utc,price,unit", *rows]), encoding="utf-8")
    return str(path)


def test_the_plan_is_a_sentence_a_table_and_a_chart(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = plan_of("--prices", prices, *NIGHT, "--kwh", "16.5", "--ready-by", "04:00", "--margin", "0")

    printed = capsys.readouterr().out.splitlines()
    assert code == 0
    assert printed[0].startswith("16.5 kWh in 1 block between 01:00 and 02:30, 0.13 EUR/kWh on average")
    assert printed[3:5] == ["01:00  02:00      0.1000   11.00", "02:00  02:30      0.2000    5.50"]
    assert printed[-2] == " " * 12 + "######"
    assert printed[-1].split() == ["00", "01", "02", "03"]


def test_programs_get_json(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan_of("--prices", prices, *NIGHT, "--hours", "1", "--ready-by", "04:00", "--json")

    printed = json.loads(capsys.readouterr().out)
    assert printed["blocks"] == [{"start": "2026-02-03T00:00:00+00:00", "end": "2026-02-03T01:00:00+00:00"}]
    assert printed["cost"] == pytest.approx(1.1)
    assert printed["shortfall_reason"] is None


def test_the_plan_is_drawn_and_written_as_a_page(prices: str, tmp_path: Path) -> None:
    drawing, page = tmp_path / "plan.svg", tmp_path / "plan.html"

    code = plan_of(
        *("--prices", prices, *NIGHT, "--kwh", "16.5", "--ready-by", "04:00", "--margin", "0", "--limit", "0.25"),
        *("--svg", str(drawing), "--html", str(page)),
    )

    assert code == 0
    assert drawing.read_text().startswith("<svg")
    assert ">limit</text>" in drawing.read_text()
    assert drawing.read_text() in page.read_text()
    assert "<p>16.5 kWh in 1 block between 01:00 and 02:30" in page.read_text()
    assert "<td>02:00<td>02:30<td>0.2000<td>5.50" in page.read_text()


def test_a_drawing_that_cannot_be_written_is_a_mistake(prices: str, tmp_path: Path) -> None:
    assert plan_of("--prices", prices, *NIGHT, "--kwh", "1", "--ready-by", "04:00", "--svg", str(tmp_path)) == 2


def test_attributes_of_an_entity_are_read_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(PAYLOADS / f"stromligning_{day}.json") for day in ("today", "tomorrow")]

    code = plan_of("--prices", *files, *NIGHT, "--kwh", "1", "--ready-by", "02:00")

    assert code == 0
    assert "DKK/kWh" in capsys.readouterr().out


def test_a_state_of_charge_becomes_energy(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan_of("--prices", prices, *NIGHT, "--soc", "50-80", "--battery", "60", "--ready-by", "04:00", "--json")

    assert json.loads(capsys.readouterr().out)["energy_kwh"] == pytest.approx(0.3 * 60 / 0.9)


def test_quarters_that_are_billed_by_the_hour_cost_its_mean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quarters = [900, 100, 100, 900, *[400] * 4]
    rows = [f"2026-02-03T0{n // 4}:{n % 4 * 15:02}Z,{price},EUR/MWh" for n, price in enumerate(quarters)]
    path = tmp_path / "quarters.csv"
    path.write_text("\n".join(["start_utc,price,unit", *rows]), encoding="utf-8")
    words = ["--prices", str(path), *NIGHT, "--kwh", "5.5", "--ready-by", "03:00", "--margin", "0", "--json"]

    costs = []
    for more in ([], ["--average", "60"]):
        plan_of(*words, *more)
        costs.append(json.loads(capsys.readouterr().out)["cost"])

    assert costs == pytest.approx([5.5 * 0.1, 5.5 * 0.4])


@pytest.fixture
def co2(tmp_path: Path) -> str:
    """Of the four hours, the second is three times as dirty as the others."""
    rows = [
        {"datetime": f"2026-02-0{2 if hour == 23 else 3}T{hour:02}:00Z", "carbonIntensity": grams}
        for hour, grams in ((23, 100), (0, 300), (1, 100), (2, 100))
    ]
    path = tmp_path / "co2.json"
    path.write_text(json.dumps({"forecast": rows, "unit_of_measurement": "gCO2eq/kWh"}), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("price_per_kg", "expected"),
    [
        pytest.param("0", ["2026-02-03T00:00:00+00:00", 1.1, 3300], id="shown only"),
        pytest.param("1", ["2026-02-03T01:00:00+00:00", 2.2, 1100], id="weighed"),
    ],
)
def test_co2_is_shown_and_weighed_but_not_in_the_cost(
    prices: str, co2: str, capsys: pytest.CaptureFixture[str], price_per_kg: str, expected: list[object]
) -> None:
    asked = [*NIGHT, "--hours", "1", "--ready-by", "04:00", "--margin", "0"]
    plan_of("--prices", prices, *asked, "--co2", co2, "--co2-price", price_per_kg, "--json")

    plan = json.loads(capsys.readouterr().out)
    assert [plan["blocks"][0]["start"], round(plan["cost"], 6), round(plan["co2_g"], 6)] == expected


def test_a_price_of_co2_needs_a_file_that_tells_it(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = plan_of("--prices", prices, *NIGHT, "--hours", "1", "--ready-by", "04:00", "--co2-price", "1")

    assert (code, capsys.readouterr().err.count("write --co2 and a file")) == (2, 1)


def test_help_names_the_arguments_that_are_not_regarded(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        plan_of("--help")

    said = " ".join(capsys.readouterr().out.split())
    assert "fuse_kw, peak, events, usual, may_owe_kwh, minimum_ready_soc_percent and days_ahead of apps.yaml" in said


def test_vat_and_markup_come_on_top(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan_of(
        "--prices", prices, *NIGHT, "--hours", "1", "--ready-by", "04:00", "--json", "--vat", "25", "--markup", "0.1"
    )

    assert json.loads(capsys.readouterr().out)["cost"] == pytest.approx(11 * 0.25)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        pytest.param([], "write --power", id="no power"),
        pytest.param(["--power", "eleven"], "--power eleven: write a number", id="no number"),
        pytest.param(["--power", "11"], "write one of --kwh", id="no need"),
        pytest.param(["--power", "11", "--kwh", "5"], "write --ready-by", id="no departure"),
        pytest.param(["--power", "11", "--kwh", "5", "--ready-by", "7"], "--ready-by 7: write a time", id="no time"),
        pytest.param([*NIGHT, "--kwh", "5", "--ready-by", "07:00"], "write --prices", id="no prices"),
        pytest.param([*NIGHT, "--soc", "80", "--ready-by", "07:00"], "two percentages", id="one percentage"),
        pytest.param([*NIGHT, "--soc", "50-80", "--ready-by", "07:00"], "write --battery", id="no battery"),
        pytest.param(
            ["--now", "9999-12-31T23:59", "--zone", "America/Lima"],
            "write a time nearer to the present",
            id="no such now",
        ),
        pytest.param(
            ["--power", "1", "--kwh", "1", "--ready-by", "9999-12-30T12:00", "--limit", "1", "--zone", "UTC"],
            "write a time within 31 days",
            id="no such departure",
        ),
        pytest.param(["--power", "11", "--kwh", "1e15", "--ready-by", "07:00"], "at most 1000000", id="all there is"),
        pytest.param(
            ["--power", "11", "--kwh", "5", "--ready-by", "07:00", "--margin", "1e300"], "--margin 1e300", id="for ever"
        ),
        pytest.param(["--zone", "Mars"], "--zone Mars: write a time zone", id="no zone"),
        pytest.param(
            [*NIGHT, "--kwh", "5", "--ready-by", "07:00", "--prices", "nowhere.csv"], "nowhere.csv", id="no file"
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = plan_of(*words)

    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert complaint in printed.err


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("--power 7,4", "--power 7,4: write 7.4, without comma, unit and quotes"),
        ("--power 7400W", "--power 7400W: write 7.4, in kW"),
        ("--power 7400", "--power 7400: write a number, 0.1 or more, at most 4000; write 7.4 if that is W"),
        ("--power 11 --kwh 20kWh", "--kwh 20kWh: write 20, in kWh"),
        ("--power 11 --kwh 1 --margin 1h", "--margin 1h: write 60, in minutes"),
        (
            "--power 11 --ready-by 07:00 --soc 20-80 --battery 60 --efficiency 88%",
            "--efficiency 88%: write 88, in per cent",
        ),
    ],
)
def test_a_number_that_apps_yaml_would_refuse_is_refused_with_the_same_advice(
    words: str, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = plan_of("--ready-by", "07:00", *words.split())

    assert code == 2
    assert capsys.readouterr().err == f"smart-charging plan: {advice}\n"


@pytest.mark.parametrize("minutes", ["45", "0", "hour"])
def test_only_what_an_hour_divides_by_can_be_averaged(
    minutes: str, prices: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = plan_of("--prices", prices, *NIGHT, "--kwh", "5", "--ready-by", "04:00", "--average", minutes)

    assert code == 2
    assert f"--average {minutes}: write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("prices.txt", "once upon a time", "neither JSON nor named .csv"),
        ("prices.json", "[1]", "no JSON object"),
        ("prices.csv", "hour;price\n17;0.5\n", "first line has to be start_utc,price,unit; it has hour;price"),
        ("prices.csv", "", "first line has to be start_utc,price,unit; it has nothing"),
    ],
)
def test_a_file_that_holds_no_prices_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, complaint: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    code = plan_of("--prices", str(path), *NIGHT, "--kwh", "5", "--ready-by", "07:00")

    assert code == 2
    assert complaint in capsys.readouterr().err


def test_prices_that_are_over_are_a_mistake(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = plan_of("--prices", prices, "--power", "11", "--kwh", "5", "--ready-by", "07:00", "--zone", "Europe/Oslo")

    assert code == 2
    assert "the prices end at 2026-02-03 04:00" in capsys.readouterr().err
