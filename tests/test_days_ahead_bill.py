import pytest

from benchmarks.days_ahead_bill import Bill


def test_a_month_pays_for_what_its_days_have_used_though_it_is_charged_in_the_next() -> None:
    bill = Bill()
    bill.use("2026-03", 8.0)
    bill.use("2026-04", 8.0)

    bill.pay(12.0, 1.2)

    assert bill.by_month == pytest.approx({"2026-03": 0.8, "2026-04": 0.4})
    assert bill.unpaid_kwh == pytest.approx(4.0)


def test_what_was_charged_beyond_the_need_is_paid_for_by_whoever_uses_it() -> None:
    bill = Bill()
    bill.use("2026-03", 8.0)
    bill.pay(10.0, 1.0)

    bill.use("2026-04", 2.0)

    assert bill.by_month == pytest.approx({"2026-03": 0.8, "2026-04": 0.2})


def test_what_nobody_uses_is_billed_in_the_end() -> None:
    bill = Bill()
    bill.use("2026-03", 8.0)
    bill.pay(10.0, 1.0)

    bill.close("2026-03")
    bill.close("2026-03")

    assert bill.by_month == pytest.approx({"2026-03": 1.0})


def test_a_night_without_charging_costs_nothing() -> None:
    bill = Bill()
    bill.use("2026-03", 8.0)

    bill.pay(0.0, 0.0)

    assert (sum(bill.by_month.values()), bill.unpaid_kwh) == (0.0, 8.0)
