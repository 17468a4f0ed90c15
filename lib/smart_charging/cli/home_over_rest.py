"""Home Assistant over its REST API, with a long-lived access token.

Source: https://developers.home-assistant.io/docs/api/rest
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from smart_charging.cli.user_files import text_of
from smart_charging.config.credentials import read_secrets
from smart_charging.errors import ActionError, ConfigError
from smart_charging.printable import reason_of
from smart_charging.services.home_assistant import EntityState, HomeFacts, facts_of

TOKEN_VARIABLE = "HASS_TOKEN"  # noqa: S105  # the name that Home Assistant's own command line uses
TOKEN_KEY = "home_assistant_token"  # noqa: S105
_TOKEN = re.compile(r"[\x21-\x39\x3b-\x7e]{1,4000}")
_MADE_WHERE = "a long-lived access token is made in Home Assistant on your profile page, under Security"
_PATIENCE_S = 30.0
_SAID = {
    401: f"refuses the token; {_MADE_WHERE}",
    403: "forbids it; the token has to be an administrator's, and after too many wrong ones the address is banned",
}


def token_in(path: Path) -> str:
    """The token from a file with nothing else, or from a line in a file such as AppDaemon's `secrets.yaml`.

    Raises:
        ConfigError: There is none; the message quotes nothing from the file.
    """
    text = text_of(path).strip()
    if _TOKEN.fullmatch(text):
        return text
    return read_secrets(path, [TOKEN_KEY], shown_by="Home Assistant calls a long-lived access token")[
        TOKEN_KEY
    ].get_secret_value()


def checked_token(text: str | None) -> str:
    """The token, checked for characters that no token has.

    Raises:
        ConfigError: It is missing or invalid; the message does not show it.
    """
    if not text:
        raise ConfigError(f"write --token-file and a file with a token, or set {TOKEN_VARIABLE}; {_MADE_WHERE}")
    if not _TOKEN.fullmatch(text.strip()):
        raise ConfigError(f"the token holds letters that no token has; {_MADE_WHERE}")
    return text.strip()


class HomeOverRest:
    """What reading prices needs of Home Assistant; every failure is an `ActionError` with one sentence."""

    def __init__(self, url: str, token: str) -> None:
        self._address = _address(url)
        self._client = httpx.AsyncClient(
            base_url=self._address, headers={"Authorization": f"Bearer {token}"}, timeout=_PATIENCE_S
        )
        self.answers: list[Mapping[str, Any]] = []
        """The responses of actions so far."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def facts(self) -> HomeFacts:
        """Time zone, currency and country of the home."""
        return facts_of(self._json(await self._ask("GET", "config")))

    async def entity(self, entity_id: str) -> EntityState | None:
        """An entity's state; None when there is no such entity."""
        answer = await self._ask("GET", f"states/{entity_id}", may_be_missing=True)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        told = self._json(answer)
        if not isinstance(told, Mapping) or not isinstance(attributes := told.get("attributes"), Mapping):
            raise self._no_home()
        return EntityState(state=str(told.get("state")), attributes=attributes)

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an action; returns its response, empty when it has none. This API does not say why an action failed."""
        path = f"services/{action.replace('.', '/', 1)}?return_response"
        told = self._json(await self._ask("POST", path, dict(data), about=action))
        response = told.get("service_response") if isinstance(told, Mapping) else None
        if not isinstance(response, Mapping):
            return {}
        self.answers.append(response)
        return response

    async def act(self, action: str, data: Mapping[str, Any]) -> None:
        """Call an action that has no response."""
        await self._ask("POST", f"services/{action.replace('.', '/', 1)}", dict(data), about=action)

    async def arguments_of(self, action: str) -> Collection[str]:
        """The names of an action's fields; empty where it is not described."""
        domain, _, service = action.partition(".")
        told = self._json(await self._ask("GET", "services"))
        for each in told if isinstance(told, list) else []:
            if isinstance(each, Mapping) and each.get("domain") == domain:
                return list(_field_names(_inner(_inner(each, "services"), service)))
        return []

    async def config_entry_of(self, entity_id: str) -> str | None:
        """The id of an entity's config entry; None when it has none."""
        template = {"template": f"{{{{ config_entry_id('{entity_id}') }}}}"}
        entry = (await self._ask("POST", "template", template)).text.strip()
        return entry if entry and entry != "None" else None

    async def _ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        about: str | None = None,
        may_be_missing: bool = False,
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, f"/api/{path}", json=body)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as err:
            raise ActionError(f"{self._address} cannot be reached: {reason_of(err)}") from None
        status = answer.status_code
        if answer.is_success or (may_be_missing and status == httpx.codes.NOT_FOUND):
            return answer
        if said := _SAID.get(status):
            raise ActionError(f"{self._address} {said}")
        where = f"/api/{path.partition('?')[0]}"
        if about and status in {400, 500}:
            raise ActionError(f"{about} failed ({status}); Home Assistant's log says why")
        raise ActionError(f"{self._address}{where} answered {status}; is that Home Assistant's address?")

    def _json(self, answer: httpx.Response) -> object:
        try:
            told: object = answer.json()
        except (ValueError, RecursionError):
            raise self._no_home() from None
        return told

    def _no_home(self) -> ActionError:
        return ActionError(f"{self._address} does not answer as Home Assistant does; is that its address?")


def _address(url: str) -> str:
    """Scheme, host and port, and a path if there is one; never a password."""
    try:
        read = httpx.URL(url.strip())
        address = f"{read.scheme}://{read.netloc.decode('ascii')}{read.path.rstrip('/').removesuffix('/api')}"
    except (httpx.InvalidURL, UnicodeError):
        address = ""
    if not re.match(r"https?://[^/]", address):
        raise ConfigError("--ha-url: write Home Assistant's address, such as http://homeassistant.local:8123")
    return address


def _inner(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = node.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _field_names(described: Mapping[str, Any]) -> Iterator[str]:
    """The names of all fields, including those in sections."""
    for name, field in _inner(described, "fields").items():
        if isinstance(field, Mapping) and isinstance(field.get("fields"), Mapping):
            yield from _field_names(field)
        else:
            yield name
