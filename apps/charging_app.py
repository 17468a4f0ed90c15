"""AppDaemon's API as typed coroutines, for apps that keep running while Home Assistant restarts.

AppDaemon stops every app in a plugin's namespace whenever what the plugin is connected
to restarts. So these apps have a namespace of their own and use Home Assistant's from
there. Without Home Assistant (the demo, tests) AppDaemon's own state store is used
under the same namespace name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from appdaemon.exceptions import AppDaemonException
from appdaemon.models.config.app import AppConfig
from appdaemon.plugins.hass import Hass

from smart_charging.config.arguments import Settings, parse
from smart_charging.errors import ActionError, ConfigError
from smart_charging.services.home_assistant import EntityState, facts_of, response_of, result_of
from smart_charging.services.store import MEMORY_FOLDER, FolderStore

ACTION_TIMEOUT_S = 10
"""Short, because the scheduler does nothing else while it waits for an answer."""
CONFIG_FLOW = "/api/config/config_entries/flow"
OWN_NAMESPACE = "smart_charging"
DEFAULT_NAMESPACE = "default"

S = TypeVar("S", bound=Settings)
A = TypeVar("A", bound="ChargingApp")
RequestHandler = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Takes path, headers and body."""
EventHandler = Callable[[Mapping[str, Any]], Awaitable[None]]

_APPDAEMONS_OWN_ARGUMENTS = {field.alias or name for name, field in AppConfig.model_fields.items()}


async def awaited(result: Any) -> Any:
    """Await a result of AppDaemon: its methods are annotated as plain values, but return tasks in its loop."""
    return await result if isinstance(result, Awaitable) else result


class ChargingApp(Hass):
    """The base of the three apps."""

    async def join(self) -> None:
        """Switch to our own namespace and find Home Assistant's."""
        if not await self._async(self.namespace_exists(OWN_NAMESPACE)):
            await self._async(self.add_namespace(OWN_NAMESPACE, persist=False))
        self.set_namespace(OWN_NAMESPACE)
        plugins = self.AD.plugins.config
        name = next((name for name, plugin in plugins.items() if plugin.type == "hass"), None)
        self._ha_namespace = plugins[name].namespace if name else DEFAULT_NAMESPACE
        self.has_home_assistant = name is not None  # whether AppDaemon has a plugin for it
        self._background: list[asyncio.Task[None]] = []
        self._late: dict[str, Mapping[str, Any]] = {}
        self._store = FolderStore(self.folder / MEMORY_FOLDER, self.logger)
        self._have_every_edit_noticed()
        self._ha: Hass = await self._async(self.get_plugin_api(name)) if name else self
        self.home = facts_of(await self._async(self.get_plugin_config(namespace=self._ha_namespace)) if name else None)
        # AppDaemon passes on httpx's log at INFO, which contains every URL
        logging.getLogger("httpx").setLevel(logging.WARNING)

    def _have_every_edit_noticed(self) -> None:
        """Have AppDaemon start the app anew at any edit of its file.

        AppDaemon 4.5 compares the arguments it reads with those it remembers by the keys of the new ones only: what was
        removed goes unnoticed, and a new mapping ends in a KeyError, as does every later edit. Where it remembers
        another priority, which is compared first, it gets no further than that.
        """
        with contextlib.suppress(AttributeError):  # a later AppDaemon may keep it elsewhere, and compare better
            remembered = self.AD.app_management.app_config.root.get(self.name)
            if isinstance(remembered, AppConfig):
                remembered.priority += 1e-6

    def settings(self, model: type[S]) -> S | None:
        """The app's arguments; None if they have mistakes, each of which is logged."""
        written = {key: value for key, value in self.args.items() if key not in _APPDAEMONS_OWN_ARGUMENTS}
        try:
            return parse(model, written)
        except ConfigError as err:
            for line in str(err).splitlines():
                self.idle(line)
            return None

    def idle(self, reason: str, until: str = "this is mended in apps.yaml") -> None:
        """Log why this app does nothing, and until when; AppDaemon restarts an app when its arguments change."""
        self.log("%s: %s (the app stays idle until %s)", self.name, reason, until, level="ERROR")

    async def partners(self, names: Sequence[str], kind: type[A]) -> list[A] | None:
        """Other apps of this suite; None, with a log line, if one of them does not exist."""
        found = [await self.partner(name, kind) for name in names]
        there = [app for app in found if app]
        return there if len(there) == len(names) else None

    async def partner(self, name: str, kind: type[A]) -> A | None:
        """Another app of this suite; None, with a log line, if it does not exist."""
        app = await self._async(self.get_app(name))
        if any(base.__name__ == kind.__name__ for base in type(app).__mro__):  # a hot reload creates the class again
            return cast("A", app)
        self.idle(f"there is no app {name} of class {kind.__name__}; name it in apps.yaml and in our dependencies")
        return None

    @property
    def namesakes(self) -> Mapping[str, Mapping[str, Any]]:
        """The arguments of all enabled apps of the same class, including this one, in the order of apps.yaml."""
        written = self.AD.app_management.app_config.root
        apps = {name: app for name, app in written.items() if isinstance(app, AppConfig) and not app.disable}
        return {name: app.args for name, app in apps.items() if app.class_name == self.args["class"]}

    @property
    def folder(self) -> Path:
        """The folder of appdaemon.yaml."""
        return Path(self.config_dir)

    @property
    def zone(self) -> ZoneInfo:
        """Home Assistant's time zone, or AppDaemon's where that cannot be read."""
        return self.home.zone or self.own_zone

    @property
    def own_zone(self) -> ZoneInfo:
        """AppDaemon's time zone as a `ZoneInfo`; the add-on may have another one than Home Assistant."""
        return ZoneInfo(str(self.get_timezone()))

    @property
    def zone_problem(self) -> str | None:
        """A sentence if Home Assistant's time zone cannot be read, else None."""
        if self.home.zone or not self.has_home_assistant:
            return None
        return f"Home Assistant's time zone cannot be read; AppDaemon's counts, which is {self.own_zone}"

    async def write_state(self, entity_id: str, state: str, attributes: dict[str, Any]) -> None:
        """Create or replace an entity in Home Assistant."""
        await self._async(
            self._ha.set_state(
                entity_id,
                state=state,
                attributes=attributes,
                namespace=self._ha_namespace,
                replace=True,  # else attributes that AppDaemon adds show up in Home Assistant
                check_existence=False,
            )
        )

    async def entity(self, entity_id: str) -> EntityState | None:
        """An entity of Home Assistant; None when there is no such entity.

        AppDaemon's own copy lacks entities created after its start. For those that `on_change`
        follows, the last change is used.
        """
        entity = await self._async(self._ha.get_state(entity_id, attribute="all", namespace=self._ha_namespace))
        entity = entity or self._late.get(entity_id)
        return _entity_of(entity) if entity else None

    async def on_event(self, event: str, handler: EventHandler, **matching: Any) -> None:
        """Call `handler(data)` for every such event of Home Assistant."""

        async def handle(_event: str, data: Mapping[str, Any], **_kwargs: Any) -> None:
            await handler(data)

        listen: Callable[..., Any] = self._ha.listen_event  # its overloads have no **matching
        await self._async(listen(handle, event, namespace=self._ha_namespace, **matching))

    async def on_change(self, entity_id: str, handler: Callable[[], None]) -> None:
        """Call `handler()` whenever an entity appears or changes, in state or attributes.

        Uses the event, because AppDaemon's `listen_state` does not report an entity's first state.
        """

        async def handle(data: Mapping[str, Any]) -> None:
            if data["new_state"]:
                self._late[entity_id] = data["new_state"]
            handler()

        await self.on_event("state_changed", handle, entity_id=entity_id)

    async def fire(self, event: str, **data: Any) -> None:
        """Fire an event in Home Assistant."""
        await self._async(self._ha.fire_event(event, namespace=self._ha_namespace, **data))

    async def call_action(self, action: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an action of Home Assistant; returns its response, empty when it has none.

        Raises:
            ActionError: The action failed or does not exist, or Home Assistant is away; the message says which.
        """
        call: Callable[..., Any] = self._ha.call_service
        try:
            answer = await self._async(
                call(
                    action.replace(".", "/", 1),
                    namespace=self._ha_namespace,
                    service_data=dict(data),  # as keywords, some keys would clash with AppDaemon's own
                    hass_timeout=ACTION_TIMEOUT_S,
                    suppress_log_messages=True,
                )
            )
        except AppDaemonException as err:  # right after a start AppDaemon does not know the actions yet
            raise ActionError(
                f"Home Assistant has no action {action}; check the name, and that its integration is set up"
            ) from err
        return response_of(action, answer)

    async def all_entities(self) -> Mapping[str, EntityState]:
        """Every entity as Home Assistant has it now; empty while it is away."""
        link: Any = self._link()
        if link is None:
            there = await self._async(self._ha.get_state(namespace=self._ha_namespace))
        else:
            there = await link.get_complete_state()
        heard_of = await self._async(self._ha.get_state(namespace=self._ha_namespace, copy=False)) or {}
        self._late |= {key: one for key, one in (there or {}).items() if key not in heard_of}
        return {key: _entity_of(one) for key, one in (there or {}).items()}

    async def action_names(self) -> Collection[str]:
        """The actions of Home Assistant that AppDaemon knows."""
        listed = self._ha.list_services(namespace=self._ha_namespace)
        return [f"{one['domain']}.{one['service']}" for one in listed if one["namespace"] == self._ha_namespace]

    async def entries_of(self, integration: str) -> Sequence[str]:
        """The ids of an integration's loaded config entries."""
        link: Any = self._link()
        answer = await link.websocket_send_json(type="config_entries/get", domain=integration) if link else None
        found = answer.get("result") if isinstance(answer, Mapping) and answer.get("success") else None
        return [entry["entry_id"] for entry in found or () if entry.get("state") == "loaded"]

    async def arguments_of(self, action: str) -> Collection[str]:
        """The names of an action's fields as Home Assistant describes them; empty until AppDaemon knows them."""
        domain, _, service = action.partition(".")
        described = getattr(self._link(), "services", {}).get(domain, {}).get(service, {})
        return list(_names_in(described.get("fields") or {}))

    async def command(self, kind: str, **data: object) -> Any:
        """Send one command of the websocket API, never one that subscribes; returns its result.

        Raises:
            ActionError: The command failed, or Home Assistant is away; the message says which.
        """
        link: Any = self._link()
        try:
            answer = await link.websocket_send_json(ACTION_TIMEOUT_S, silent=True, type=kind, **data) if link else None
        except OSError as err:  # the connection broke meanwhile
            raise ActionError(f"{kind} could not be called: {type(err).__name__}") from err
        return result_of(kind, answer)

    async def create_config_entry(self, integration: str, *answers: Mapping[str, object]) -> str:
        """Go through an integration's set-up dialogue, with an answer for each step; returns the entry's id.

        Raises:
            ActionError: A step is not as expected, or Home Assistant is away.
        """
        step = await self._rest("post", CONFIG_FLOW, handler=integration)
        for answer in answers:
            step = await self._rest("post", f"{CONFIG_FLOW}/{step.get('flow_id')}", **answer)
        entry = step.get("result")
        if step.get("type") != "create_entry" or not isinstance(entry, Mapping):
            raise ActionError(f"the set-up of {integration} ends with {step.get('errors') or step.get('type')}")
        return str(entry["entry_id"])

    async def remove_config_entry(self, entry_id: str) -> None:
        """Remove what such a dialogue made.

        Raises:
            ActionError: There is no such entry, or Home Assistant is away.
        """
        await self._rest("delete", f"/api/config/config_entries/entry/{entry_id}")

    async def _rest(self, method: str, path: str, **data: object) -> Mapping[str, Any]:
        """Send a request of the REST API; None, False and 0 in what is sent would get lost in AppDaemon."""
        link: Any = self._link()
        try:
            answer = await link.http_method(method, path, **data) if link else None
        except OSError as err:
            raise ActionError(f"{method.upper()} {path} failed: {type(err).__name__}") from err
        if not isinstance(answer, Mapping):
            raise ActionError(f"{method.upper()} {path} failed: {getattr(answer, 'message', 'Home Assistant is away')}")
        return answer

    async def config_entry_of(self, entity_id: str) -> str | None:
        """The id of an entity's config entry; None when it has none.

        Raises:
            ActionError: Home Assistant is away.
        """
        try:
            entry = await self._async(self._ha.render_template(f"{{{{ config_entry_id('{entity_id}') }}}}"))
        except ValueError as err:
            raise ActionError("Home Assistant is away") from err
        return entry if isinstance(entry, str) else None

    async def on_home_assistant_back(self, handler: Callable[[], Awaitable[None]]) -> None:
        """Call `handler()` when Home Assistant has restarted and lost our entities."""

        async def handle(_data: Mapping[str, Any]) -> None:
            await handler()

        await self.on_event("plugin_started", handle)

    async def on_request(self, endpoint: str, handler: RequestHandler) -> None:
        """Answer requests to `/api/appdaemon/<endpoint>?path=<path>` with the status that `handler` returns."""

        async def handle(_parsed: object, request: Any, **_kwargs: Any) -> tuple[dict[str, str], int]:
            return {}, await handler(request.query.get("path", ""), request.headers, await request.read())

        register: Callable[..., Any] = self.register_endpoint
        if await self._async(register(handle, endpoint)) is None:
            self.log("AppDaemon's http: is not set up, so nothing can be delivered", level="WARNING")

    async def recall(self, key: str) -> Mapping[str, Any]:
        """What was last remembered under the key, also before a restart; empty when nothing was."""
        return await self._store.recall(key)

    async def remember(self, key: str, facts: Mapping[str, Any]) -> None:
        """Store the data under the key, replacing earlier data."""
        await self._store.remember(key, facts)

    def reject(self, key: str, why: str) -> None:
        """Log that what is stored under the key cannot be used, or not all of it."""
        self._store.reject(key, why)

    async def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine until it or the app ends."""
        self._background.append(await self._async(self.create_task(work)))

    async def terminate(self) -> None:
        """Cancel what runs in the background; AppDaemon would let it run while it closes its stores.

        Repeatedly, because AppDaemon's calls to Home Assistant swallow a cancellation.
        """
        while running := [task for task in self._background if not task.done()]:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=0.1)
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._store.close()

    def _link(self) -> object | None:
        """AppDaemon's plugin for Home Assistant; None without one."""
        return self.AD.plugins.get_plugin_object(self._ha_namespace) if self.has_home_assistant else None

    _async = staticmethod(awaited)


def _entity_of(state: Mapping[str, Any]) -> EntityState:
    return EntityState(state=str(state["state"]), attributes=state.get("attributes") or {})


def _names_in(fields: Mapping[str, Any]) -> Iterator[str]:
    """The names of all fields, including those in sections."""
    for name, field in fields.items():
        inner = field.get("fields") if isinstance(field, Mapping) else None
        yield from _names_in(inner) if inner else (name,)
