"""Arguments of the app `charging_scheduler`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from smart_charging.config.arguments import AppNames, EntityId, IdOrName, Seconds, Settings, WallTime, one_or_more
from smart_charging.config.cloud_login import CloudLogin
from smart_charging.config.followed import EntityRef, OrEntity, PerKey, VehicleRef
from smart_charging.config.notify import NotifyList
from smart_charging.config.peak import PeakFees
from smart_charging.config.prices import PriceSettings
from smart_charging.config.usual import Usual
from smart_charging.config.weekday import Weekday
from smart_charging.mode import Mode, TakeOver


class HomeSetup(StrEnum):
    """Whether settings and a dashboard are made in Home Assistant."""

    TRUE = "true"
    FALSE = "false"
    """Nothing is made, and what was made before is left alone and not followed."""
    REMOVE = "remove"
    """What was made before is taken away, but for a dashboard that a person has edited."""


def _home_setup(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _mode(value: object) -> object:
    return Mode.OFF if value is False else value  # YAML reads an unquoted off as false


def _no_meter(value: object) -> object:
    return None if value is False or value in {"off", "none"} else value


def _moment(value: object) -> object:
    if isinstance(value, datetime):  # YAML reads an unquoted date and time as a datetime
        return value
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError("moment", 'expected a date and time, such as "2026-12-24 09:30"') from None


ModeWord = Annotated[Mode, BeforeValidator(_mode)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""Naive means local time."""
EnergyKwh = Annotated[float, Field(ge=0, le=500)]
PowerKw = Annotated[float, Field(gt=0, le=4000)]  # the megawatt chargers of lorries end at 3,750
Percent = Annotated[float, Field(ge=0, le=100)]
Hours = Annotated[float, Field(ge=0, le=100)]
Price = Annotated[float, Field(ge=-100, le=1000)]
Money = Annotated[float, Field(ge=0, le=1000)]
Margin = Annotated[Seconds, Field(ge=timedelta(0), le=timedelta(hours=6))]
Block = Annotated[Seconds, Field(ge=timedelta(0), le=timedelta(hours=24))]
Share = Annotated[float, Field(gt=0, le=1)]
Days = Annotated[int, Field(ge=0, le=7)]
KeepShare = Annotated[float, Field(ge=0, le=1)]
Priority = Annotated[int, Field(ge=0, le=10)]
NEEDS = frozenset({"energy_kwh", "hours", "soc_percent"})
"""The arguments that say how much a car needs; one of them counts."""

_NEED_OF_PART = {"minimum_ready_soc_percent": "soc_percent", "may_owe_kwh": "energy_kwh"}
"""What makes a need flexible, and the need it belongs to."""


class CarArguments(Settings):
    """What one car needs and by when; most settings take a value or the id of an entity with the value."""

    mode: Annotated[Mode | EntityRef, OrEntity(ModeWord)] = Mode.SMART
    take_over: Annotated[TakeOver | EntityRef, OrEntity(TakeOver)] = TakeOver.PLUG_IN

    energy_kwh: Annotated[float | EntityRef | None, OrEntity(EnergyKwh)] = None
    """Energy needed each time the cable is plugged in, as the charger's meter counts it."""
    hours: Annotated[float | EntityRef | None, OrEntity(Hours)] = None
    """The same as a time at full power."""
    soc_percent: Annotated[float | EntityRef | None, OrEntity(Percent)] = None
    """The car's state of charge."""
    target_soc_percent: Annotated[float | EntityRef, OrEntity(Percent)] = 80.0
    battery_kwh: Annotated[float | EntityRef | None, OrEntity(PowerKw)] = None
    """Usable capacity."""
    efficiency: Annotated[float | EntityRef, OrEntity(Annotated[float, Field(gt=0.3, le=1)])] = 0.9
    """Share of the metered energy that reaches the battery."""

    minimum_kwh: Annotated[float | EntityRef, OrEntity(EnergyKwh)] = 0.0
    """This much of the energy needed is charged at once, at any price."""
    minimum_soc_percent: Annotated[float | EntityRef, OrEntity(Percent)] = 0.0
    """The same as a state of charge."""
    minimum_ready_soc_percent: Annotated[float | EntityRef | None, OrEntity(Percent)] = None
    """With this a car has at least so much by departure, and its target on the cheapest of the nights to come."""
    may_owe_kwh: Annotated[float | EntityRef | None, OrEntity(EnergyKwh)] = None
    """So much of `energy_kwh` may be left to cheaper nights to come."""
    days_ahead: Annotated[int | EntityRef, OrEntity(Days)] = 5
    """How far those nights may be away; 0 leaves nothing to them."""
    power_kw: Annotated[float | EntityRef | None, OrEntity(PowerKw)] = None
    """First estimate of the charging power, until the real power is learned. None is the charger's rating."""
    load_kw: Annotated[float | EntityRef | None, OrEntity(PowerKw)] = None
    """What the charger takes from the shared fuse; None is the charging power."""

    ready_by: Annotated[time | EntityRef | Mapping[Weekday, time | EntityRef] | None, PerKey(WallTime, Weekday)] = None
    """Departure in local time, for every day or by weekday; the next one after plugging in counts."""
    ready_by_once: Annotated[datetime | EntityRef | None, OrEntity(Moment)] = None
    """Replaces `ready_by` until this moment has passed."""
    goes_on: Annotated[bool | EntityRef, OrEntity(bool)] = True
    """Whether a car that was short of time charges on after its departure."""
    margin: Annotated[timedelta | EntityRef | None, OrEntity(Margin)] = Field(None, alias="margin_s")
    """How long before departure the plan ends; None is as long as the charger is seen to need."""

    price_limit: Annotated[float | EntityRef | None, OrEntity(Price, is_none_at_lowest=True)] = None
    """Above this price only the minimum is charged."""
    cheapest_share: Annotated[float | EntityRef | None, OrEntity(Share)] = None
    """Charge only in this share of each local day, its cheapest hours; the minimum is charged in any case."""
    start_cost: Annotated[float | EntityRef | None, OrEntity(Money)] = None
    """How much every additional start has to save; None is a little, by the currency."""
    keep_share: Annotated[float | EntityRef, OrEntity(KeepShare)] = 0.002
    """The share of what the energy costs that a new plan has to save to replace one that still works."""
    one_block: Annotated[bool | EntityRef, OrEntity(bool)] = False
    """Charge without a break."""
    min_block: Annotated[timedelta | EntityRef, OrEntity(Block)] = Field(timedelta(0), alias="min_block_s")
    """Shortest charging without a break, unless the car would not be ready otherwise."""
    prefers_late: Annotated[bool | EntityRef, OrEntity(bool)] = False
    """Of equally cheap times, take the latest."""
    may_set_mode: bool = False
    """Whether a charger is taken out of a mode of its cloud in which it does not follow plans."""
    priority: Annotated[int | EntityRef, OrEntity(Priority)] = 0
    """When the shared fuse is too small for all, chargers with a lower number get less."""
    usual: Usual | None = None
    """When the car usually comes; None is as its sessions tell."""


class ChargerDefaults(CarArguments):
    """What holds for every charger that does not say otherwise, and for those nobody has named."""

    @model_validator(mode="after")
    def _one_need(self) -> Self:
        if len(NEEDS & self.model_fields_set) > 1:
            raise PydanticCustomError("one_need", "expected only one of energy_kwh, hours and soc_percent")
        return self


class ChargerSchedule(CarArguments):
    """The arguments of one charger."""

    charge_point_id: IdOrName
    monitor: str | None = None
    """Which monitor's charger; needed only where two monitors have one of this id."""
    vehicle: IdOrName | None = None
    """The car as the cloud of `vehicle_cloud` knows it; tells `soc_percent` and `battery_kwh` that are not written."""
    ready_by: Annotated[time | EntityRef | Mapping[Weekday, time | EntityRef], PerKey(WallTime, Weekday)]

    @model_validator(mode="before")
    @classmethod
    def _ask_vehicle(cls, written: Any) -> Any:
        if not isinstance(written, Mapping) or not (vehicle := written.get("vehicle")):
            return written
        is_need_written = any(written.get(name) is not None for name in NEEDS)
        facts = ("battery_kwh",) if is_need_written else ("battery_kwh", "soc_percent")
        return {**{fact: _fact_of(str(vehicle), fact) for fact in facts}, **written}

    @model_validator(mode="after")
    def _one_need(self) -> Self:
        if len([name for name in NEEDS if getattr(self, name) is not None]) != 1:
            raise PydanticCustomError("one_need", "expected exactly one of energy_kwh, hours and soc_percent")
        if self.soc_percent is not None and self.battery_kwh is None:
            raise PydanticCustomError("battery", "expected battery_kwh beside soc_percent")
        return self

    @model_validator(mode="after")
    def _whole_flexible_need(self) -> Self:
        for part, need in _NEED_OF_PART.items():
            if getattr(self, part) is not None and getattr(self, need) is None:
                raise PydanticCustomError("flexible", "expected {need} beside {part}", {"need": need, "part": part})
        least, target = self.minimum_ready_soc_percent, self.target_soc_percent
        if isinstance(least, float) and isinstance(target, float) and least >= target:
            raise PydanticCustomError(
                "flexible",
                "minimum_ready_soc_percent is {least} and target_soc_percent {target}, which leaves nothing to cheaper "
                "nights; write a lower one, or leave it out",
                {"least": f"{least:g}", "target": f"{target:g}"},
            )
        return self

    def references(self) -> Mapping[str, tuple[EntityRef, OrEntity]]:
        """The entities to follow, by setting; the times of weekdays by the weekday."""
        found: dict[str, tuple[EntityRef, OrEntity]] = {}
        for name, field in type(self).model_fields.items():
            reader = next((meta for meta in field.metadata if isinstance(meta, OrEntity)), None)
            value = getattr(self, name)
            some = value if isinstance(value, Mapping) else {name: value}
            found |= {key: (one, reader) for key, one in some.items() if reader and isinstance(one, EntityRef)}
        return found


def _fact_of(vehicle: str, fact: str) -> VehicleRef:
    return VehicleRef(entity_id=f"the {fact} of vehicle {vehicle}", vehicle=vehicle, fact=fact)


SAID_DEFAULTS = ChargerDefaults.model_validate({"energy_kwh": 20.0, "ready_by": time(7)})
"""For chargers that nobody has named, where `charger_defaults` leaves need or departure open; people are told."""


def _completed(written: Mapping[str, Any], defaults: ChargerDefaults) -> dict[str, Any]:
    """A charger's arguments, and the defaults for what it does not write; of a need it is all or nothing."""
    fields = ChargerSchedule.model_fields.items()
    given = {name for name, field in fields if not written.keys().isdisjoint({name, field.alias})}
    given |= NEEDS if given & (NEEDS | {"vehicle"}) else set()
    if own := NEEDS & written.keys() or ({"soc_percent"} if "vehicle" in written else set()):
        given |= {part for part, need in _NEED_OF_PART.items() if need not in own}
    return {**{name: getattr(defaults, name) for name in defaults.model_fields_set - given}, **written}


def _each_once(chargers: Sequence[ChargerSchedule]) -> Sequence[ChargerSchedule]:
    ids = [(charger.charge_point_id, charger.monitor) for charger in chargers]
    if twice := next((charger_id for charger_id, monitor in ids if ids.count((charger_id, monitor)) > 1), None):
        raise PydanticCustomError("alternatives", "charge point {id} is there twice; write it once", {"id": twice})
    return chargers


FUSE = OrEntity(PowerKw)


class SchedulerSettings(PriceSettings):
    """Arguments of the app `charging_scheduler`."""

    monitor: AppNames = Field(["charging_monitor"])
    """The monitor app, or several; their chargers are planned together."""
    control: str = "charging_control"
    charger_defaults: ChargerDefaults = ChargerDefaults.model_validate({})
    chargers: Annotated[list[ChargerSchedule], AfterValidator(_each_once)] = Field(default_factory=list, min_length=1)
    """Those to schedule; where none are written, the private ones of a small account are found."""
    all_chargers: bool = False
    """Whether the account's other private chargers are scheduled, too, with the defaults."""
    vehicle_cloud: CloudLogin | None = None
    """Who knows the cars that chargers name as `vehicle`."""
    fuse_kw: Annotated[float | EntityRef | None, FUSE] = None
    """The most that all chargers together may take at any moment."""
    may_stop_others: bool = False
    """Whether charges not started by us may be stopped when the fuse would be exceeded."""
    peak: PeakFees = Field(default_factory=list)
    """What the grid company bills for the highest loads of a month."""
    house_meter: Annotated[EntityId | None, BeforeValidator(_no_meter)] = None
    """A sensor of the power that comes in from the grid, with the cars in it; `none` where none is to be found."""
    house_kw: PowerKw = 1.5
    """What the house takes in the mean of a day, where there is no meter or nothing is learned from it yet."""
    events: Annotated[list[EntityId], BeforeValidator(one_or_more)] = Field(default_factory=list)
    """Calendars, and entities that are on or off: while an event runs, nothing is charged but the minimum."""
    notify: NotifyList = Field(default_factory=list)
    """Which notifications go to whom."""
    settings_in_home_assistant: Annotated[HomeSetup | None, BeforeValidator(_home_setup)] = None
    """None: made where no chargers are listed, since who lists them has written what they need."""

    @property
    def home_setup(self) -> HomeSetup:
        """The argument, or what it is where it is not written."""
        return self.settings_in_home_assistant or (HomeSetup.FALSE if self.chargers else HomeSetup.TRUE)

    @field_validator("chargers", mode="before")
    @classmethod
    def _with_defaults(cls, chargers: object, info: ValidationInfo) -> object:
        if (defaults := info.data.get("charger_defaults")) is None:
            raise PydanticCustomError("alternatives", "they are looked at once charger_defaults is mended")
        if not isinstance(chargers, list):
            return chargers
        return [_completed(one, defaults) if isinstance(one, Mapping) else one for one in chargers]

    @model_validator(mode="after")
    def _others_are_complete(self) -> Self:
        if self.finds_chargers and self.charger_defaults.soc_percent is not None:
            raise PydanticCustomError(
                "alternatives", "a car's soc_percent belongs under chargers, beside its charge_point_id"
            )
        if not self.chargers and not self.all_chargers and "all_chargers" in self.model_fields_set:
            raise PydanticCustomError(
                "alternatives", "all_chargers is false, and chargers is not written; write the chargers to schedule"
            )
        return self

    @model_validator(mode="after")
    def _known_vehicles(self) -> Self:
        if self.vehicle_cloud is None and any(charger.vehicle for charger in self.chargers):
            raise PydanticCustomError("alternatives", "a charger names a vehicle; write vehicle_cloud, too")
        return self

    @model_validator(mode="after")
    def _known_monitors(self) -> Self:
        for charger in self.chargers:
            if charger.monitor not in {None, *self.monitor}:
                raise PydanticCustomError(
                    "monitor",
                    "charge point {id} is of {name}, which is not under monitor; write it there, too",
                    {"id": charger.charge_point_id, "name": charger.monitor},
                )
        return self

    @property
    def finds_meter(self) -> bool:
        """Whether the house's meter is looked for, as it is needed and nothing is written about it."""
        return bool(self.peak) and "house_meter" not in self.model_fields_set

    @property
    def finds_chargers(self) -> bool:
        """Whether chargers that are not named are scheduled, too."""
        return self.all_chargers or not self.chargers

    @property
    def cars(self) -> Sequence[ChargerSchedule]:
        """The arguments of all named chargers, and once those of any other."""
        return [*self.chargers, *([self.unnamed("any", self.monitor[0])] if self.finds_chargers else [])]

    def unnamed(self, charger_id: str, monitor: str) -> ChargerSchedule:
        """The arguments of a charger that is not named."""
        written = _completed({"charge_point_id": charger_id, "monitor": monitor}, self.charger_defaults)
        return ChargerSchedule.model_validate(_completed(written, SAID_DEFAULTS))
