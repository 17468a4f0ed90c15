"""The chargers that are scheduled, each with the account it belongs to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smart_charging.charger import Charger
from smart_charging.config.scheduler import ChargerSchedule, SchedulerSettings
from smart_charging.config.usual import UsualVisits
from smart_charging.errors import ConfigError
from smart_charging.services.control.accounts import Accounts, CommandedAccount, Target
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
from smart_charging.services.scheduling.named_chargers import Place, place_of
from smart_charging.services.scheduling.unnamed_chargers import Choice, chosen
from smart_charging.services.sessions.settling import ChargesOf
from smart_charging.services.store import Store, recalled
from smart_charging.services.stored import text
from smart_charging.services.watching.cable_session import CableSession

Make = Callable[[ChargerSchedule, CommandedAccount], ChargerScheduler]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A charger that its account lists, with all that is known of it by the same read."""

    scheduler: ChargerScheduler
    charger: Charger
    cable: CableSession | None
    read_at: datetime | None


class ScheduledChargers:
    """Finds the account of every charger that is named, and the chargers that need not be.

    Args:
        name: The app's name in apps.yaml; a charger that another app has claimed stays with that.
        elsewhere: What the other apps' `chargers` name; such chargers are not taken unnamed.
        make: Creates the scheduler of one charger, once its account is known.
    """

    def __init__(
        self,
        settings: SchedulerSettings,
        accounts: Sequence[CommandedAccount],
        make: Make,
        store: Store,
        log: logging.Logger,
        *,
        name: str,
        elsewhere: Collection[str] = (),
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._name = name
        self._elsewhere = elsewhere
        self._make = make
        self._store = store
        self._store_key = f"unnamed_{name}"
        self._log = log
        self._homeless = list(settings.chargers)
        self._ranks: dict[str, int] = {}
        """By key, the place in apps.yaml of those named there."""
        self._unnamed: set[str] | None = None
        """The keys of those taken unnamed, now or before a restart; None until they are recalled."""
        self._told: set[str] = set()
        self.choice: Choice | None = None
        """Of the chargers that are not named, as of the last round; None before the first one that had answers."""
        self.taken: dict[str, Charger] = {}
        """By key, those scheduled although nobody has named them, as last seen."""
        self.by_key: dict[str, ChargerScheduler] = {}
        """By device id, which is unique among the chargers of all accounts."""
        self._find_named()

    @property
    def are_found(self) -> bool:
        """Whether all there are have been looked for; accounts that do not answer are not waited for."""
        return self.choice is not None if self._settings.finds_chargers else self._are_known

    @property
    def _are_known(self) -> bool:
        polls = [account.hub.polling for account in self._accounts]
        return all(poll.was_asked for poll in polls) and any(poll.has_worked for poll in polls)

    @property
    def there(self) -> Sequence[Charger]:
        """All chargers of the accounts, scheduled or not."""
        return [one.charger for one in Accounts(self._accounts).targets]

    @property
    def why_unknown(self) -> str:
        """What to do about a charger that is not scheduled."""
        if not self._are_known:
            return "the cloud has not told its chargers yet; try again in a minute"
        return "no scheduler plans for it; name it under chargers in apps.yaml"

    async def find(self) -> None:
        """Look for chargers that are not scheduled yet."""
        self._find_named()
        if self._settings.finds_chargers and self._are_known:
            await self._find_unnamed()

    def present(self) -> Sequence[Present]:
        """Those that their accounts list, in the order of apps.yaml; one named there that is missing is logged once."""
        present = []
        for key in sorted(self.by_key, key=lambda key: self._ranks.get(key, len(self._ranks))):
            scheduler = self.by_key[key]
            hub = scheduler.account.hub
            known = hub.polling.chargers
            if charger := known.get(scheduler.charger_id):
                cable, read_at = hub.sessions.of(charger.id), hub.polling.last_read_at(charger.id)
                present.append(Present(scheduler=scheduler, charger=charger, cable=cable, read_at=read_at))
            elif known and key in self._ranks:
                there = ", ".join(f"{c.id} ({c.name})" for c in known.values())
                self._tell(key, f"There is no charge point {scheduler.charger_id} to schedule; the account has {there}")
        return present

    def of(self, account: CommandedAccount, charger_id: str) -> ChargerScheduler | None:
        """The scheduler of an account's charger."""
        return self.by_key.get(account.hub.names.device_id(charger_id))

    def usual_at(self, key: str) -> UsualVisits | None:
        """When its car usually comes, as far as a person has said so."""
        return self.by_key[key].schedule.usual

    def charges_of(self, key: str) -> ChargesOf | None:
        """The account and the latest charges of a charger; None where it is not scheduled."""
        scheduler = self.by_key.get(key)
        if scheduler is None:
            return None
        hub = scheduler.account.hub
        charger = hub.polling.chargers.get(scheduler.charger_id)
        return ChargesOf(cloud=hub.cloud, charges=charger.charges if charger else ())

    def release(self) -> None:
        """Give up the claims, so that another app can schedule the chargers."""
        for scheduler in self.by_key.values():
            scheduler.account.schedulers.pop(scheduler.charger_id, None)

    def _find_named(self) -> None:
        for schedule in list(self._homeless):
            try:
                place = place_of(schedule, self._accounts)
            except ConfigError as err:
                self._tell(schedule.charge_point_id, str(err))
                continue
            if place and self._may_add(place):
                self._homeless.remove(schedule)
                key = self._add(schedule, place)
                self._ranks[key] = self._settings.chargers.index(schedule)

    async def _find_unnamed(self) -> None:
        if self._unnamed is None:
            self._unnamed = await recalled(self._store, self._store_key, _keys) or set()
        there = [one for one in Accounts(self._accounts).targets if self._is_unnamed(one)]
        self.choice = chosen(there, self._unnamed, takes_all=self._settings.all_chargers)
        for one in self.choice.taken:
            place = Place(one.account, one.charger.id)
            if one.key not in self.by_key and self._may_add(place):
                self._add(self._settings.unnamed(place.charger_id, place.account.monitor), place)
            if one.key in self.by_key:
                self.taken[one.key] = one.charger
        taken = self._unnamed | {one.key for one in self.choice.taken}
        if taken != self._unnamed:
            self._unnamed = taken
            await self._store.remember(self._store_key, {"keys": sorted(taken)})

    def _is_unnamed(self, one: Target) -> bool:
        """Whether no app names it; a name that two chargers have is neither's."""
        named = [*self._elsewhere, *(schedule.charge_point_id for schedule in self._homeless)]
        is_named = one.charger.id in named or one.charger.name.strip().casefold() in map(str.casefold, named)
        return one.key not in self._ranks and not is_named

    def _may_add(self, place: Place) -> bool:
        """Claim a charger unless it is claimed: two apps would start and stop it in turns."""
        account, charger_id = place
        if self.of(account, charger_id):
            self._tell(f"twice {charger_id}", f"Charge point {charger_id} is written by id and by name; write it once")
            return False
        first = account.schedulers.setdefault(charger_id, self._name)
        if first != self._name:
            self._tell(
                f"claimed {charger_id}",
                f"Charge point {charger_id} is not scheduled by {self._name}: {first} plans for it already; name it in "
                "one of them only",
            )
        return first == self._name

    def _add(self, schedule: ChargerSchedule, place: Place) -> str:
        found = schedule.model_copy(update={"charge_point_id": place.charger_id})
        key = place.account.hub.names.device_id(place.charger_id)
        self.by_key[key] = self._make(found, place.account)
        return key

    def _tell(self, key: str, sentence: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._log.error("%s", sentence)


def _keys(facts: Mapping[str, Any]) -> set[str]:
    return {text(key) for key in facts["keys"]}
