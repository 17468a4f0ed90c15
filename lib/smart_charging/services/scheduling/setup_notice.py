"""What was found by itself, what is assumed, and what has to be written in apps.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from smart_charging.charger import Charger
from smart_charging.config.scheduler import NEEDS, SAID_DEFAULTS, SchedulerSettings
from smart_charging.services.home_assistant import HomeFacts
from smart_charging.services.scheduling.unnamed_chargers import MOST_UNASKED

_MOST_LISTED = 12
"""A large account's chargers are not all listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is known of the home and its account, beside what is written."""

    home: HomeFacts
    zone: tzinfo
    there: Sequence[Charger]
    """All chargers of the accounts."""
    taken: Sequence[Charger] = ()
    """Those scheduled although nobody named them."""
    too_many: Sequence[Charger] = ()
    price_source: str | None = None
    """The source that was found because none is named."""
    price_problem: str | None = None
    are_fees_known: bool = True
    house_meter: str | None = None
    """What was found as the house's meter, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Three lists of clauses."""

    found: Sequence[str]
    assumed: Sequence[str]
    asked: Sequence[str]

    @property
    def line(self) -> str:
        """For the log."""
        return ". ".join(f"{heading}: {'; '.join(clauses)}" for heading, clauses in self._parts)

    @property
    def message(self) -> str:
        """For a notification, in Markdown."""
        return "\n\n".join(
            "\n".join([f"**{heading}**", *(f"- {clause}" for clause in clauses)]) for heading, clauses in self._parts
        )

    @property
    def _parts(self) -> Sequence[tuple[str, Sequence[str]]]:
        headings = ("Found by itself", "Assumed until apps.yaml says otherwise", "To be written in apps.yaml")
        return [part for part in zip(headings, (self.found, self.assumed, self.asked), strict=True) if part[1]]


def notice_of(settings: SchedulerSettings, setup: Setup) -> Notice | None:
    """What there is to say; None where everything is written that has to be."""
    assumed, asked = list(_assumed(settings, setup)), list(_asked(settings, setup))
    are_all_named = bool(settings.chargers) or settings.all_chargers
    if are_all_named and not assumed and not asked and not setup.house_meter:
        return None
    return Notice(found=list(_found(setup)), assumed=assumed, asked=asked)


def _found(setup: Setup) -> Sequence[str]:
    home = setup.home
    facts = (("time zone", setup.zone), ("currency", home.currency), ("country", home.country))
    known = [f"{word} {fact}" for word, fact in facts if fact]
    chargers = [f"chargers to schedule: {_names(setup.taken)}"] if setup.taken else []
    prices = [f"prices from {setup.price_source}"] if setup.price_source else []
    meter = [f"{setup.house_meter}; where that is wrong, write house_meter"] if setup.house_meter else []
    return [*chargers, *prices, *meter, ", ".join(known)]


def _assumed(settings: SchedulerSettings, setup: Setup) -> Sequence[str]:
    if not setup.taken:
        return []
    written = settings.charger_defaults.model_fields_set
    said = [f"{SAID_DEFAULTS.energy_kwh:g} kWh each time the cable goes in"] if not written & NEEDS else []
    said += [f"ready by {SAID_DEFAULTS.ready_by:%H:%M}"] if "ready_by" not in written else []
    said += ["the charger's rated power"] if said and "power_kw" not in written else []
    fees = "a kWh costs what the price source says; where fees and taxes come on top, write tariff"
    return [*([", ".join(said)] if said else []), *([] if setup.are_fees_known else [fees])]


def _asked(settings: SchedulerSettings, setup: Setup) -> Sequence[str]:
    is_source_known = settings.names_a_source or setup.price_source
    prices = [f"prices: {setup.price_problem}"] if setup.price_problem and not is_source_known else []
    return [*_asked_of_chargers(settings, setup), *prices]


def _asked_of_chargers(settings: SchedulerSettings, setup: Setup) -> Sequence[str]:
    if setup.too_many:
        return [
            f"which chargers to schedule: more than {MOST_UNASKED} are not taken unasked. "
            f"Write {_example(setup.too_many[0])}, or `all_chargers: true`; there are {_names(setup.too_many)}"
        ]
    if settings.chargers or setup.taken:
        return []
    if not setup.there:
        return ["the account has no charger; one that joins it is scheduled by itself"]
    return [
        "which chargers to schedule: none of the account's is private, AC and for cars. "
        f"Write {_example(setup.there[0])}; there are {_names(setup.there)}"
    ]


def _example(charger: Charger) -> str:
    said = f'energy_kwh: {SAID_DEFAULTS.energy_kwh:g}, ready_by: "{SAID_DEFAULTS.ready_by:%H:%M}"'
    return f"`chargers: [{{charge_point_id: {charger.id}, {said}}}]`"


def _names(chargers: Sequence[Charger]) -> str:
    listed = [f"{one.name} ({one.id})" for one in chargers[:_MOST_LISTED]]
    more = len(chargers) - len(listed)
    return ", ".join([*listed, *([f"{more} more"] if more else [])])
