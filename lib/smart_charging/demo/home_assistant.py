"""Runs a real Home Assistant in a folder of its own, with an owner and a token, on the loopback address."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import aiohttp
import httpx

from smart_charging.demo.ha_install import CONFIGURED, Installation
from smart_charging.demo.process import Process, free_port
from smart_charging.errors import ChargingError

CONFIGURATION = """\
# Written anew at each start by smart-charging; packages/ too.
homeassistant:
  name: Home
  latitude: 55.676
  longitude: 12.568
  elevation: 5
  unit_system: metric
  time_zone: {time_zone}
  currency: DKK
  country: DK
  language: en
  packages: !include_dir_named packages
http:
  server_host: 127.0.0.1
  server_port: {port}
logger:
  default: info
"""
ONBOARDED = {
    "version": 4,
    "key": "onboarding",
    "data": {"done": ["core_config", "analytics", "integration"]},
}
"""All steps but the owner's are marked as done: they would set up weather, radio and speech services."""

USERNAME = "demo"
TOKEN_NAME = "smart-charging"  # noqa: S105 - the token's name on the profile page


class HomeAssistantError(ChargingError):
    """Home Assistant runs but answers with an error."""


class HomeAssistant:
    """Runs inside `async with`; the folder keeps users, token, history and what packages created.

    A folder can be used again with the same login, also on another port. A
    `ProcessError` at the start contains the end of Home Assistant's log.
    """

    def __init__(
        self,
        folder: Path,
        installation: Installation,
        *,
        packages: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        port: int | None = None,
        time_zone: str = "Europe/Copenhagen",
        timeout_s: float = 180,
    ) -> None:
        """Prepare without starting anything.

        Args:
            folder: New, empty or from an earlier run; anything else is refused.
            installation: The Home Assistant to run.
            packages: YAML by name (`[a-z0-9_]+`), each added to the configuration; replaces those of earlier runs.
            files: Text by path, relative to the folder, such as a dashboard that a package refers to.
            port: None takes a free one, which is kept across restarts.
            time_zone: An IANA name.
            timeout_s: For the start; the first one on a small machine is slow.
        """
        self.folder = folder = folder.absolute()
        self._packages = dict(packages or {})
        self._files = dict(files or {})
        self._port = port
        self._time_zone = time_zone
        self._timeout_s = timeout_s
        self._login = _Login(folder / "login.json")
        self.username = USERNAME
        self.version = installation.version
        self.series = installation.series
        self.process = Process(
            "Home Assistant",
            [installation.python, "-I", "-m", "homeassistant", "--skip-pip", "--log-no-color", "--config", folder],
            log=folder / "console.log",
            cwd=folder,
            patience_s=30,
        )
        """Has its pid and its log (level info, all runs), and tells whether it still runs."""
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Address without a trailing slash; known after the first start."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def token(self) -> str:
        """A long-lived access token of the owner; known after the first start."""
        return self._login.token

    @property
    def password(self) -> str:
        """The owner's password for the login page."""
        return self._login.password

    async def start(self) -> None:
        """Start and wait until all integrations are loaded.

        Raises:
            ProcessError: It ended or took too long.
            HomeAssistantError: The folder contains something else, or the configuration is invalid.
        """
        self._port = self._port or free_port()
        self._write_configuration()
        self.process.start()
        try:
            self._http = httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False)
            if not self._login.token:
                await self.process.wait_for(self._asks_for_an_owner, self._timeout_s)
                self._login.keep(await self._create_owner())
            self._http.headers["Authorization"] = f"Bearer {self.token}"
            await self.process.wait_for(self._is_running, self._timeout_s)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Shut it down so that history is written; does nothing if it has ended."""
        http, self._http = self._http, None
        try:
            if http:
                await http.aclose()
        finally:
            await self.process.stop()

    async def restart(self) -> None:
        """Stop and start it with the same port, login and folder."""
        await self.stop()
        await self.start()

    async def get(self, path: str) -> Any:
        """The answer's JSON, or its text where it is not JSON.

        Raises:
            HomeAssistantError: The answer is an error.
        """
        return await self._request("GET", path)

    async def post(self, path: str, json: object = None) -> Any:
        """Like `get`; None sends no body."""
        return await self._request("POST", path, json=json)

    async def states(self) -> dict[str, dict[str, Any]]:
        """All entities by id, each as in the state API."""
        return {state["entity_id"]: state for state in await self.get("/api/states")}

    async def state(self, entity_id: str) -> dict[str, Any] | None:
        """One entity as in the state API; None when there is none."""
        path = f"/api/states/{entity_id}"
        answer = await self._send("GET", path)
        return None if answer.status_code == httpx.codes.NOT_FOUND else _read(f"GET {path}", answer)

    async def call(self, domain: str, service: str, **data: object) -> Any:
        """Call an action; returns the states it changed."""
        return await self.post(f"/api/services/{domain}/{service}", data)

    async def fire(self, event: str, **data: object) -> None:
        """Fire an event."""
        await self.post(f"/api/events/{event}", data)

    async def command(self, kind: str, **data: object) -> Any:
        """Send one command of the websocket API; returns its result.

        Source: https://developers.home-assistant.io/docs/api/websocket
        """
        return await self._command(self.token, kind, **data)

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        return _read(f"{method} {path}", await self._send(method, path, **content))

    async def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        if self._http is None:
            raise HomeAssistantError(f"{method} {path}: Home Assistant is not started")
        try:
            return await self._http.request(method, path, **content)
        except httpx.HTTPError as err:
            raise HomeAssistantError(f"{method} {path}: no answer ({type(err).__name__})") from err

    async def _command(self, access_token: str, kind: str, **data: object) -> Any:
        try:
            async with aiohttp.ClientSession() as session, session.ws_connect(f"{self.url}/api/websocket") as socket:
                await socket.receive_json()  # auth_required
                await socket.send_json({"type": "auth", "access_token": access_token})
                await socket.receive_json()  # auth_ok; after auth_invalid the next message is not JSON
                await socket.send_json({"id": 1, "type": kind, **data})
                answer = await socket.receive_json(timeout=30)
        except (aiohttp.ClientError, TypeError, TimeoutError) as err:
            raise HomeAssistantError(f"{kind}: no answer ({type(err).__name__})") from err
        if not answer["success"]:
            raise HomeAssistantError(f"{kind}: {answer['error']['message']}")
        return answer["result"]

    async def _asks_for_an_owner(self) -> bool:
        return await self._answers("/api/onboarding") is not None

    async def _is_running(self) -> bool:
        config = await self._answers("/api/config")
        if config and config.get("recovery_mode"):
            raise HomeAssistantError(f"Home Assistant refuses its configuration; see {self.process.log}")
        return config is not None and config["state"] == "RUNNING"

    async def _answers(self, path: str) -> Any:
        """The answer; None until HTTP and the integration that answers are loaded."""
        try:
            return await self.get(path)
        except HomeAssistantError:
            return None

    async def _create_owner(self) -> str:
        """Create the owner as the first page in the browser does; returns a long-lived token.

        Source: homeassistant/components/onboarding/views.py; https://developers.home-assistant.io/docs/auth_api
        """
        client_id = f"{self.url}/"
        owner = {"name": "Demo", "username": self.username, "password": self.password, "language": "en"}
        created = await self.post("/api/onboarding/users", {**owner, "client_id": client_id})
        code = {"grant_type": "authorization_code", "code": created["auth_code"], "client_id": client_id}
        session = await self._request("POST", "/auth/token", data=code)
        token: str = await self._command(
            session["access_token"], "auth/long_lived_access_token", client_name=TOKEN_NAME, lifespan=3650
        )
        return token

    def _write_configuration(self) -> None:
        self._login.claim(self.folder)
        packages = self.folder / "packages"
        shutil.rmtree(packages, ignore_errors=True)
        packages.mkdir()
        for name, text in self._packages.items():
            (packages / f"{name}.yaml").write_text(text, encoding="utf-8")
        for path, text in self._files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text, encoding="utf-8")
        text = CONFIGURATION.format(time_zone=self._time_zone, port=self._port)
        loaded = "".join(f"{name}:\n" for name in CONFIGURED)
        (self.folder / "configuration.yaml").write_text(text + loaded, encoding="utf-8")


def _read(request: str, answer: httpx.Response) -> Any:
    if answer.is_error:
        raise HomeAssistantError(f"{request}: {answer.status_code} {answer.text[:200]}")
    return answer.json() if answer.headers.get("Content-Type", "").startswith("application/json") else answer.text


class _Login:
    """The owner's password and token, in a file only its owner may read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.password = ""
        self.token = ""
        """Empty until Home Assistant has issued one."""

    def claim(self, folder: Path) -> None:
        """Read a folder's login, or create one if the folder is new or its first start was interrupted.

        Raises:
            HomeAssistantError: The folder is not ours; somebody's own Home Assistant must not be changed.
        """
        if self._file.exists():
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            self.password, self.token = kept["password"], kept["token"]
        elif folder.exists() and any(folder.iterdir()):
            raise HomeAssistantError(f"{folder} holds other things; name a new or an empty folder")
        if not self.token:
            self._start_over(folder)

    def _start_over(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.password = secrets.token_hex(4)
        self.keep("")
        storage = folder / ".storage"
        shutil.rmtree(storage, ignore_errors=True)
        storage.mkdir()
        (storage / "onboarding").write_text(json.dumps(ONBOARDED), encoding="utf-8")

    def keep(self, token: str) -> None:
        """Save the login atomically."""
        self.token = token
        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"username": USERNAME, "password": self.password, "token": token}, file)
        draft.replace(self._file)
