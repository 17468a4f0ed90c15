"""`smart-charging monta webhook`: subscribing to events, ending that, and leaving others' subscriptions alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest
import respx

from smart_charging.cli.main import main
from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile
from worlds.fakes import BASE_URL, mount

URL, OTHER = "https://home.example/smart_charging/monta", "https://others.example/hook"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def monta(router: respx.MockRouter) -> PartnerStandIn:
    """Behind HTTP, on this machine's own clock."""
    stand_in = PartnerStandIn(now=lambda: datetime.now(UTC))
    mount(stand_in, router)
    return stand_in


@pytest.fixture
def file(tmp_path: Path) -> WebhookFile:
    return WebhookFile(tmp_path / "secrets.yaml")


@pytest.fixture
def webhook(monta: PartnerStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    tokens = monta.tokens
    (tmp_path / "secrets.yaml").write_text(
        f"monta_partner_client_id: {tokens.client_id}\nmonta_partner_client_secret: {tokens.client_secret}\n"
    )

    def run(*words: str) -> tuple[int, str, str]:
        more = ["--credentials", str(tmp_path / "secrets.yaml"), "--base-url", BASE_URL]
        code = main(["monta", "webhook", *words, *more])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_events_are_sent_with_a_secret_for_its_owner_alone(
    monta: PartnerStandIn, webhook: Command, file: WebhookFile
) -> None:
    code, out, _ = webhook("on", "--url", URL)

    note, config = file.read(), monta.subscription.config
    assert note
    assert config
    assert code == 0
    assert (config["webhookUrl"], config["webhookSecret"]) == (URL, note.secret.get_secret_value())
    assert config["eventTypes"] == ["charges", "charge-points", "charge-points-protocol-updates"]
    assert S_IMODE(file.path.stat().st_mode) == 0o600
    assert len(note.secret.get_secret_value()) >= 32
    assert note.secret.get_secret_value() not in out


def test_subscribing_again_keeps_the_secret(monta: PartnerStandIn, webhook: Command, file: WebhookFile) -> None:
    webhook("on", "--url", URL)
    first = file.read()

    assert webhook("on", "--url", f"{URL}/new")[0] == 0

    second = file.read()
    assert first
    assert second
    assert (second.url, second.secret) == (f"{URL}/new", first.secret)


def test_two_installations_have_two_secrets(tmp_path: Path) -> None:
    notes = [WebhookFile(tmp_path / name).write(URL) for name in ("secrets.yaml", "work.yaml")]

    assert notes[0].secret != notes[1].secret


@pytest.mark.parametrize("words", [("on", "--url", URL), ("off",)])
def test_a_subscription_of_somebody_else_is_left_alone(
    monta: PartnerStandIn, webhook: Command, file: WebhookFile, words: tuple[str, ...]
) -> None:
    monta.subscription.config = {"webhookUrl": OTHER, "webhookSecret": "x" * 16, "eventTypes": ["charges"]}

    code, _, err = webhook(*words)

    assert code == 1
    assert f"events go to {OTHER}, which is not this installation; write --replace" in err
    assert monta.subscription.config["webhookUrl"] == OTHER
    assert not file.path.exists()


def test_with_replace_it_is_taken_over_and_ended(monta: PartnerStandIn, webhook: Command, file: WebhookFile) -> None:
    monta.subscription.config = {"webhookUrl": OTHER, "webhookSecret": "x" * 16, "eventTypes": ["charges"]}

    assert webhook("on", "--url", URL, "--replace")[0] == 0
    taken_over = monta.subscription.config["webhookUrl"]
    assert webhook("off")[:2] == (0, "Monta sends no events any more\n")

    assert taken_over == URL
    assert not monta.subscription.config
    assert not file.path.exists()


def test_to_end_what_never_began_is_a_success(webhook: Command) -> None:
    assert webhook("off")[:2] == (0, "Monta sent no events in the first place\n")


def test_it_shows_whose_the_subscription_is_and_what_did_not_arrive(monta: PartnerStandIn, webhook: Command) -> None:
    webhook("on", "--url", URL)
    monta.subscription.entries[1] = {
        "id": 1,
        "eventType": "charges",
        "payload": {"entityType": "charge", "eventType": "updated"},
        "status": "failed",
        "error": {"errorCode": "502", "errorMessage": "bad gateway"},
        "createdAt": "2026-11-20T18:00:01Z",
    }

    code, out, _ = webhook("show")

    assert code == 0
    assert out.splitlines() == [
        f"Monta sends events to {URL} (this installation)",
        "of charges, charge-points, charge-points-protocol-updates",
        "1 of the last 24 hours could not be delivered: bad gateway",
    ]


def test_it_shows_that_there_is_none(webhook: Command) -> None:
    assert webhook("show")[:2] == (0, "Monta sends no events with these credentials\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("on",), "write --url"),
        (("on", "--url", "http://home.example"), "has to begin with https://"),
        (("on", "--url", "https://" + "x" * 190), "longer than the 191 characters"),
        (("on", "--url", "https://hooks.monta.com/x"), "does not send events to itself"),
    ],
)
def test_an_address_that_cannot_work_is_refused_before_monta_is_asked(
    monta: PartnerStandIn, webhook: Command, words: tuple[str, ...], said: str
) -> None:
    code, _, err = webhook(*words)

    assert (code, monta.requests) == (2, [])
    assert said in err


def test_credentials_that_are_missing_or_wrong_have_an_exit_code_of_their_own(
    monta: PartnerStandIn, webhook: Command, tmp_path: Path
) -> None:
    monta.tokens.client_secret = "another"
    refused = webhook("show")
    (tmp_path / "secrets.yaml").write_text("monta_client_id: a\n")

    assert refused[0] == webhook("show")[0] == 3


def test_a_permission_that_is_missing_has_it_too(monta: PartnerStandIn, webhook: Command) -> None:
    monta.login.scopes = ["charges:read"]

    assert webhook("show")[0] == 3


def test_a_quota_that_is_used_up_says_when_to_try_again(monta: PartnerStandIn, webhook: Command) -> None:
    monta.fail_next(Failure.RATE_LIMITED, "webhooks")

    code, _, err = webhook("show")

    assert code == 4
    assert "rate limited until" in err
