"""However long a cloud is away, and however much there has been: a round takes as much as it always does."""

import gc
from collections import Counter
from dataclasses import replace

from smart_charging.clouds.monta.stand_in.failures import Failure
from smart_charging.clouds.monta.stand_in.habits import ListOrder
from worlds.household import Household

A_FEW = 12
"""Objects that may be there in one moment and not in another."""


def things_kept() -> Counter[str]:
    """How many objects of ours there are, by class."""
    gc.collect()
    names = [f"{type(one).__module__}.{type(one).__name__}" for one in gc.get_objects()]
    return Counter(name for name in names if name.startswith("smart_charging.") and ".stand_in." not in name)


async def a_short_session(home: Household) -> None:
    home.plug_in()
    await home.live(minutes=3)
    home.unplug()
    await home.live(minutes=3)


async def test_nothing_piles_up_while_a_cloud_is_away(home: Household) -> None:
    home.schedule(energy_kwh=40, mode="now")
    home.plug_in()
    await home.live(minutes=10)
    home.monta.failures.outage = Failure.SERVER_ERROR
    await home.live(minutes=20)
    before = things_kept()

    await home.live(hours=1)

    assert (things_kept() - before).total() <= A_FEW


async def test_a_session_that_is_over_leaves_its_line_in_the_log_and_its_charge_and_no_more(home: Household) -> None:
    home.schedule(energy_kwh=0.2, mode="now")
    for _ in range(11):
        await a_short_session(home)
    before = things_kept()

    for _ in range(5):
        await a_short_session(home)

    more = Counter({name: count for name, count in (things_kept() - before).items() if ".prices." not in name})
    assert more["smart_charging.services.sessions.session_log.BookedSession"] == 5
    assert max(more.values()) == 5
    assert len(more) <= 5


async def test_twenty_thousand_charges_of_before_cost_no_more_requests_than_a_hundred(home: Household) -> None:
    sent = {}
    for count in (100, 20_000):
        home.monta.habits = replace(home.monta.habits, past_charges=count, list_order=ListOrder.SHUFFLED)
        home.start_apps()
        for _ in range(2):
            await home.polling.refresh()
            home.clock.advance(minutes=2)
        before = len(home.monta.requests)
        await home.polling.refresh()
        sent[count] = len(home.monta.requests) - before

    assert sent[20_000] <= sent[100] + 1
    assert len(home.polling.chargers[str(home.point_id)].charges) <= 100
