"""Monta's Partner API at the command line: every operation, and what people and programs get to see of it."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from smart_charging.cli.main import main
from smart_charging.cli.monta.given import value_in_body
from smart_charging.cli.monta.names import by_group, option_of
from smart_charging.cli.monta.tables import table_of
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta_partner.hidden import HIDDEN, without_secrets
from smart_charging.clouds.monta_partner.operations import Operation, operations
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from worlds.docs_page import existing_tests, named_tests, page_of
from worlds.fakes import BASE_URL, mount
from worlds.monta_partner import sent, some_parameters

if TYPE_CHECKING:
    import respx

LIB = Path(__file__).parents[1] / "lib"
NAMED = [(group, name, one) for group, members in by_group().items() for name, one in members.items()]

Ended = tuple[int, str, str]
Monta = Callable[..., Ended]


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stand_in(router: respx.MockRouter) -> PartnerStandIn:
    """On this machine's own clock, as the command line is; answers anything, by its shape."""
    monta = PartnerStandIn(now=lambda: datetime.now(UTC))
    monta.served.is_by_shape_only = True
    mount(monta, router)
    return monta


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one in which the command is called."""
    monkeypatch.chdir(tmp_path)
    login = "monta_partner_client_id: stand-in-id\nmonta_partner_client_secret: stand-in-secret\n"
    (tmp_path / "secrets.yaml").write_text(login)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def monta(folder: Path, stand_in: PartnerStandIn, capsys: pytest.CaptureFixture[str]) -> Monta:
    def run(*words: str) -> Ended:
        code = main(["monta", *words, "--base-url", BASE_URL])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def written(operation: Operation) -> list[str]:
    """Something for each parameter, as options."""
    given = some_parameters(operation).items()
    return [f"{option_of(name)}={one if isinstance(one, str) else json.dumps(one)}" for name, one in given]


def test_every_operation_has_one_name_in_its_group() -> None:
    assert {one.name for _, _, one in NAMED} == set(operations())
    assert len(NAMED) == 188
    assert all(re.fullmatch(r"[a-z-]+", name) for _, name, _ in NAMED)


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/charges", "charges list"),
        ("GET", "/charges/{chargeId}", "charges get"),
        ("GET", "/charges/{chargeId}/stop", "charges stop"),
        ("GET", "/charges/{chargeId}/breakdown", "charges get-breakdown"),
        ("PATCH", "/charges/{chargeId}", "charges change"),
        ("POST", "/charge-points/{chargePointId}/reboot", "charge-points reboot"),
        ("DELETE", "/charge-points/{chargePointId}/charging-rules/{chargingRuleId}", "charging-rules delete"),
        ("PUT", "/webhooks/config", "webhooks set-config"),
        ("GET", "/webhooks/entries/{entryId}", "webhooks get-entry"),
        ("GET", "/prices/forecast", "prices-forecast get"),
    ],
)
def test_a_short_name_is_a_verb_and_what_is_not_common_to_the_group(method: str, path: str, words: str) -> None:
    group, name = words.split()

    assert (by_group()[group][name].method, by_group()[group][name].path) == (method, path)


def test_no_parameter_has_the_name_of_an_option_of_ours() -> None:
    ours = {"--all", "--body", "--yes", "--json", "--fields", "--curl", "--dry-run", "--credentials", "--base-url"}

    assert [one.name for one in operations().values() if ours & {option_of(each.name) for each in one.parameters}] == []


@pytest.mark.parametrize(("group", "name", "operation"), NAMED, ids=[f"{group} {name}" for group, name, _ in NAMED])
def test_every_operation_is_called(
    stand_in: PartnerStandIn, monta: Monta, group: str, name: str, operation: Operation
) -> None:
    given = written(operation) if group != "authentication" else LOGINS[name]

    code, out, err = monta(group, name, *given, "--json", *(["--yes"] if operation.has_effect else []))

    assert (code, err) == (0, "")
    assert bool(out) == (operation.answer is not None)
    assert (stand_in.requests[-1].method, stand_in.requests[-1].status) == (operation.method, operation.status)
    assert not re.search(r"stand-in-(access|refresh|secret)", out)


def test_a_list_is_a_table_within_the_terminals_width(stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.served.is_by_shape_only = False
    for name in ("Garage", "Carport", "Drive"):
        stand_in.add_charge_point(name)

    code, out, err = monta("charge-points", "list")

    heading, *rows = out.splitlines()
    assert (code, len(rows)) == (0, 3)
    assert heading.split()[:3] == ["id", "name", "state"]
    assert max(len(line) for line in out.splitlines()) <= 100
    assert "not shown: " in err
    assert "protocolData.ocpp.status" in err


def test_one_thing_is_a_line_per_field(stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.served.is_by_shape_only = False
    point = stand_in.add_charge_point("Garage")

    _, out, err = monta("charge-points", "get", "--charge-point-id", str(point))

    assert re.search(r"^protocolData\.ocpp\.status +\S", out, flags=re.MULTILINE)
    assert max(len(line) for line in out.splitlines()) <= 100
    assert err == ""


def test_fields_that_are_asked_for_are_shown_in_that_order(monta: Monta) -> None:
    _, table, _ = monta("charge-points", "list", "--fields", "state, id")
    _, lines, _ = monta("charge-points", "list", "--fields", "protocolData.ocpp.status", "--json")
    code, _, refusal = monta("charge-points", "list", "--fields", "sate")

    assert table.split()[:2] == ["state", "id"]
    assert list(json.loads(lines.splitlines()[0])) == ["protocolData.ocpp.status"]
    assert (code, "--fields sate: there is id, " in refusal) == (2, True)


def test_of_a_long_list_one_page_is_read_and_the_next_is_named(stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.served.made_up_rows = 250

    _, first, hint = monta("plans", "list", "--json")
    _, last, nothing = monta("plans", "list", "--json", "--page", "2")
    _, _, cursor = monta("audit-log", "list", "--json")

    assert (len(first.splitlines()), len(last.splitlines())) == (100, 50)
    assert (hint, nothing) == ("page 0 of 0 to 2: --all reads everything, --page 1 the next page\n", "")
    assert "--after" in cursor


def test_all_pages_are_read_and_counted_on_a_terminal(
    stand_in: PartnerStandIn, monta: Monta, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.served.made_up_rows = 250
    screen = Keyboard()
    monkeypatch.setattr("sys.stderr", screen)

    _, out, _ = monta("plans", "list", "--all", "--json")

    assert len({json.loads(line)["id"] for line in out.splitlines()}) == 250
    assert "page 2 of 3, 200 rows" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_elsewhere_the_pages_are_read_without_a_word(stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.served.made_up_rows = 250

    _, out, err = monta("plans", "list", "--all")

    assert (len(out.splitlines()), err.startswith("not shown: ")) == (251, True)


def test_an_empty_list_and_an_empty_answer_say_so(stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.served.made_up_rows = 0

    assert monta("plans", "list") == (0, "none\n", "")
    assert monta("plans", "list", "--json") == (0, "", "")
    assert monta("charge-points", "reboot", "--charge-point-id=7", "--yes") == (0, "done\n", "")


START = ["charges", "create", "--charge-point-id", "7", "--paying-team-id", "3"]


@pytest.mark.parametrize("how", ["--curl", "--dry-run"])
def test_a_request_is_shown_without_sending_it_and_without_a_login(
    how: str, folder: Path, stand_in: PartnerStandIn, monta: Monta
) -> None:
    (folder / "secrets.yaml").unlink()

    code, out, err = monta(*START, "--kwh-limit", "16", how)

    assert (code, err, stand_in.requests) == (0, "", [])
    assert "POST" in out
    assert '{"payingTeamId": 3, "chargePointId": 7, "kwhLimit": 16}' in out


def test_curl_gets_the_token_from_the_shell_and_no_secret_from_us(monta: Monta) -> None:
    told = ["--webhook-url=https://a.test/b", "--webhook-secret=it's mine", '--event-types=["*"]']

    _, out, _ = monta("webhooks", "set-config", *told, "--curl")

    assert '-H "Authorization: Bearer $MONTA_TOKEN"' in out
    assert '"webhookUrl": "https://a.test/b"' in out
    assert "mine" not in out


def test_curl_asks_what_is_asked_otherwise(stand_in: PartnerStandIn, monta: Monta) -> None:
    words = ["charges", "list", "--state", "charging", "--from-date", "2026-11-01T00:00:00Z"]

    _, shown, _ = monta(*words, "--curl")
    monta(*words)

    [url] = re.findall(r"https://\S+\?(\S+)'", shown)
    assert dict(parse_qsl(url)) == dict(stand_in.requests[-1].query)


@pytest.mark.parametrize("words", [START, ["charges", "stop", "--charge-id", "7"]], ids=["post", "get with effect"])
def test_what_changes_something_needs_a_yes_where_nobody_can_be_asked(
    words: list[str], stand_in: PartnerStandIn, monta: Monta
) -> None:
    code, out, err = monta(*words)

    assert (code, out, stand_in.requests) == (2, "", [])
    assert err.endswith("changes something: write --yes\n")


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 1), ("", 1)])
def test_on_a_terminal_a_person_is_asked(
    answer: str, code: int, stand_in: PartnerStandIn, monta: Monta, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Keyboard()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.stdin", Keyboard(answer))

    ended, _, _ = monta(*START)

    assert (ended, sent(stand_in)) == (code, ["POST charges"] if code == 0 else [])
    assert "Start a charge, or reserve the charge point: POST charges. Go on? [y/N] " in screen.getvalue()


def test_a_body_comes_from_a_file_and_options_go_before(folder: Path, stand_in: PartnerStandIn, monta: Monta) -> None:
    (folder / "start.json").write_text('{"chargePointId": 7, "payingTeamId": 3, "kwhLimit": 10}')

    monta("charges", "create", "--body", "start.json", "--kwh-limit", "20", "--yes")

    assert stand_in.requests[-1].json == {"chargePointId": 7, "payingTeamId": 3, "kwhLimit": 20}


def test_a_body_comes_from_stdin(stand_in: PartnerStandIn, monta: Monta, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('[{"entityType": "charge"}]'))

    code, _, _ = monta("webhooks", "get-signature-detail", "--body", "-", "--yes")

    assert (code, stand_in.requests[-1].json) == (0, [{"entityType": "charge"}])


def test_fields_in_fields_are_written_with_a_dot(stand_in: PartnerStandIn, monta: Monta) -> None:
    rule = ["--charge-point-id=7", "--name=Night", "--type=smart_charge", "--is-active=true", "--is-sponsored=false"]

    monta(
        *("charging-rules", "create", *rule, "--creator-user-id=5", "--settings", '{"delayedStart": true}'),
        *("--settings.start", "1320", '--settings.beReadyAt="360"', "--yes"),
    )

    body = stand_in.requests[-1].json
    assert isinstance(body, dict)
    assert body["settings"] == {"delayedStart": True, "start": 1320, "beReadyAt": "360"}
    assert body["isActive"] is True


@pytest.mark.parametrize(
    ("text", "value"),
    [("16", 16), ('"16"', "16"), ("007", "007"), ("Garage", "Garage"), ("NaN", "NaN"), ("null", None), ("[1]", [1])],
)
def test_a_value_in_a_body_is_json_where_it_reads_as_such(text: str, value: object) -> None:
    assert value_in_body(text) == value


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("", "write a group and an operation, such as charges list"),
        ("chrges", "did you mean charges?"),
        ("charges", "write an operation behind it, one of list, create, "),
        ("charges lst", "did you mean list?"),
        ("charges list --sate charging", "--sate is no option here; did you mean --state?"),
        ("charges list --all --yes", "--yes is no option here"),
        ("charges list --page x", "page: 'x' is not a number"),
        ("charges get", "write --charge-id VALUE"),
        ("charges get --charge-id ..", "chargeId cannot be '..'"),
        ("charges create --yes", "write --paying-team-id VALUE, --charge-point-id VALUE"),
        ("charges create --body nowhere.json", "--body nowhere.json: No such file"),
        ("charges create --body secrets.yaml", "--body secrets.yaml: it is not JSON"),
        ("charges create --body list.json", "--body list.json: write a JSON object with fields of payingTeamId, "),
        ("charges create --body other.json", "there is no field payingTeam; did you mean payingTeamId?"),
        ("charges create --kwh-limit 5 --kwh-limit.a 5", "write either the whole field or its parts"),
    ],
)
def test_wrong_words_are_one_line_and_code_2(
    words: str, answer: str, folder: Path, stand_in: PartnerStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "list.json").write_text("[]")
    (folder / "other.json").write_text('{"payingTeam": 3}')

    try:
        code: object = main(["monta", *words.split()])
    except SystemExit as ended:
        code = ended.code

    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n"), stand_in.requests) == (2, "", 1, [])
    assert answer in printed.err


def test_without_a_login_the_code_is_3(folder: Path, monta: Monta) -> None:
    (folder / "secrets.yaml").unlink()

    code, _, err = monta("consumers", "get")

    assert (code, "monta_partner_client_id" in err) == (3, True)


def test_a_login_that_is_refused_is_code_3(folder: Path, monta: Monta) -> None:
    (folder / "secrets.yaml").write_text("monta_partner_client_id: stand-in-id\nmonta_partner_client_secret: old-one\n")

    code, out, err = monta("consumers", "get")

    assert (code, out, "old-one" in err) == (3, "", False)


def test_a_scope_that_is_missing_is_code_3(stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.login.scopes = ["sites:read"]

    assert monta("charges", "list")[0] == 3


@pytest.mark.parametrize("failure", [Failure.SERVER_ERROR, Failure.HTML, Failure.CUT], ids=str)
def test_what_monta_does_not_do_is_code_1(failure: Failure, stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.fail_next(failure, "charges")

    code, out, err = monta("charges", "list")

    assert (code, out, err.startswith("smart-charging monta charges: GET charges")) == (1, "", True)


def test_a_rate_limit_is_code_4_with_the_time(stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.fail_next(Failure.RATE_LIMITED, "charges")

    code, _, err = monta("charges", "list")

    assert code == 4
    assert re.search(r"rate limited until \d\d:\d\d", err)


def test_tokens_are_kept_beside_the_login_for_the_next_call(
    folder: Path, stand_in: PartnerStandIn, monta: Monta
) -> None:
    monta("sites", "list")
    monta("sites", "list")

    file = folder / ".smart_charging_tokens_monta_partner.json"
    assert [str(one) for one in stand_in.requests] == ["POST auth/token", "GET sites", "GET sites"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_apps_record_of_what_was_spent_is_left_to_them(folder: Path, monta: Monta) -> None:
    record = folder / ".smart_charging_tokens_monta_partner.requests"
    record.write_text('{"isComplete": false, "sentAt": [], "quota": 1000}')

    codes = [monta("sites", "list")[0] for _ in range(3)]

    assert codes == [0, 0, 0]
    assert record.read_text() == '{"isComplete": false, "sentAt": [], "quota": 1000}'


@pytest.mark.parametrize("how", [[], ["--json"], ["--fields=webhookSecret,customHeaders.headers.X-Key"]])
def test_secrets_in_answers_are_hidden(how: list[str], stand_in: PartnerStandIn, monta: Monta) -> None:
    stand_in.served.is_by_shape_only = False
    headers = '{"headers": {"X-Key": "nobodys-business"}}'
    url, secret = "--webhook-url=https://a.test/b", "--webhook-secret=0123456789abcdef"
    monta("webhooks", "set-config", url, secret, '--event-types=["charges"]', f"--custom-headers={headers}", "--yes")

    _, out, _ = monta("webhooks", "get-config", *how)

    assert stand_in.requests[-2].json is not None
    assert HIDDEN in out
    assert not re.search("nobodys-business|0123456789abcdef", out)


def test_the_key_by_which_a_charger_identifies_itself_is_hidden() -> None:
    rows = [{"key": "AuthorizationKey", "value": "4711"}, {"key": "HeartbeatInterval", "value": "60"}]

    assert without_secrets(rows) == [{**rows[0], "value": HIDDEN}, rows[1]]


@pytest.mark.parametrize("rows", [[{}], [{"id": None}], [5], [{"deep": {"deeper": [1]}}]], ids=str)
def test_odd_rows_are_a_table_too(rows: list[object]) -> None:
    assert len(table_of(rows, width=10).lines) == 2


def test_control_characters_of_an_answer_do_not_reach_the_terminal() -> None:
    table = table_of([{"id": 1, "name": "Gar\x1b[2Jage"}], width=80)

    assert table.lines == ["id  name", " 1  Gar [2Jage"]


def test_the_help_of_an_operation_is_made_of_its_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["monta", "charging-rules", "create", "--help"])

    printed = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert "POST /charge-points/{chargePointId}/charging-rules." in printed
    assert "--creator-user-id VALUE required, in the body" in printed
    assert "It is not in Monta's reference." in printed


@pytest.mark.parametrize(
    ("words", "needless"),
    [
        ("--help", "smart_charging.cli.monta"),
        ("monta --help", "httpx"),
        ("monta charges list --help", "pydantic"),
        ("monta charges list --sate x", "asyncio"),
    ],
)
def test_help_imports_nothing_that_sends(words: str, needless: str) -> None:
    script = (
        "import atexit, sys; from smart_charging.cli.main import main;"
        f"atexit.register(lambda: print('imported' if {needless!r} in sys.modules else 'spared')); main()"
    )

    ran = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", script, *words.split()],
        env={**os.environ, "PYTHONPATH": str(LIB)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.stdout.splitlines()[-1] == "spared"


def test_the_page_names_operations_by_the_rule() -> None:
    rows = re.findall(r"^\| `([A-Z]+ /\S+)` \| `(\S+ \S+)` \|$", page_of("terminal"), flags=re.MULTILINE)

    named = {f"{one.method} {one.path}": f"{group} {name}" for group, name, one in NAMED}
    assert len(rows) == 6
    assert dict(rows).items() <= named.items()


def test_the_page_shows_commands_that_there_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.findall(r"^    smart-charging (monta .*?)(?:  +#.*)?$", page_of("terminal"), flags=re.MULTILINE)

    for words in shown:
        with suppress(SystemExit):  # --help
            assert main([*words.split(), *([] if "--help" in words else ["--dry-run"])]) == 0, words
    printed = capsys.readouterr()

    assert (len(shown), printed.err) == (7, "")


def test_every_test_that_the_page_names_exists() -> None:
    named = named_tests(page_of("terminal"))

    assert named
    assert named - existing_tests(named) == set()


LOGINS = {
    "get-me": [],
    "token": ["--client-id=stand-in-id", "--client-secret=stand-in-secret"],
    "refresh": ["--refresh-token=stand-in-refresh-1"],
}
