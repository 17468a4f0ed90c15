"""Monta's own charging rules at our chargers: seen, warned of, and switched off for a session where that is allowed.

What is switched off is written down first. It is switched on again when the cable is out, at the end of the process
and at the next start, unless a person has done so by then.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta

from smart_charging.clouds.monta_partner.charger import OwnRules, PartnerCharger
from smart_charging.clouds.monta_partner.charging_rules import ChargingRule, ChargingRules
from smart_charging.clouds.monta_partner.notes import Notes
from smart_charging.errors import CloudError, NotFoundError, NotPermittedError
from smart_charging.printable import printable

PLUGGED_IN, UNPLUGGED = timedelta(hours=1), timedelta(days=1)
"""How often the rules of a charger are read."""
_TRY_AGAIN = timedelta(minutes=5)
_LONGEST_NAME = 60


class RulePauses:
    """The rules of all charge points; nothing here fails because Monta does not answer.

    Args:
        may_pause: Whether to switch rules off, or only to warn.
    """

    def __init__(
        self,
        rules: ChargingRules,
        notes: Notes,
        *,
        may_pause: bool,
        now: Callable[[], datetime],
        logger: logging.Logger,
    ) -> None:
        self._rules = rules
        self._notes = notes
        self._may_pause = may_pause
        self._now = now
        self._log = logger
        self._active: dict[int, Mapping[int, str]] = {}
        """Names by charge point and rule, as last read."""
        self._due_at: dict[int, datetime] = {}
        self._plugged_in: set[int] = set()
        self._seen_off: set[int] = set()
        """Rules that were off, once we had switched them off."""
        self._left_alone: dict[int, set[int]] = {}
        """Rules that a person has switched on again in this session, by charge point."""
        self._warned_of: dict[int, frozenset[str]] = {}

    def of(self, point_id: int) -> OwnRules | None:
        """What is known of a charge point's rules; None while they have not been read."""
        paused = self._notes.paused_rules.get(point_id, {})
        if point_id not in self._active and not paused:
            return None
        active = self._active.get(point_id, {})
        return OwnRules(active=tuple(sorted(active.values())), paused=tuple(sorted(paused.values())))

    async def review(self, chargers: Iterable[PartnerCharger], *, at_most: int) -> None:
        """Look at the rules that are due, those of cars that have just come first."""
        now, by_id = self._now(), {int(charger.id): charger for charger in chargers}
        self._note_cables(by_id, now)
        due = [point_id for point_id in by_id if self._due_at.get(point_id, now) <= now]
        due.sort(key=lambda point_id: point_id not in self._plugged_in)
        for point_id in due[:at_most]:
            self._due_at[point_id] = now + (PLUGGED_IN if point_id in self._plugged_in else UNPLUGGED)
            await self._look_at(by_id[point_id], now)

    async def restore_all(self) -> None:
        """Switch everything on again, as far as Monta answers."""
        for point_id in list(self._notes.paused_rules):
            await self._survived(point_id, self._restore)

    def _note_cables(self, by_id: Mapping[int, PartnerCharger], now: datetime) -> None:
        """A cable that comes or goes has the rules looked at now."""
        plugged_in = {point_id for point_id, charger in by_id.items() if charger.is_plugged_in}
        left_over = {point_id for point_id in self._notes.paused_rules if point_id in by_id} - plugged_in
        for point_id in (plugged_in ^ self._plugged_in) | left_over:
            self._due_at[point_id] = min(self._due_at.get(point_id, now), now)
        for point_id in self._plugged_in - plugged_in:
            self._left_alone.pop(point_id, None)
        self._plugged_in = plugged_in

    async def _look_at(self, charger: PartnerCharger, now: datetime) -> None:
        point_id = int(charger.id)
        if not charger.is_plugged_in:
            if not await self._survived(point_id, self._restore):
                self._due_at[point_id] = now + _TRY_AGAIN
        elif not await self._survived(point_id, self._read):
            self._due_at[point_id] = now + _TRY_AGAIN
        self._warn(charger.name, point_id)

    async def _read(self, point_id: int) -> None:
        """Read the rules; those that are on are switched off where that is allowed."""
        rules = [rule async for rule in self._rules.every(point_id) if rule.is_active]
        paused = self._notes.paused_rules.get(point_id, {})
        again = {rule.id for rule in rules} & paused.keys() & self._seen_off
        if again:  # a person wants it after all
            self._left_alone.setdefault(point_id, set()).update(again)
            await self._note(point_id, {key: name for key, name in paused.items() if key not in again})
        self._active[point_id] = {rule.id: _name(rule) for rule in rules}
        if self._may_pause:
            for rule in rules:
                if rule.id not in self._left_alone.get(point_id, set()):
                    await self._pause(point_id, rule)

    async def _pause(self, point_id: int, rule: ChargingRule) -> None:
        paused = self._notes.paused_rules.get(point_id, {})
        await self._note(point_id, {**paused, rule.id: _name(rule)})
        await self._rules.switch(point_id, rule, is_active=False)
        self._seen_off.add(rule.id)
        self._active[point_id] = {key: name for key, name in self._active[point_id].items() if key != rule.id}
        self._log.info("Charge point %s: charging rule %s is off until the cable is out", point_id, _name(rule))

    async def _restore(self, point_id: int) -> None:
        """Switch on what we have switched off, as it is read now: a person may have changed it meanwhile."""
        for rule_id in list(self._notes.paused_rules.get(point_id, {})):
            try:
                rule = await self._rules.one(point_id, rule_id)
                if not rule.is_active:
                    await self._rules.switch(point_id, rule, is_active=True)
                    self._log.info("Charge point %s: charging rule %s is on again", point_id, _name(rule))
            except NotFoundError:
                pass
            self._seen_off.discard(rule_id)
            left = {key: name for key, name in self._notes.paused_rules[point_id].items() if key != rule_id}
            await self._note(point_id, left)
        self._active[point_id] = {rule.id: _name(rule) async for rule in self._rules.every(point_id) if rule.is_active}

    async def _survived(self, point_id: int, work: Callable[[int], Awaitable[None]]) -> bool:
        """Whether Monta answered, or will not: without the permission there is nothing to try again."""
        try:
            await work(point_id)
        except (NotPermittedError, NotFoundError) as err:
            self._log.debug("Charging rules of Monta's own cannot be read: %s", err)
        except CloudError as err:
            self._log.debug("Charging rules wait for another time: %s", err)
            return False
        return True

    async def _note(self, point_id: int, paused: Mapping[int, str]) -> None:
        self._notes.paused_rules.pop(point_id, None)
        if paused:
            self._notes.paused_rules[point_id] = dict(paused)
        await self._notes.keep()

    def _warn(self, charger_name: str, point_id: int) -> None:
        """Once for the same rules."""
        names = frozenset(self._active.get(point_id, {}).values())
        if names and names != self._warned_of.get(point_id):
            self._log.warning(
                "%s: Monta's own charging rule %s starts and stops charges there, whatever is planned here; switch it "
                "off in Monta's app, or write may_pause_rules: true",
                charger_name,
                ", ".join(sorted(names)),
            )
        self._warned_of[point_id] = names


def _name(rule: ChargingRule) -> str:
    return printable(rule.name, most=_LONGEST_NAME) or f"{rule.type_word} {rule.id}"
