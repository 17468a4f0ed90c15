"""Makes settings and dashboard in Home Assistant when chargers are known, or takes them away."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from smart_charging.config.followed import EntityRef
from smart_charging.config.scheduler import ChargerSchedule, HomeSetup
from smart_charging.dashboard.shown_charger import ShownCharger
from smart_charging.dashboard.whole import dashboard
from smart_charging.entities.helpers import HELPERS, PACKAGE_START
from smart_charging.errors import ActionError, NotAdminError
from smart_charging.services.heartbeat import Clock
from smart_charging.services.home_assistant import Administration
from smart_charging.services.outage import Outage
from smart_charging.services.provisioning.dashboard_keeper import DashboardKeeper
from smart_charging.services.provisioning.existing import Existing, existing
from smart_charging.services.provisioning.helper_maker import HelperMaker, helper_key
from smart_charging.services.provisioning.made import DASHBOARD, SWITCH, MadeThing, MadeThings
from smart_charging.services.provisioning.provisioned_charger import ProvisionedCharger, may_follow
from smart_charging.services.provisioning.switch_maker import SwitchMaker
from smart_charging.services.store import Store

AGAIN = timedelta(minutes=1)
_NOT_ADMIN = (
    "Settings in Home Assistant: AppDaemon's token is not an administrator's, so no helpers and no dashboard are made; "
    "what stands in apps.yaml counts"
)
DOMAINS = sorted({helper.domain for helper in HELPERS})


class Provisioning:
    """Runs as a loop of its own: a Home Assistant that is slow or away keeps nobody from charging."""

    def __init__(
        self,
        home: Administration,
        store: Store,
        setup: HomeSetup,
        *,
        name: str,
        clock: Clock,
        log: logging.Logger,
    ) -> None:
        self._home = home
        self._setup = setup
        self._made = MadeThings(store, name)
        self._helpers = HelperMaker(home, self._made)
        self._switches = SwitchMaker(home, self._made)
        self._dashboards = DashboardKeeper(home, self._made, log)
        self._clock = clock
        self._log = log
        self._outage = Outage("Settings in Home Assistant", log)
        self._done: Sequence[ProvisionedCharger] | None = None
        """The chargers that have all they are to have."""
        self._told: set[str] = set()
        """The ids that somebody listens to."""
        self._on_change: Callable[[Sequence[str]], Awaitable[None]] | None = None

    async def prepare(self) -> None:
        """Read what was made before a restart, so that it is followed from the first moment."""
        await self._made.recall()
        self._told.update(self.entity_ids)

    def followed(self, schedule: ChargerSchedule, key: str) -> ChargerSchedule:
        """The schedule as if apps.yaml named the helpers that were made for this charger."""
        if self._setup is not HomeSetup.TRUE:
            return schedule
        made = {helper.argument: self._made.get(helper_key(key, helper.argument)) for helper in HELPERS}
        follow = {
            argument: EntityRef(thing.entity_id)
            for argument, thing in made.items()
            if thing and thing.entity_id and may_follow(schedule, argument)
        }
        return schedule.model_copy(update=follow)

    @property
    def entity_ids(self) -> Sequence[str]:
        """The helpers made so far."""
        return [thing.entity_id for thing in self._made.all.values() if thing.kind in DOMAINS and thing.entity_id]

    def when_changed(self, follow: Callable[[Sequence[str]], Awaitable[None]]) -> None:
        """Call `follow` when helpers were made, renamed or removed, with the ids that nobody listens to yet."""
        self._on_change = follow

    async def beat(self, chargers: Sequence[ProvisionedCharger]) -> timedelta:
        """Make what the chargers lack, or take away what was made; returns when to look again."""
        if self._setup is HomeSetup.FALSE or not chargers or chargers == self._done:
            return AGAIN
        try:
            is_done = await self._provision(chargers) if self._setup is HomeSetup.TRUE else await self._remove()
        except NotAdminError:
            self._log.warning("%s", _NOT_ADMIN)
            is_done = True
        except ActionError as err:
            self._outage.failed(err, self._clock())
            return AGAIN
        if is_done:
            self._outage.worked(self._clock())
            self._done = chargers
        return AGAIN

    async def _provision(self, chargers: Sequence[ProvisionedCharger]) -> bool:
        """Whether Home Assistant was there."""
        there = await existing(self._home, DOMAINS)
        if there is None:
            return False
        mine = [charger for charger in chargers if not self._has_package(charger, there)]
        new = [entity_id for charger in mine for entity_id in await self._equip(charger, there)]
        paths = [await self._dashboard(of_account) for of_account in _by_account(mine)]
        if new or any(paths):
            told = [*new, *(f"the dashboard /{path}" for path in paths if path)]
            self._log.info("Made in Home Assistant: %s", ", ".join(told))
        await self._tell_changes()
        return True

    async def _tell_changes(self) -> None:
        """Have new and renamed entities followed, and those no more that a person removed."""
        now = set(self.entity_ids)
        new, is_same, self._told = sorted(now - self._told), now == self._told, now
        if self._on_change and not is_same:
            await self._on_change(new)

    def _has_package(self, charger: ProvisionedCharger, there: Existing) -> bool:
        """Whether the account's package for Home Assistant is in use; then nothing is made beside it."""
        has = f"script.{charger.names.prefix}_{PACKAGE_START}" in there.entity_ids
        if has:
            self._log.info("%s: the package for Home Assistant is in use, so nothing is made", charger.charger.name)
        return has

    async def _equip(self, charger: ProvisionedCharger, there: Existing) -> Sequence[str]:
        helpers = await self._helpers.make(charger, there)
        switch = await self._switches.make(charger, there)
        return [*helpers, *([switch] if switch else [])]

    async def _dashboard(self, chargers: Sequence[ProvisionedCharger]) -> str | None:
        names = chargers[0].names
        return await self._dashboards.keep(names, dashboard([self._shown(one) for one in chargers], names))

    def _shown(self, charger: ProvisionedCharger) -> ShownCharger:
        references = self.followed(charger.schedule, charger.key).references()
        return ShownCharger.of(
            charger.charger,
            charger.slug,
            {argument: reference.entity_id for argument, (reference, _) in references.items()},
            has_mqtt=charger.has_mqtt,
        )

    async def _remove(self) -> bool:
        """Take away what was made and is still there; whether Home Assistant was there."""
        if (there := await existing(self._home, DOMAINS)) is None:
            return False
        removed = [await self._remove_one(key, thing, there) for key, thing in reversed(list(self._made.all.items()))]
        if any(removed):
            self._log.info("Removed from Home Assistant: %s", ", ".join(name for name in removed if name))
        return True

    async def _remove_one(self, key: str, thing: MadeThing, there: Existing) -> str | None:
        """The name of what was removed; None for what is kept, or was removed by a person."""
        if thing.kind == DASHBOARD:
            is_removed = await self._dashboards.remove(thing)
        elif thing.kind == SWITCH:
            is_removed = await self._switches.remove(thing, there)
        else:
            is_removed = await self._helpers.remove(thing, there)
        if is_removed is not None:
            await self._made.forget(key)
        return (thing.entity_id or thing.id) if is_removed else None


def _by_account(chargers: Sequence[ProvisionedCharger]) -> Sequence[Sequence[ProvisionedCharger]]:
    prefixes = dict.fromkeys(charger.names.prefix for charger in chargers)
    return [[charger for charger in chargers if charger.names.prefix == prefix] for prefix in prefixes]
