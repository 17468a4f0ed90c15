"""The real apps over a small stand-in for AppDaemon and Home Assistant, to be killed and started again at will."""

from __future__ import annotations

import asyncio
import copy
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol
from unittest.mock import patch

import httpx
from appdaemon.models.config.app import AppConfig
from appdaemon.models.config.plugin import MQTTConfig

import charging_app
import charging_control
import charging_monitor
import charging_scheduler
from charging_app import DEFAULT_NAMESPACE, ChargingApp
from smart_charging.clouds.monta.client import MontaClient
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.messages import ConnectionCutError, Request, Response
from smart_charging.clouds.opening import entities_of, open_cloud, settings_of, words_of
from smart_charging.clouds.protocol import ChargerCloud
from smart_charging.clouds.words import CloudWords
from smart_charging.config.monitor import MonitorSettings
from smart_charging.entities.cloud_tables import CloudTables
from worlds.fakes import received
from worlds.forgetful_cloud import ForgetfulCloud
from worlds.virtual_time import running_loop, virtual_now

ZONE_NAME = "Europe/Copenhagen"
MQTT_NAMESPACE = "mqtt"
USUAL_CREDENTIALS = ("stand-in-id", "stand-in-secret")
State = dict[str, Any]
"""`state` and `attributes`, as AppDaemon hands an entity over."""
Arguments = Mapping[str, Mapping[str, Any]]
"""What apps.yaml says, by app."""
_running: ContextVar[VirtualAppDaemon | None] = ContextVar("_running", default=None)


@dataclass(slots=True)
class Disk:
    """What is there again after a kill: AppDaemon's folder."""

    folder: Path
    on_write: Callable[[], None] = lambda: None
    """Called after something was remembered there."""

    def replace(self, file: Path, text: str) -> None:
        """As the memory does it, but for waiting until the text lies on a real disk."""
        file.parent.mkdir(exist_ok=True)
        draft = file.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(file)
        self.on_write()


class VirtualHomeAssistant:
    """Home Assistant: entities of its own, entities that apps made, and actions."""

    def __init__(self) -> None:
        self.states: dict[str, State] = {}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        """Actions that were called, by `domain/service`, with their data."""
        self.actions: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "notify/phone": lambda _data: None,
            "persistent_notification/create": lambda _data: None,
            "persistent_notification/dismiss": lambda _data: None,
            "input_number/set_value": partial(self._set_helper, key="value"),
            "input_select/select_option": partial(self._set_helper, key="option"),
            "input_datetime/set_datetime": partial(self._set_helper, key="datetime"),
        }
        self.config: dict[str, Any] = {"time_zone": ZONE_NAME, "currency": "DKK", "country": "DK"}
        self.entries: dict[str, list[str]] = {}
        """Config entries by integration."""
        self.entry_of: dict[str, str] = {}
        """By entity."""
        self.described: dict[str, Any] = {}
        """Actions by domain and name, with their fields."""
        self._up = asyncio.Event()
        self._up.set()
        self._made: set[str] = set()
        self.appdaemon: VirtualAppDaemon | None = None

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    async def wait(self) -> None:
        """Until it is up."""
        await self._up.wait()

    def show(self, entity_id: str, state: object, **attributes: Any) -> None:
        """An integration or a person sets an entity."""
        self._put(entity_id, {"state": str(state), "attributes": attributes})

    def made(self, entity_id: str, state: State) -> None:
        """An app sets an entity."""
        if self.is_up:
            self._made.add(entity_id)
            self._put(entity_id, state)

    def fire(self, event: str, data: Mapping[str, Any]) -> None:
        if self.is_up and self.appdaemon:
            self.appdaemon.dispatch(event, data)

    def call(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What AppDaemon's `call_service` answers; failure is data, too."""
        if not self.is_up:
            return None
        self.calls.append((action, data))
        if action not in self.actions:
            return {"success": False, "error": {"code": "not_found", "message": f"Action {action} not found."}}
        return {"success": True, "result": {"response": self.actions[action](data)}}

    def go_away(self) -> None:
        self._up.clear()

    def come_back(self, *, restarted: bool) -> None:
        """A restart forgets what apps have made."""
        self._up.set()
        if restarted:
            self.states = {key: state for key, state in self.states.items() if key not in self._made}
            self._made.clear()
        if self.appdaemon:
            self.appdaemon.meet_home()
            self.appdaemon.dispatch("plugin_started", {"name": "HASS"})

    def _put(self, entity_id: str, state: State) -> None:
        old = self.states.get(entity_id)
        if old == state:
            return
        self.states[entity_id] = state
        self.fire("state_changed", {"entity_id": entity_id, "old_state": old, "new_state": state})

    def _set_helper(self, data: Mapping[str, Any], key: str) -> None:
        self.show(data["entity_id"], data[key], **self.states[data["entity_id"]]["attributes"])


class Broker:
    """An MQTT broker, which keeps what is retained whatever becomes of AppDaemon."""

    def __init__(self, retained: Mapping[str, str] | None = None) -> None:
        self.retained = dict(retained or {})
        """Payloads by topic."""
        self.published: list[tuple[datetime, str, str]] = []
        """When, topic and payload, in order."""
        self.is_up = True
        self.appdaemon: VirtualAppDaemon | None = None

    def go_away(self) -> None:
        """The plugin notices, and tells."""
        self.is_up = False
        self._tell_plugin("Disconnected")

    def come_back(self) -> None:
        """With all that was retained."""
        self.is_up = True
        self._tell_plugin("Connected")

    def _tell_plugin(self, state: str) -> None:
        if self.appdaemon:
            self.appdaemon.dispatch("MQTT_MESSAGE", {"state": state}, MQTT_NAMESPACE)

    def publish(self, topic: str, payload: str) -> None:
        """An app says something that is to be retained; an empty word clears the topic."""
        if not self.is_up:
            return
        self.published.append((virtual_now(), topic, payload))
        self.retained[topic] = payload
        if not payload:
            del self.retained[topic]

    def send(self, topic: str, payload: str) -> None:
        """Home Assistant passes on what a person did to an entity."""
        if self.appdaemon and self.is_up:
            self.appdaemon.dispatch("MQTT_MESSAGE", {"topic": topic, "payload": payload}, MQTT_NAMESPACE)


class VirtualMqtt:
    """As much of the API of AppDaemon's MQTT plugin as the apps use."""

    def __init__(self, appdaemon: VirtualAppDaemon, broker: Broker) -> None:
        self._appdaemon = appdaemon
        self._broker = broker

    async def is_client_connected(self) -> bool:
        return self._broker.is_up

    async def mqtt_subscribe(self, _topic: str, *, qos: int) -> None:
        assert qos == 1

    async def mqtt_publish(self, topic: str, payload: str, *, qos: int, retain: bool) -> None:
        assert (qos, retain) == (1, True)
        self._appdaemon.check_pulse()
        self._broker.publish(topic, payload)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class _Listener:
    event: str
    namespace: str
    callback: Callable[..., Awaitable[None]]
    matching: Mapping[str, Any]

    def wants(self, event: str, namespace: str, data: Mapping[str, Any]) -> bool:
        if (event, namespace) != (self.event, self.namespace):
            return False
        return all(data.get(key) == value for key, value in self.matching.items())


class VirtualAppDaemon:
    """One process with our apps in it, from its start until it stops or is killed."""

    def __init__(self, home: VirtualHomeAssistant, disk: Disk, broker: Broker | None = None) -> None:
        self.home = home
        self.disk = disk
        self.broker = broker
        self.written: Arguments = {}
        self.namespaces: set[str] = set()
        self.is_alive = True
        self.apps: dict[str, ChargingApp] = {}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.services: dict[str, Callable[..., Any]] = {}
        self.endpoints: dict[str, Callable[..., Any]] = {}
        self.copy: dict[str, State] = {}
        """What this process knows of Home Assistant's entities."""
        self._listeners: list[_Listener] = []
        self.meet_home()
        home.appdaemon = self
        if broker:
            broker.appdaemon = self

    async def start(self, arguments: Arguments) -> None:
        """Start the apps one after the other, as AppDaemon does."""
        self.written = arguments

        async def start() -> None:
            order = list(app_kinds().values())
            kinds = {name: _kind(name, written) for name, written in arguments.items()}
            for name in sorted(arguments, key=lambda name: order.index(kinds[name])):
                app = virtual_app(kinds[name], name, arguments[name], self)
                self.apps[name] = app
                await app.initialize()  # type: ignore[attr-defined]  # every app of ours has it

        await self.spawn(start())

    async def stop(self) -> None:
        """Terminate the apps, the last one first."""

        async def stop() -> None:
            for app in reversed(self.apps.values()):
                await app.terminate()

        await self.spawn(stop())
        self.kill()

    def kill(self) -> None:
        """Everything ends where it stands, whatever it had in mind, and without a word to the apps."""
        self.is_alive = False
        for end in (self.home, self.broker):
            if end and end.appdaemon is self:
                end.appdaemon = None
        for task in list(self.tasks):
            task.cancel()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something as part of this process."""
        before = _running.set(self)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            _running.reset(before)

    def check_pulse(self) -> None:
        """Whatever a killed process still tries, it does not do."""
        if not self.is_alive:
            raise asyncio.CancelledError

    @property
    def events(self) -> set[str]:
        """Those that somebody here listens to."""
        return {listener.event for listener in self._listeners}

    def listen(
        self,
        callback: Callable[..., Awaitable[None]],
        event: str,
        matching: Mapping[str, Any],
        namespace: str = DEFAULT_NAMESPACE,
    ) -> None:
        self._listeners.append(_Listener(event, namespace, callback, matching))

    def dispatch(self, event: str, data: Mapping[str, Any], namespace: str = DEFAULT_NAMESPACE) -> None:
        """An event of Home Assistant; of entities made after the start only the event tells."""
        if event == "state_changed" and data["entity_id"] in self.copy:
            self.copy[data["entity_id"]] = data["new_state"]
        for listener in list(self._listeners):
            if listener.wants(event, namespace, data):
                self.spawn(listener.callback(event, dict(data)))  # type: ignore[arg-type]  # coroutines, all of them

    def meet_home(self) -> None:
        if self.home.is_up:
            self.copy = dict(self.home.states)


class Link:
    """AppDaemon's plugin for Home Assistant: what it tells when it is asked past AppDaemon's own copy."""

    def __init__(self, home: VirtualHomeAssistant) -> None:
        self._home = home
        self.services = home.described

    async def get_complete_state(self) -> Mapping[str, State] | None:
        return dict(self._home.states) if self._home.is_up else None

    async def websocket_send_json(
        self, _timeout_s: float = 0, *, silent: bool = False, **request: Any
    ) -> Mapping[str, Any] | None:
        """Answers as to somebody who is no administrator, but for what everybody may ask."""
        if request["type"] != "config_entries/get":
            return {"success": False, "error": {"code": "unauthorized"}} if self._home.is_up else None
        entries = [{"entry_id": entry, "state": "loaded"} for entry in self._home.entries.get(request["domain"], ())]
        return {"success": True, "result": entries} if self._home.is_up else None


_MQTT_PLUGIN = {
    "type": "mqtt",
    "name": "MQTT",
    "namespace": MQTT_NAMESPACE,
    "client_topics": "NONE",
    "birth_topic": "smart_charging/status",
    "will_topic": "smart_charging/status",
}


class VirtualApi:
    """As much of AppDaemon's API as the apps use; comes before the real one where methods are looked up."""

    _appdaemon: VirtualAppDaemon
    _own_name: str
    logger: logging.Logger

    @property
    def AD(self) -> Any:  # noqa: N802  # AppDaemon's own name for itself
        plugins: dict[str, Any] = {"HASS": SimpleNamespace(type="hass", namespace=DEFAULT_NAMESPACE)}
        if self._appdaemon.broker:
            plugins["MQTT"] = MQTTConfig.model_validate(_MQTT_PLUGIN)
        written = {name: _app_config(name, arguments) for name, arguments in self._appdaemon.written.items()}
        return SimpleNamespace(
            plugins=SimpleNamespace(config=plugins, get_plugin_object=lambda _namespace: Link(self._appdaemon.home)),
            app_management=SimpleNamespace(app_config=SimpleNamespace(root=written)),
        )

    @property
    def name(self) -> str:
        return self._own_name

    @property
    def config_dir(self) -> Path:
        return self._appdaemon.disk.folder

    def log(self, text: str, *values: object, level: str = "INFO", **_kwargs: Any) -> None:
        self.logger.log(logging.getLevelName(level), text, *values)

    def set_namespace(self, _namespace: str) -> None:
        """Every call of ours names its namespace."""

    def get_timezone(self) -> str:
        return ZONE_NAME

    async def namespace_exists(self, namespace: str) -> bool:
        return namespace in self._appdaemon.namespaces

    async def add_namespace(self, namespace: str, *, persist: bool) -> None:
        assert not persist
        self._appdaemon.namespaces.add(namespace)

    async def get_plugin_api(self, name: str) -> VirtualApi | VirtualMqtt:
        broker = self._appdaemon.broker
        return VirtualMqtt(self._appdaemon, broker) if name == "MQTT" and broker else self

    async def get_plugin_config(self, *, namespace: str) -> Mapping[str, Any]:
        assert namespace == DEFAULT_NAMESPACE
        return self._appdaemon.home.config

    async def get_app(self, name: str) -> ChargingApp | None:
        return self._appdaemon.apps.get(name)

    async def create_task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        return self._appdaemon.spawn(work)

    async def get_state(
        self, entity_id: str | None = None, *, attribute: str = "all", namespace: str, copy: bool = True
    ) -> Mapping[str, Any] | None:
        assert (attribute, namespace, copy) == ("all", DEFAULT_NAMESPACE, entity_id is not None)
        return self._appdaemon.copy.get(entity_id) if entity_id else self._appdaemon.copy

    async def set_state(
        self,
        entity_id: str,
        *,
        state: str,
        attributes: Mapping[str, Any],
        namespace: str,
        replace: bool,
        check_existence: bool,
    ) -> None:
        assert replace
        assert not check_existence
        assert namespace == DEFAULT_NAMESPACE
        self._appdaemon.check_pulse()
        written = {"state": state, "attributes": dict(attributes)}
        self._appdaemon.home.made(entity_id, copy.deepcopy(written))  # nobody changes a state; it is replaced
        await asyncio.sleep(0)

    async def listen_event(
        self, callback: Callable[..., Awaitable[None]], event: str, *, namespace: str, **matching: Any
    ) -> None:
        self._appdaemon.listen(callback, event, matching, namespace)

    async def fire_event(self, event: str, *, namespace: str, **data: Any) -> None:
        assert namespace == DEFAULT_NAMESPACE
        self._appdaemon.check_pulse()
        self._appdaemon.home.fire(event, data)

    async def render_template(self, template: str) -> str | None:
        [entity_id] = re.findall(r"config_entry_id\('(.+)'\)", template)
        return self._appdaemon.home.entry_of.get(entity_id)

    def register_service(self, service: str, callback: Callable[..., Any], *, namespace: str) -> None:
        assert namespace == DEFAULT_NAMESPACE
        self._appdaemon.services[service] = callback

    async def register_endpoint(self, callback: Callable[..., Any], endpoint: str) -> str:
        self._appdaemon.endpoints[endpoint] = callback
        return endpoint

    def list_services(self, namespace: str = "global") -> list[dict[str, str]]:
        if namespace == MQTT_NAMESPACE:
            return [{"namespace": namespace, "domain": "mqtt", "service": "publish"}]
        named = (name.split("/") for name in [*self._appdaemon.services, *self._appdaemon.home.actions])
        return [{"namespace": DEFAULT_NAMESPACE, "domain": domain, "service": service} for domain, service in named]

    async def call_service(
        self,
        service: str,
        *,
        namespace: str,
        service_data: Mapping[str, Any],
        hass_timeout: float,
        suppress_log_messages: bool,
    ) -> Any:
        assert hass_timeout
        assert suppress_log_messages
        self._appdaemon.check_pulse()
        if callback := self._appdaemon.services.get(service):
            return await callback(namespace, *service.split("/"), dict(service_data))
        return self._appdaemon.home.call(service, service_data)


def app_kinds() -> Mapping[str, type[ChargingApp]]:
    """By class, and by the name an app usually has; in the order AppDaemon starts them."""
    kinds = (charging_monitor.ChargingMonitor, charging_control.ChargingControl, charging_scheduler.ChargingScheduler)
    return {**{kind.__module__: kind for kind in kinds}, **{kind.__name__: kind for kind in kinds}}


def _kind(name: str, arguments: Mapping[str, Any]) -> type[ChargingApp]:
    return app_kinds()[arguments.get("class", name)]


def _app_config(name: str, arguments: Mapping[str, Any]) -> AppConfig:
    kind = _kind(name, arguments)
    return AppConfig.model_validate({"name": name, "module": kind.__module__, "class": kind.__name__, **arguments})


def virtual_app(
    kind: type[ChargingApp], name: str, arguments: Mapping[str, Any], appdaemon: VirtualAppDaemon
) -> ChargingApp:
    """An app as AppDaemon would make it, but for AppDaemon."""
    made: Any = type(f"Virtual{kind.__name__}", (VirtualApi, kind), {})
    app = made.__new__(made)  # Hass.__init__ needs a whole AppDaemon
    app._appdaemon, app._own_name = appdaemon, name
    app.args = {"name": name, "module": kind.__module__, "class": kind.__name__, **copy.deepcopy(dict(arguments))}
    app.logger = logging.getLogger(f"virtual.{name}")
    return app  # type: ignore[no-any-return]


def check_pulse() -> None:
    """End here if the process that runs this has been killed."""
    if appdaemon := _running.get():
        appdaemon.check_pulse()


class Answers(Protocol):
    """A cloud at the other end of a line."""

    async def respond(self, request: Request) -> Response:
        """To one request."""
        ...


class Line:
    """The line between a process and the cloud; `before` and `after` are told of all that passes.

    Args:
        one_way_s: What a request takes there, and its answer back.
    """

    def __init__(self, cloud: Answers, *, one_way_s: float = 0.15) -> None:
        self._cloud = cloud
        self._one_way_s = one_way_s
        self.before: Callable[[Request], None] = lambda _request: None
        self.after: Callable[[Request, int], None] = lambda _request, _status: None

    async def send(self, request: Request) -> Response:
        """What the cloud answers, unless the process is killed meanwhile."""
        await asyncio.sleep(self._one_way_s)
        check_pulse()
        response = await self._pass(request)
        await asyncio.sleep(self._one_way_s)
        return response

    async def _pass(self, request: Request) -> Response:
        self.before(request)
        check_pulse()  # it may just have been killed
        response = await self._cloud.respond(request)
        self.after(request, response.status)
        return response


class VirtualHttp:
    """As much of httpx's client as the cloud's client uses; the real one takes longer than all the rest."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.is_closed = False

    async def aclose(self) -> None:
        self.is_closed = True

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any],
        headers: Mapping[str, str],
        json: object = None,
        data: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        query = {key: str(value) for key, value in params.items()}
        heard = {name.lower(): value for name, value in headers.items()}
        try:
            body = json if data is None else dict(data)
            response = await self._line.send(Request(method=method, path=path, query=query, headers=heard, json=body))
        except ConnectionCutError as err:
            raise httpx.RemoteProtocolError("server disconnected") from err
        return received(response)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherClouds:
    """What there is beside the first account of Monta."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    """To more accounts of Monta, by the base URL that apps.yaml says."""
    clouds: Mapping[str, ForgetfulCloud] = field(default_factory=dict)
    """By the name that apps.yaml says."""

    @property
    def openings(self) -> Mapping[str, Callable[..., Any]]:
        """By the name of the function whose place each takes."""
        return {
            "open_cloud": self.open,
            "words_of": self.words,
            "settings_of": self.settings,
            "entities_of": self.entities,
        }

    def open(self, settings: MonitorSettings, credentials_file: Path, **kwargs: Any) -> ChargerCloud:
        """As `open_cloud`, which it takes the place of."""
        if cloud := self.clouds.get(settings.cloud):
            return cloud
        return open_cloud(settings, credentials_file, **kwargs)

    def words(self, cloud: str) -> CloudWords:
        """As `words_of`."""
        return self.clouds[cloud].words if cloud in self.clouds else words_of(cloud)

    def settings(self, cloud: str) -> type[MonitorSettings]:
        """As `settings_of`."""
        return MonitorSettings if cloud in self.clouds else settings_of(cloud)

    def entities(self, cloud: str) -> CloudTables:
        """As `entities_of`."""
        return self.clouds[cloud].tables if cloud in self.clouds else entities_of(cloud)


@contextmanager
def wired(
    line: Line,
    disk: Disk,
    others: OtherClouds = OtherClouds(),  # frozen
    *,
    wall: Callable[[], datetime] = virtual_now,
) -> Iterator[None]:
    """Have everything that runs within go by the virtual clock, over this line, and remember on this disk."""
    loop = running_loop()
    loop.set_task_factory(_make_task)  # type: ignore[arg-type]  # it takes whatever asyncio gives
    with ExitStack() as stack:
        for module in (charging_app, charging_monitor, charging_control, charging_scheduler):
            if hasattr(module, "utc_now"):
                stack.enter_context(patch.object(module, "utc_now", wall))
        client = partial(MontaClient, now=wall)
        stack.enter_context(patch("smart_charging.clouds.monta.cloud.MontaClient", client))
        stack.enter_context(patch("httpx.AsyncClient", partial(_http, line, others.lines)))
        for name, of_others in others.openings.items():
            if hasattr(charging_monitor, name):  # the version before may have less of them
                stack.enter_context(patch.object(charging_monitor, name, of_others))
        stopwatch = SimpleNamespace(perf_counter=loop.time)
        stack.enter_context(patch("smart_charging.clouds.http.wire.time", stopwatch))
        stack.enter_context(patch("smart_charging.services.store.replace_file", disk.replace))
        yield


def _http(first: Line, others: Mapping[str, Line], *, base_url: httpx.URL, **_kwargs: Any) -> VirtualHttp:
    return VirtualHttp(others.get(str(base_url), first))


def _make_task(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **kwargs: Any) -> asyncio.Task[Any]:
    """A task belongs to the process that made it, and dies with it."""
    task = asyncio.Task(work, loop=loop, **kwargs)
    if appdaemon := _running.get():
        appdaemon.tasks.add(task)
        task.add_done_callback(appdaemon.tasks.discard)
    return task


class HostClock:
    """What the machine takes for the time, which may not be true."""

    def __init__(self, wall: Callable[[], datetime] = virtual_now) -> None:
        self.ahead = timedelta(0)
        self._wall = wall

    def __call__(self) -> datetime:
        return self._wall() + self.ahead


class VirtualHouse:
    """A home that runs our apps: what a process leaves behind, the next one finds."""

    def __init__(self, folder: Path, client_id: str, client_secret: str, broker: Broker | None = None) -> None:
        self.home = VirtualHomeAssistant()
        self.host = HostClock()
        self.disk = Disk(folder)
        self.broker = broker
        self.appdaemon: VirtualAppDaemon | None = None
        secrets = f"monta_client_id: {client_id}\nmonta_client_secret: {client_secret}\n"
        (folder / "secrets.yaml").write_text(secrets, encoding="utf-8")

    @property
    def is_running(self) -> bool:
        return self.appdaemon is not None and self.appdaemon.is_alive

    async def start(self, arguments: Arguments) -> None:
        """New objects, from what is on the disk."""
        self.appdaemon = VirtualAppDaemon(self.home, self.disk, self.broker)
        await self.appdaemon.start(arguments)

    async def stop(self) -> None:
        if self.appdaemon and self.appdaemon.is_alive:
            await self.appdaemon.stop()

    def kill(self) -> None:
        if self.appdaemon:
            self.appdaemon.kill()

    def state(self, entity_id: str) -> str | None:
        """As Home Assistant shows it."""
        entity = self.home.states.get(entity_id)
        return entity["state"] if entity else None


@asynccontextmanager
async def house_of(
    folder: Path,
    line: Line,
    monta: MontaStandIn | None = None,
    broker: Broker | None = None,
    others: OtherClouds = OtherClouds(),  # frozen
    *,
    wall: Callable[[], datetime] = virtual_now,
) -> AsyncIterator[VirtualHouse]:
    """A house in virtual time, empty in the end; a cloud that is no stand-in of ours lets in the usual credentials.

    Args:
        wall: What the apps read as the time, unless the house's `host` is ahead; timers go by the loop's all the same.
    """
    account = (monta.tokens.client_id, monta.tokens.client_secret) if monta else USUAL_CREDENTIALS
    house = VirtualHouse(folder, *account, broker)
    house.host = HostClock(wall)
    with wired(line, house.disk, others, wall=house.host):
        try:
            yield house
        finally:
            await house.stop()
