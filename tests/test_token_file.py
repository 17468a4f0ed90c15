"""Tokens outlive a restart, in a file that only its owner can read and only its client can use."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from smart_charging.clouds.monta.client import MontaClient
from worlds.fakes import BASE_URL, mount

if TYPE_CHECKING:
    from pathlib import Path

    import respx

    from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
    from worlds.virtual_time import Clock


SECRET = "stand-in-secret"


def one_request(
    clock: Clock, path: Path, *, client_id: str = "stand-in-id", secret: str = SECRET, base_url: str = BASE_URL
) -> None:
    async def start_ask_and_end() -> None:
        async with MontaClient(
            client_id=client_id, client_secret=secret, base_url=base_url, token_file=path, now=clock
        ) as client:
            await client.personal_wallet()

    asyncio.run(start_ask_and_end())
    clock.advance(minutes=1)  # the quota is used again


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "tokens.json"


def test_a_restart_needs_no_new_login(monta: MontaStandIn, clock: Clock, path: Path) -> None:
    one_request(clock, path)
    one_request(clock, path)

    assert [str(request) for request in monta.sent("auth/")] == ["POST auth/token"]


def test_after_a_long_pause_the_kept_refresh_token_is_used_and_replaced(
    monta: MontaStandIn, clock: Clock, path: Path
) -> None:
    one_request(clock, path)
    clock.advance(days=2)
    one_request(clock, path)
    one_request(clock, path)

    assert [str(request) for request in monta.sent("auth/")] == ["POST auth/token", "POST auth/refresh"]


def test_only_the_owner_may_read_the_file_whoever_could_before(monta: MontaStandIn, clock: Clock, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("{}")
    path.chmod(0o666)

    one_request(clock, path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert monta.tokens.client_secret not in path.read_text()
    assert {file.name for file in path.parent.iterdir()} == {path.name, "tokens.requests"}


@pytest.mark.parametrize(
    "other", [{"client_id": "other"}, {"secret": "other"}, {"base_url": "https://other.test/v1/"}], ids=str
)
def test_tokens_of_other_credentials_or_another_server_are_not_used(
    monta: MontaStandIn, router: respx.MockRouter, clock: Clock, path: Path, other: dict[str, str]
) -> None:
    one_request(clock, path)
    monta.tokens.client_id = other.get("client_id", "stand-in-id")
    monta.tokens.client_secret = other.get("secret", SECRET)
    mount(monta, router, "https://other.test/v1/")

    one_request(clock, path, **other)
    one_request(clock, path, **other)

    assert [str(request) for request in monta.sent("auth/")] == ["POST auth/token", "POST auth/token"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"salt": 1}', b'{"salt": "s", "fingerprint": "\xc3\xa6", "tokens": {}}'],
)
def test_a_corrupt_file_is_replaced(
    monta: MontaStandIn, clock: Clock, path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    one_request(clock, path)

    assert len(monta.sent("auth/token")) == 1
    assert set(json.loads(path.read_bytes())) == {"salt", "fingerprint", "tokens"}
    assert [record.message for record in caplog.records] == [f"{path}: no tokens can be read from it; it is replaced"]


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    (tmp_path / "a file").touch()
    return tmp_path / "a file" / "tokens.json"


async def test_a_place_that_cannot_be_written_is_named_once_and_stops_nothing(
    monta: MontaStandIn, clock: Clock, unwritable: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with MontaClient(
        client_id="stand-in-id", client_secret=SECRET, base_url=BASE_URL, token_file=unwritable, now=clock
    ) as client:
        for _ in range(3):
            await client.personal_wallet()
            clock.advance(hours=1)

    assert [request.status for request in monta.sent("wallets")] == [200, 200, 200]
    assert [record.message for record in caplog.records] == [
        f"{unwritable}: tokens cannot be kept (File exists); each restart logs in anew"
    ]


def test_a_write_that_breaks_off_leaves_the_old_file_whole(
    monta: MontaStandIn, clock: Clock, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_request(clock, path)
    before = path.read_bytes()
    clock.advance(hours=2)

    def disk_full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", disk_full)
    one_request(clock, path)

    assert len(monta.sent("auth/refresh")) == 1
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} == {path.name, "tokens.requests"}
