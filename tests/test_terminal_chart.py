"""The chart of characters, through the encoding and the colours of what it is printed to."""

import io
from datetime import UTC, datetime, timedelta
from typing import TextIO

import pytest

from smart_charging.picture.terminal import chart
from smart_charging.planning.plan import Block
from smart_charging.prices.curve import PriceCurve, PriceSlot
from worlds.terminal import Terminal

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def printed_to(stream: TextIO, *prices: float, charged: slice = slice(0, 0)) -> list[str]:
    quarters = [
        PriceSlot(start=MIDNIGHT + number * QUARTER, end=MIDNIGHT + (number + 1) * QUARTER, price_per_kwh=price)
        for number, price in enumerate(prices)
    ]
    blocks = [Block(start=quarter.start, end=quarter.end) for quarter in quarters[charged]]
    return chart(
        PriceCurve(tuple(quarters)), MIDNIGHT, quarters[-1].end, blocks=blocks, zone=UTC, width=80, stream=stream
    )


def file(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def test_bars_are_as_high_as_prices_and_marks_are_below_what_is_charged() -> None:
    lines = printed_to(file("utf-8"), 4, 1, 2, 3, charged=slice(1, 3))

    assert [line[8:] for line in lines[:8]] == ["█", "█", "█  █", "█  █", "█ ██", "█ ██", "████", "████"]
    assert lines[8:] == [" " * 9 + "##", " " * 8 + "00"]


def test_what_has_no_block_characters_gets_a_chart_of_ascii() -> None:
    lines = printed_to(file("ascii"), 4, 1.2, 2, 3, charged=slice(1, 3))

    assert all(line.isascii() for line in lines)
    assert [line[8:] for line in lines[4:8]] == ["| ||", "|.||", "||||", "||||"]


def test_a_terminal_sees_what_is_charged_in_green(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    lines = printed_to(Terminal(), 4, 1, 4, charged=slice(1, 2))

    assert lines[7].endswith("█\x1b[32m█\x1b[0m█")
    assert lines[8].endswith(" \x1b[32m#\x1b[0m")


def test_a_file_gets_no_colour() -> None:
    assert not any("\x1b" in line for line in printed_to(file("utf-8"), 4, 1, charged=slice(1, 2)))
