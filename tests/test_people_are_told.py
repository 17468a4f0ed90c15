"""What keeps a car from being charged is told to people, once, in the cloud's own words where it has some."""

from worlds.household import Household

PHONE = {"notify": "notify.phone"}


def told(home: Household) -> list[str]:
    return [data["message"] for action, data in home.hass.calls if action == "notify.phone"]


async def test_a_start_that_fails_is_told_with_the_clouds_own_reason(home: Household) -> None:
    home.monta.site.points[home.point_id].fails_with = "the wallet is empty"
    home.schedule(energy_kwh=8, mode="now", common=PHONE)
    home.plug_in()

    await home.live(hours=1)

    assert len([message for message in told(home) if "the wallet is empty" in message]) == 1
    assert "the wallet is empty" in home.attributes("plan")["sentence"]


async def test_a_charger_that_leaves_the_account_with_a_car_is_told_once(home: Household) -> None:
    home.schedule(energy_kwh=8, common=PHONE)
    home.monta.add_charge_point("Carport")
    home.plug_in()
    await home.live(minutes=5)

    home.monta.site.points.pop(home.point_id)
    await home.live(hours=1)

    assert len([message for message in told(home) if "no longer in the account" in message]) == 1


async def test_a_charger_that_a_list_lacks_for_a_moment_is_no_news(home: Household) -> None:
    home.schedule(energy_kwh=8, common=PHONE)
    home.monta.add_charge_point("Carport")
    home.plug_in()
    await home.live(minutes=5)

    point = home.monta.site.points.pop(home.point_id)
    await home.live(minutes=4)
    home.monta.site.points[home.point_id] = point
    await home.live(minutes=30)

    assert [message for message in told(home) if "no longer in the account" in message] == []
