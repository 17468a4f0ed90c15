"""A cloud that can do what Monta cannot: it sets currents, measures phases, has settings, actions and modes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from smart_charging.charger import Charger, Phase
from smart_charging.clouds.link import Link
from smart_charging.clouds.words import CloudWords
from smart_charging.entities.cloud_tables import CloudTables
from smart_charging.entities.publish import EntityDescription
from smart_charging.errors import CommandError, RefusedError
from worlds.forgetful_cloud import ForgetfulCloud

WORDS = CloudWords(
    name="Ampere",
    manufacturer="Ampere Works",
    prefix="ampere",
    login_hint="compare the password with Ampere's page",
    scope_hint="ask Ampere for {scope}",
)
VOLTS = 230.0
DIMS = ("off", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmpereCharger(Charger):
    """A charger with a light."""

    dim: str = "off"


def _dim(charger: Charger) -> str | None:
    return charger.dim if isinstance(charger, AmpereCharger) else None


TABLES = CloudTables(
    charger=(
        EntityDescription(
            domain="select", key="dim", name="light", value=lambda view: _dim(view.charger), options=DIMS
        ),
        EntityDescription(domain="button", key="reboot", name="reboot", category="config"),
    ),
    station=(
        EntityDescription(
            domain="select", key="station_dim", name="light", value=lambda view: _dim(view.chargers[0]), options=DIMS
        ),
    ),
    account=(
        EntityDescription(domain="button", key="greet", name="greet"),
        EntityDescription(
            domain="sensor",
            key="ampere_latency",
            name="latency",
            value=lambda view: str(view.link and view.link.latency),
        ),
    ),
)


class AbleCloud(ForgetfulCloud):
    """A `ChargerCloud` with many abilities; its chargers take three phases."""

    words = WORDS
    tables = TABLES
    sets_current_at_once = True

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now)
        self.limits_a: dict[str, float] = {}
        self.set_currents: list[tuple[str, float]] = []
        self.dims: dict[str, str] = {}
        self.done: list[tuple[str, str | None, Mapping[str, object]]] = []
        self.modes: dict[str, str] = {}
        self.phases = 3
        self.read_only: set[str] = set()
        self.starts_by_itself = self.is_power_estimated = False
        self.reads = 0
        self.rest = timedelta(seconds=60)
        self.delivered: list[tuple[str, bytes]] = []
        self._changed: Callable[[], None] = lambda: None

    @property
    def link(self) -> Link:
        return Link(latency=timedelta(seconds=0.2))

    def pace(self, rest: timedelta) -> timedelta:
        return max(rest, self.rest)

    async def chargers(self) -> Sequence[Charger]:
        self.reads += 1
        return [self._able(charger) for charger in await super().chargers()]

    async def charger(self, charger_id: str) -> Charger:
        return self._able(await super().charger(charger_id))

    async def start(self, charger_id: str) -> None:
        if charger_id in self.modes:
            raise RefusedError("it charges by the sun now")
        self._apply(charger_id)
        await super().start(charger_id)

    async def set_current(self, charger_id: str, current_a: float) -> None:
        self._answer()
        self.set_currents.append((charger_id, current_a))
        self.set_by_hand(charger_id, current_a)

    def set_by_hand(self, charger_id: str, current_a: float) -> None:
        """In the cloud's own app."""
        self.limits_a[charger_id] = current_a
        if self.sets_current_at_once:
            self._apply(charger_id)

    def _apply(self, charger_id: str) -> None:
        current_a = self.limits_a.get(charger_id, 16.0)
        self.outlets[charger_id].change_power(self.phases * VOLTS * current_a / 1000, self._now())

    async def free(self, charger_id: str) -> None:
        self._answer()
        self.modes.pop(charger_id, None)

    async def change(self, charger_id: str, key: str, value: str) -> None:
        if key not in {"dim", "station_dim"} or value not in DIMS:
            raise CommandError(f"{key} cannot be {value}; write one of {', '.join(DIMS)}")
        self.dims[charger_id] = value

    @property
    def actions(self) -> Mapping[str, str]:
        return {"reboot": "starts the charger anew", "greet": "says hello"}

    async def act(self, action: str, charger_id: str | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
        if action == "reboot" and charger_id is None:
            raise CommandError("charge_point_id is missing")
        self.done.append((action, charger_id, dict(arguments)))
        return {"status": "Accepted"}

    @property
    def awaits_deliveries(self) -> bool:
        return True

    def follow(self, changed: Callable[[], None]) -> None:
        self._changed = changed

    async def receive(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        if headers.get("x-secret") != "sesame":
            return 401
        self.delivered.append((path, body))
        self._changed()
        return 200

    def _able(self, charger: Charger) -> Charger:
        station_id, _, number = charger.id.rpartition(":")
        flows_a = (charger.power_kw or 0.0) * 1000 / VOLTS / self.phases
        return AmpereCharger(
            id=charger.id,
            name=charger.name,
            state=charger.state,
            cloud_state=None,
            is_plugged_in=charger.is_plugged_in,
            visibility="private",
            type="ac",
            max_power_kw=charger.max_power_kw,
            power_kw=charger.power_kw,
            is_power_estimated=self.is_power_estimated,
            charges=charger.charges,
            phases=[Phase(name=f"L{n + 1}", voltage_v=VOLTS, current_a=flows_a) for n in range(self.phases)],
            lifetime_kwh=1000 + self.kwh(charger.id),
            current_limit_a=self.limits_a.get(charger.id, 16.0),
            min_current_a=6.0,
            max_current_a=16.0,
            station_id=station_id or None,
            station_name=f"Post {station_id}" if station_id else None,
            firmware="3.1",
            is_for_cars=number != "9",
            may_be_commanded=charger.id not in self.read_only,
            starts_by_itself=self.starts_by_itself,
            held_by=self.modes.get(charger.id),
            dim=self.dims.get(charger.id, "off"),
        )
