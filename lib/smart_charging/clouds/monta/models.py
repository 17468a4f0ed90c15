"""Models of Monta's answers, validated when they arrive.

Fields we do not use are not modelled: a serial number, an address or a note that
is never read cannot leak. Private fields that we need are left out of every `repr`.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import AliasChoices, Field, field_validator, model_validator

from smart_charging.clouds.http.model import CloudEnum, CloudModel, Row, Stamp, Token
from smart_charging.clouds.monta.vocabulary import CHARGE_WORDS, POINT_WORDS, in_montas_words

T = TypeVar("T")


class PageMeta(Row):
    """How many pages there are."""

    total_page_count: int | None = None


class Page(CloudModel, Generic[T]):
    """One page of a list; a list answer without `data` is an error, not an empty list."""

    data: tuple[T, ...]
    meta: PageMeta = PageMeta()

    @field_validator("meta", mode="before")
    @classmethod
    def _do_without(cls, given: object) -> object:
        """Rows are rows, however they are counted."""
        return given if isinstance(given, dict) else {}

    def is_last(self, number: int, size: int) -> bool:
        """Whether no page follows; where the answer does not tell how many there are, a short one is the last."""
        count = self.meta.total_page_count
        return number + 1 >= count if count is not None else len(self.data) < size


class TokenAnswer(CloudModel):
    """The answer of `auth/token` and `auth/refresh`; timestamps have nine fractional digits."""

    access_token: Token
    access_expires_at: Stamp = Field(alias="accessTokenExpirationDate")
    refresh_token: Token
    refresh_expires_at: Stamp = Field(alias="refreshTokenExpirationDate")


class Application(CloudModel):
    """The answer of `GET auth/me`: the credentials."""

    scopes: tuple[str, ...]
    """`all`, `charge-points`, `charge-transactions`, `control-charging`, `wallet-transactions`, or newer ones."""


class Currency(CloudModel):
    """A currency; Monta writes its code in lower case."""

    identifier: str
    decimals: int | None = None

    @property
    def code(self) -> str:
        """ISO 4217, upper case."""
        return self.identifier.upper()


class ChargePointState(CloudEnum):
    """What a charge point is doing."""

    AVAILABLE = "available"
    BUSY = "busy"
    BUSY_BLOCKED = "busy-blocked"
    BUSY_CHARGING = "busy-charging"
    """Also while the car pauses the charge: only the charge's own state says whether energy flows."""
    BUSY_NON_CHARGING = "busy-non-charging"
    BUSY_NON_RELEASED = "busy-non-released"
    """The charge is over, the cable still in."""
    BUSY_RESERVED = "busy-reserved"
    BUSY_SCHEDULED = "busy-scheduled"
    ERROR = "error"
    DISCONNECTED = "disconnected"
    """Monta cannot reach it."""
    PASSIVE = "passive"
    """Can only be used at the charger itself."""
    MAINTENANCE = "maintenance"
    EXEMPT = "exempt"
    OTHER = "other"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> ChargePointState:
        return cls(in_montas_words(value, cls, POINT_WORDS) or cls.UNKNOWN)


class Visibility(CloudEnum):
    """Who may find the charge point."""

    PUBLIC = "public"
    PRIVATE = "private"
    UNKNOWN = "unknown"


class CurrentType(CloudEnum):
    """AC or DC."""

    AC = "ac"
    DC = "dc"
    UNKNOWN = "unknown"


class ChargePoint(Row):
    """One outlet, as `GET charge-points` reports it."""

    id: int
    name: str | None = Field(default=None, repr=False, coerce_numbers_to_str=True)
    """Often an address."""
    visibility: Visibility = Visibility.UNKNOWN
    type: CurrentType | None = None
    state: ChargePointState | None = None
    state_word: str | None = Field(default=None, validation_alias="state")
    """The state as sent, for values newer than `ChargePointState`."""
    cable_plugged_in: bool | None = None
    """None where the charger does not tell; what else is known of it has to do then."""
    max_power_kw: float | None = Field(default=None, validation_alias=AliasChoices("maxKw", "maxKW"))
    """The rated power, not what flows now."""
    last_meter_reading_kwh: float | None = None
    """A lifetime counter on some chargers; starts at 0 for each charge on others."""


class ChargeState(CloudEnum):
    """The state of a charge."""

    PAYING = "paying"
    RESERVED = "reserved"
    SCHEDULED = "scheduled"
    STARTING = "starting"
    CHARGING = "charging"
    PAUSED = "paused"
    """Runs, but no current flows, because of the car or the charger; no command causes this."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    """Over with the cable still in, or failed; the money may still change."""
    RELEASING = "releasing"
    RELEASED = "released"
    COMPLETED = "completed"
    """Over and settled; nothing changes any more."""
    OTHER = "other"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> ChargeState:
        return cls(in_montas_words(value, cls, CHARGE_WORDS) or cls.UNKNOWN)


class Soc(CloudModel):
    """The car's state of charge, where the charger or the car reports it."""

    percentage: float | None = None


class ChargeFacts(Row):
    """What both APIs tell alike of a charging transaction: all but whose it is and its money."""

    id: int
    """64 bits and, today, 18 digits: beyond what JavaScript and many JSON tools keep exactly."""
    state: ChargeState
    created_at: Stamp
    """Timestamps need not be in order: a start 18 s before the cable was plugged in has been seen."""
    updated_at: Stamp | None = None
    cable_plugged_in_at: Stamp | None = None
    started_at: Stamp | None = None
    stopped_at: Stamp | None = None
    fully_charged_at: Stamp | None = None
    failed_at: Stamp | None = None
    timeout_at: Stamp | None = None
    consumed_kwh: float | None = None
    """Energy delivered so far; None before the first meter value."""
    start_meter_kwh: float | None = None
    end_meter_kwh: float | None = None
    kwh_limit: float | None = None
    soc_limit: float | None = None
    average_co2_per_kwh: float | None = None
    average_renewable_per_kwh: float | None = None
    """In per cent."""
    currency: Currency | None = None
    soc: Soc | None = None
    failure_reason: str | None = None
    stop_reason: str | None = None


class Charge(ChargeFacts):
    """One charging transaction, as `GET charges/{id}` reports it."""

    charge_point_id: int
    price_limit: float | None = None
    cost: float | None = Field(default=None, repr=False)
    """What the electricity cost the owner, where cost tracking is set up; settled once the state is `COMPLETED`."""
    price: float | None = Field(default=None, repr=False)
    """What the driver pays; settled once the state is `COMPLETED`."""
    average_price_per_kwh: float | None = None
    """Of `price`, not of `cost`."""


class Unwrapped(CloudModel):
    """The answer to a start, bare as documented or wrapped as seen at the Partner API."""

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, given: object) -> object:
        return given.get("charge", given) if isinstance(given, dict) else given


class StartedCharge(Unwrapped, Charge):
    """A charge just started."""


class KwhInPeriod(Row):
    """Energy of one period that begins at `time`."""

    time: Stamp | None = None
    value: float | None = None


class KwhConsumption(Row):
    """A charge's energy over time; only chargers linked over OCPP have it."""

    charge_id: int | None = None
    period_s: int | None = Field(default=None, alias="consumptionPeriodSizeInSeconds")
    periods: tuple[KwhInPeriod, ...] | None = Field(default=None, alias="kwhConsumption")


class Balance(CloudModel):
    """What a wallet holds, in the wallet's currency."""

    amount: float | None = Field(default=None, repr=False)
    credit: float | None = Field(default=None, repr=False)


class Wallet(CloudModel):
    """The personal wallet."""

    id: int
    balance: Balance | None = None
    currency: Currency | None = None


class TransactionState(CloudEnum):
    """The state of a payment."""

    COMPLETE = "complete"
    PENDING = "pending"
    FAILED = "failed"
    RESERVED = "reserved"
    OTHER = "other"
    UNKNOWN = "unknown"


class WalletTransaction(Row):
    """One payment; Monta's summary and note contain an address and are not read."""

    id: int
    state: TransactionState
    created_at: Stamp
    completed_at: Stamp | None = None
    from_amount: float | None = Field(default=None, repr=False)
    from_currency: Currency | None = None
    from_wallet_id: int | None = None
    to_amount: float | None = Field(default=None, repr=False)
    to_currency: Currency | None = None
    to_wallet_id: int | None = None
    charge_id: int | None = None
    exchange_rate: float | None = None
