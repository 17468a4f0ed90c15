"""The chargers named in apps.yaml, each with the account it belongs to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from smart_charging.charger import Charger
from smart_charging.config.scheduler import ChargerSchedule
from smart_charging.services.control.accounts import CommandedAccount
from smart_charging.services.scheduling.charger_scheduler import ChargerScheduler
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
    """Finds the account of every charger; at once with one account, with several once all have been asked.

    Args:
        name: The app's name in apps.yaml; a charger that another app has claimed stays with that.
        make: Creates the scheduler of one charger, once its account is known.
    """

    def __init__(
        self,
        schedules: Sequence[ChargerSchedule],
        accounts: Sequence[CommandedAccount],
        make: Make,
        log: logging.Logger,
        *,
        name: str,
    ) -> None:
        self._accounts = accounts
        self._name = name
        self._make = make
        self._log = log
        self._homeless = list(schedules)
        self._told: set[str] = set()
        self.by_key: dict[str, ChargerScheduler] = {}
        """By device id, which is unique among the chargers of all accounts."""
        self._find_owners()

    def present(self) -> Sequence[Present]:
        """Those that their accounts list, in the order of apps.yaml; a missing one is logged once."""
        self._find_owners()
        present = []
        for key, scheduler in self.by_key.items():
            hub = scheduler.account.hub
            known = hub.polling.chargers
            if charger := known.get(scheduler.charger_id):
                cable, read_at = hub.sessions.of(charger.id), hub.polling.last_read_at(charger.id)
                present.append(Present(scheduler=scheduler, charger=charger, cable=cable, read_at=read_at))
            elif known:
                there = ", ".join(f"{c.id} ({c.name})" for c in known.values())
                self._tell(key, f"There is no charge point {scheduler.charger_id} to schedule; the account has {there}")
        return present

    def of(self, account: CommandedAccount, charger_id: str) -> ChargerScheduler | None:
        """The scheduler of an account's charger."""
        return self.by_key.get(account.hub.names.device_id(charger_id))

    def release(self) -> None:
        """Give up the claims, so that another app can schedule the chargers."""
        for scheduler in self.by_key.values():
            scheduler.account.schedulers.pop(scheduler.charger_id, None)

    def _find_owners(self) -> None:
        for schedule in list(self._homeless):
            owner = self._owner_of(schedule)
            if owner and self._claims(schedule.charge_point_id, owner):
                self._homeless.remove(schedule)
                self.by_key[owner.hub.names.device_id(schedule.charge_point_id)] = self._make(schedule, owner)

    def _claims(self, charger_id: str, owner: CommandedAccount) -> bool:
        """Claim a charger unless another app has: two would start and stop it in turns."""
        first = owner.schedulers.setdefault(charger_id, self._name)
        if first != self._name:
            problem = f"{first} plans for it already; name it in one of them only"
            self._tell(charger_id, f"Charge point {charger_id} is not scheduled: {problem}")
        return first == self._name

    def _owner_of(self, schedule: ChargerSchedule) -> CommandedAccount | None:
        """The account that has the charger; one that does not answer counts with the ids known from before."""
        candidates = [account for account in self._accounts if schedule.monitor in {None, account.monitor}]
        if len(candidates) == 1:
            return candidates[0]
        if not all(account.hub.polling.was_asked for account in candidates):
            return None
        charger_id = schedule.charge_point_id
        owners = [account for account in candidates if charger_id in account.hub.polling.known_ids]
        if len(owners) == 1:
            return owners[0]
        names = ", ".join(account.monitor for account in owners or candidates)
        problem = "two monitors know one; write monitor: with one of" if owners else "none is known to"
        self._tell(charger_id, f"Charge point {charger_id} is not scheduled: {problem} {names}")
        return None

    def _tell(self, key: str, sentence: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._log.error("%s", sentence)
