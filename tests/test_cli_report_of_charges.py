"""The report of a month from the charges that Monta lists, by either of its APIs."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from smart_charging.cli.main import main
from smart_charging.clouds.monta.own_charges import OwnCharges
from smart_charging.clouds.monta.stand_in import shapes
from smart_charging.clouds.monta.stand_in.cloud import MontaStandIn
from smart_charging.clouds.monta.stand_in.habits import Habits
from smart_charging.clouds.monta.stand_in.site import Car
from smart_charging.clouds.monta_partner.operator_charges import OperatorCharges
from smart_charging.clouds.monta_partner.stand_in.cloud import PartnerStandIn
from smart_charging.reports.month import Month
from smart_charging.reports.source import Money
from smart_charging.reports.statement import statement_of
from worlds.fakes import BASE_URL, mount
from worlds.printed import document
from worlds.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    import respx

    from smart_charging.clouds.monta.client import MontaClient
    from smart_charging.clouds.monta.stand_in.site import Charge
    from smart_charging.clouds.monta_partner.client import PartnerClient
    from worlds.virtual_time import Clock

CARD = "04E5A6B7C8D990"
OTHER_CARD = "04AA11BB22CC33"
SECOND = timedelta(seconds=1)
SECRETS = """monta_client_id: stand-in-id
monta_client_secret: stand-in-secret
monta_partner_client_id: stand-in-id
monta_partner_client_secret: stand-in-secret
"""


class March:
    """March, played by hand with a stand-in, then asked for at the present."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 18, tzinfo=UTC)
        self.is_over = False

    def __call__(self) -> datetime:
        return datetime.now(UTC) if self.is_over else self.now

    def charge(
        self, cloud: MontaStandIn, point: int, *, at: datetime, wants_kwh: float, is_settled: bool = True
    ) -> int:
        self.now = at
        cloud.plug_in(point, Car(wants_kwh=wants_kwh))
        charge_id = cloud.start_by_hand(point)
        self.now += timedelta(hours=5)
        if is_settled:
            cloud.unplug(point)
        self.pass_by(cloud, minutes=5)
        return charge_id

    def pass_by(self, cloud: MontaStandIn, **span: float) -> None:
        """Let time go by, and let the cloud notice."""
        self.now += timedelta(**span)
        cloud.site.catch_up()


@pytest.fixture
def march() -> March:
    return March()


@pytest.fixture
def owner(march: March, router: respx.MockRouter) -> MontaStandIn:
    """An account of one's own, at Monta's Public API."""
    stand_in = MontaStandIn(now=march, price=lambda _quarter: 1.2)
    mount(stand_in, router)
    return stand_in


@pytest.fixture
def fleet(march: March, router: respx.MockRouter) -> PartnerStandIn:
    """An operator's account, at Monta's Partner API."""
    stand_in = PartnerStandIn(now=march, driver_price=2.5)
    mount(stand_in, router)
    return stand_in


Report = Callable[..., tuple[int, str, str]]


@pytest.fixture
def report(march: March, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Report:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secrets.yaml").write_text(SECRETS)

    def run(source: str, *words: str) -> tuple[int, str, str]:
        march.is_over = True
        code = main(["report", "--from", source, "--base-url", BASE_URL, "--zone", "UTC", "--month", "2026-03", *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def day(number: int, month: int = 3) -> datetime:
    return datetime(2026, month, number, 18, tzinfo=UTC)


def test_an_owners_charges_of_the_month_are_listed_with_price_and_cost(
    owner: MontaStandIn, march: March, report: Report
) -> None:
    drive, court = owner.add_charge_point("Drive"), owner.add_charge_point("Court")
    march.charge(owner, drive, at=datetime(2026, 2, 28, 23, tzinfo=UTC), wants_kwh=7)
    march.charge(owner, drive, at=day(4), wants_kwh=10)
    march.charge(owner, court, at=day(31), wants_kwh=4)
    march.charge(owner, court, at=day(2, month=4), wants_kwh=5)

    code, out, err = report("monta", "--rate", "2")

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "March 2026",
        "",
        "begun        ended          kWh  price   cost       paid back DKK",
        "Court (410002)",
        "03-31 18:00  03-31 23:00   4.00   0.00   4.80  DKK           8.00",
        "1 charge                   4.00   0.00   4.80  DKK           8.00",
        "",
        "Drive (410001)",
        "03-04 18:00  03-04 23:00  10.00   0.00  12.00  DKK          20.00",
        "1 charge                  10.00   0.00  12.00  DKK          20.00",
        "",
        "All chargers",
        "2 charges                 14.00   0.00  16.80  DKK          28.00",
        "",
        "Price is what the driver pays; cost, where the owner tracks it, what the",
        "electricity cost.",
        "Paid back: the charge's kWh as shown here, times 2.0 DKK per kWh.",
        "Times are those of UTC. A charge counts in the month in which it was begun.",
        "Each figure is rounded to hundredths, and sums are of the rounded figures.",
    ]


def test_what_may_still_change_is_told_beside_the_report(owner: MontaStandIn, march: March, report: Report) -> None:
    point, other = owner.add_charge_point(), owner.add_charge_point()
    march.charge(owner, point, at=day(30), wants_kwh=10, is_settled=False)
    owner.stop_by_hand(point)
    march.pass_by(owner, minutes=5)
    march.charge(owner, other, at=day(31), wants_kwh=8, is_settled=False)

    _, out, err = report("monta", "--json")

    assert json.loads(out)["total"]["sessions"] == 1
    assert err.splitlines() == [
        "smart-charging report: 1 charge is not over yet, and left out",
        "smart-charging report: 1 charge is not settled yet; the money may still change",
    ]


def test_an_operators_charges_are_summed_by_driver(fleet: PartnerStandIn, march: March, report: Report) -> None:
    point = fleet.add_charge_point("Yard")
    charges = [march.charge(fleet, point, at=day(number), wants_kwh=4) for number in (3, 4, 5)]
    for charge_id, driver in zip(charges, ("Ada", "Bo", "Ada"), strict=True):
        member = {"id": len(driver), "teamId": 4100, "displayName": driver}
        fleet.charging.drivers[charge_id] = {"teamMember": member}

    read = document(report("monta_partner", "--by", "driver", "--json", "--rate", "1.5"))

    assert [(one["driver_id"], one["driver"], one["total"]["paid_back"]) for one in read["drivers"]] == [
        ("3", "Ada", 12.0),
        ("2", "Bo", 6.0),
    ]
    assert read["drivers"][0]["sessions"][0]["charger"] == "Yard"
    assert read["total"]["money"] == [{"currency": "DKK", "price": 30.0}]


@pytest.mark.parametrize("form", ["--json", "--csv", "--html=march.html", "--zone=UTC"])
def test_a_cards_number_is_never_shown_whole(
    fleet: PartnerStandIn, march: March, report: Report, tmp_path: Path, form: str
) -> None:
    point = fleet.add_charge_point()
    for number, card in ((3, CARD), (4, OTHER_CARD)):
        charge_id = march.charge(fleet, point, at=day(number), wants_kwh=4)
        fleet.charging.drivers[charge_id] = {"chargeAuth": {"type": "rfid", "id": card}}
    march.charge(fleet, point, at=day(5), wants_kwh=4)
    fleet.charging.cards = {CARD: "Van"}

    code, out, err = report("monta_partner", "--by", "card", form)
    shown = out + "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("*.html"))

    assert (code, err) == (0, "")
    assert all(text in shown for text in ("Van", "...D990", "...CC33", "without a card"))
    assert CARD not in shown
    assert OTHER_CARD not in shown


def test_cards_are_told_apart_where_their_names_may_not_be_read(
    fleet: PartnerStandIn, march: March, report: Report
) -> None:
    fleet.login.scopes = ["charge-points:read", "charge-transactions:read"]
    charge_id = march.charge(fleet, fleet.add_charge_point(), at=day(3), wants_kwh=4)
    fleet.charging.drivers[charge_id] = {"chargeAuth": {"type": "rfid", "id": CARD}}

    read = document(report("monta_partner", "--by", "card", "--json"))

    assert [(one["card_id"], one["card"]) for one in read["cards"]] == [("...D990", "card")]


def test_vat_is_the_taxs_part_of_each_printed_price(fleet: PartnerStandIn, march: March, report: Report) -> None:
    point = fleet.add_charge_point()
    for number, wants_kwh in ((3, 4.0), (4, 3.3)):
        march.charge(fleet, point, at=day(number), wants_kwh=wants_kwh)

    read = document(report("monta_partner", "--json", "--vat", "25"))
    _, out, _ = report("monta_partner", "--vat", "25")

    assert [one["vat"] for one in read["chargers"][0]["sessions"]] == [2.0, 1.65]
    assert read["total"]["money"] == [{"currency": "DKK", "price": 18.25, "vat": 3.65}]
    assert "VAT: what of the price is tax, at 25 %." in out.splitlines()


async def test_the_sums_are_those_of_the_breakdowns_and_of_the_energy_by_period(
    operator: PartnerStandIn, partner: PartnerClient, clock: Clock
) -> None:
    point, ids = operator.add_charge_point(), []
    for wants_kwh in (13.37, 0.45, 21.8, 7.1):
        operator.plug_in(point, Car(wants_kwh=wants_kwh))
        ids.append(operator.start_by_hand(point))
        clock.advance(hours=4)
        operator.unplug(point)
        clock.advance(hours=1)

    source = OperatorCharges(partner, lambda _count: None)
    found = await source.counted_between(clock() - timedelta(days=1), clock())
    told = statement_of(found.sessions, month=Month(2026, 11), zone=UTC, is_over=True, kind=source.kind)
    breakdowns = [await partner.charges.breakdown(charge_id) for charge_id in ids]
    consumptions = [await partner.charges.consumption(charge_id) for charge_id in ids]

    prices = [one.price.total for one in breakdowns if one.price]
    energy_kwh = sum(period.value or 0 for one in consumptions for period in one.periods)
    assert told.total.sessions == len(prices) == 4
    assert told.total.money[0].amounts[Money.PRICE] == sum(price for price in prices if price is not None)
    assert float(told.total.energy_kwh) == pytest.approx(energy_kwh, abs=0.01)


def rows_of(charge: Charge, count: int) -> list[dict[str, object]]:
    """So many charges like one."""
    row = shapes.charge(charge, "DKK") | {"consumedKwh": 1.25, "price": 3, "state": "completed"}
    return [row | {"id": 800_000 + number} for number in range(count)]


async def test_thousands_of_charges_take_a_request_per_hundred_and_wait_for_quota(
    monta: MontaStandIn, client: MontaClient, clock: Clock
) -> None:
    monta.start_by_hand(point := monta.add_charge_point())
    charge = monta.charge_of(point)
    assert charge is not None
    monta.habits = Habits(odd_charges=rows_of(charge, 2345))
    asked_at, counts = clock(), list[int]()

    found = await OwnCharges(client, counts.append).counted_between(clock() - timedelta(days=1), clock() + SECOND)

    assert sum(one.energy_kwh for one in found.sessions) == 2345 * 1.25
    assert counts[0] == 100
    assert counts[-1] == 2346
    assert len(monta.sent("charges")) == 24
    assert {request.status for request in monta.requests} == {200}
    assert timedelta(minutes=1) < clock() - asked_at < timedelta(minutes=5)


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_progress_is_shown_on_a_terminal_only(
    fleet: PartnerStandIn, march: March, report: Report, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO
) -> None:
    charge_id = march.charge(fleet, fleet.add_charge_point(), at=day(3), wants_kwh=4)
    fleet.habits = Habits(odd_charges=rows_of(fleet.site.charges[charge_id], 300))
    monkeypatch.setattr(sys, "stderr", stream)

    code, out, _ = report("monta_partner", "--json")

    assert (code, json.loads(out)["total"]["sessions"]) == (0, 301)
    shown = re.findall(r"\r\x1b\[K([^\r]*)", stream.getvalue())
    assert shown == (["100 charges read", "200 charges read", "300 charges read", ""] if stream.isatty() else [])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("monta --by driver", "--by driver: monta does not tell it; monta_partner does"),
        ("sessions --by card", "--by card: sessions does not tell it; monta_partner does"),
        ("monta some.jsonl", "some.jsonl: a session file goes with --from sessions"),
        ("monta --vat much", "--vat much: write a number, 0 or more"),
        (
            "monta --charger Drvie",
            "--charger Drvie: there is no charge of it; there are charges of Drive (410001); did you mean Drive?",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    owner: MontaStandIn, march: March, report: Report, words: str, complaint: str
) -> None:
    march.charge(owner, owner.add_charge_point("Drive"), at=day(3), wants_kwh=2)

    assert report(*words.split()) == (2, "", f"smart-charging report: {complaint}\n")


def test_refused_credentials_are_told_in_one_line(fleet: PartnerStandIn, report: Report) -> None:
    fleet.tokens.client_secret = "another"

    code, out, err = report("monta_partner")

    assert (code, out) == (2, "")
    assert "Monta refuses the client id and secret" in err
    assert err.count("\n") == 1
