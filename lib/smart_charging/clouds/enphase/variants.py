"""The forms in which sites take a start or a stop; which one works differs from site to site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

PLURAL, SINGULAR = "ev_chargers", "ev_charger"


class Body(Enum):
    """What is sent with a start."""

    LEVEL = auto()
    LEVEL_SNAKE = auto()
    LEVEL_ALONE = auto()
    CONNECTOR = auto()
    NOTHING = auto()

    @property
    def has_level(self) -> bool:
        """Whether it says how much current."""
        return self in {Body.LEVEL, Body.LEVEL_SNAKE, Body.LEVEL_ALONE}

    def content(self, level_a: int | None, connector: int) -> Mapping[str, object] | None:
        """The body itself."""
        match self:
            case Body.LEVEL:
                return {"chargingLevel": level_a, "connectorId": connector}
            case Body.LEVEL_SNAKE:
                return {"charging_level": level_a, "connector_id": connector}
            case Body.LEVEL_ALONE:
                return {"chargingLevel": level_a}
            case Body.CONNECTOR:
                return {"connectorId": connector}
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of a command."""

    method: str
    folder: str
    body: Body = Body.NOTHING

    def is_possible(self, level_a: int | None, *, is_strict: bool) -> bool:
        """Whether it can be used for a start with this current, or without any."""
        if level_a is None:
            return not self.body.has_level
        return self.body.has_level or not is_strict


STARTS: Sequence[Variant] = (
    Variant("POST", PLURAL, Body.LEVEL),
    Variant("PUT", PLURAL, Body.LEVEL),
    Variant("POST", SINGULAR, Body.LEVEL),
    Variant("POST", PLURAL, Body.LEVEL_SNAKE),
    Variant("POST", PLURAL, Body.CONNECTOR),
    Variant("POST", PLURAL, Body.NOTHING),
    Variant("POST", SINGULAR, Body.NOTHING),
    Variant("POST", PLURAL, Body.LEVEL_ALONE),
)
STOPS: Sequence[Variant] = (Variant("PUT", PLURAL), Variant("POST", PLURAL), Variant("POST", SINGULAR))


class Variants:
    """The forms in the order to try them: first the one that worked last."""

    def __init__(self) -> None:
        self._worked: dict[str, int] = {}

    @property
    def worked(self) -> Mapping[str, int]:
        """By command, the number of the form that worked; to be kept over a restart."""
        return self._worked

    def recall(self, worked: Mapping[str, object]) -> None:
        """Restore what was kept."""
        self._worked = {name: number for name, number in worked.items() if isinstance(number, int)}

    def in_order(self, command: str, forms: Sequence[Variant]) -> Iterator[Variant]:
        """The forms of a command."""
        first = self._worked.get(command, 0)
        yield from forms[first : first + 1]
        yield from (form for number, form in enumerate(forms) if number != first)

    def note(self, command: str, forms: Sequence[Variant], form: Variant) -> bool:
        """Remember that a form worked; returns whether that is news."""
        number = forms.index(form)
        is_news = self._worked.get(command) != number
        self._worked[command] = number
        return is_news
