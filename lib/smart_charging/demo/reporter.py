"""Tells a night to a person as it goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from smart_charging.colour import Style
from smart_charging.demo.console import Console
from smart_charging.demo.facts import Facts
from smart_charging.demo.house import State
from smart_charging.demo.night import CURRENCY, ZONE
from smart_charging.demo.story import Kind, Story, progress
from smart_charging.demo.watch import Warnings, Watch
from smart_charging.picture.terminal import chart

_STYLES: Mapping[Kind, tuple[Style, ...]] = {Kind.EVENT: (), Kind.GOOD: (Style.GREEN,), Kind.WORRY: (Style.YELLOW,)}


class Reporter:
    """Tells a night to a person as it goes by.

    Args:
        slug: What the charger's entity ids begin with, after the domain.
        prefix: The same of all entities.
        verbose: Whether every change of a state is told, too.
    """

    def __init__(self, console: Console, log: Callable[[], str], *, slug: str, prefix: str, verbose: bool) -> None:
        self._teller = console
        self._warnings = Warnings(log)
        self._story = Story(ZONE, CURRENCY)
        self._watch = Watch(prefix) if verbose else None
        self._slug = slug

    def look(self, states: Mapping[str, State], at: datetime) -> None:
        """Tell what is new."""
        clock, facts = f"{at.astimezone(ZONE):%H:%M}", Facts.read(states, self._slug)
        for line in self._watch.changes(states) if self._watch else ():
            self._teller.line(f"{clock}  {line}", Style.DIM)
        for text in self._warnings.news():
            self._teller.event(clock, text, Style.YELLOW)
        for news in self._story.news(facts, at):
            self._teller.event(clock, news.text, *_STYLES[news.kind])
            if news.shows_plan:
                self._draw(facts)
        full, empty = self._teller.bar()
        self._teller.progress(f"{clock}  {progress(facts, ZONE, full=full, empty=empty)}")

    def remark(self, at: datetime, text: str) -> None:
        """Tell what only the stage manager knows."""
        self._teller.event(f"{at.astimezone(ZONE):%H:%M}", text, Style.DIM)

    def _draw(self, facts: Facts) -> None:
        if not (slots := facts.prices.slots):
            return
        drawn = chart(
            facts.prices,
            slots[0].start,
            slots[-1].end,
            blocks=facts.blocks,
            zone=ZONE,
            width=self._teller.width,
            stream=self._teller.stream,
        )
        self._teller.lines(["", f"       {facts.prices.currency or ''}/kWh; # is charged", *drawn, ""])
