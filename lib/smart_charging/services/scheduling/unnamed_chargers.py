"""Which chargers are scheduled although apps.yaml does not name them."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from smart_charging.charger import Charger
from smart_charging.services.control.accounts import Target

MOST_UNASKED = 4
"""A home has no more chargers than that; whose account has more is asked which are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chargers taken, and those a person has to choose among."""

    taken: Sequence[Target] = ()
    asked: Sequence[Target] = ()


def chosen(there: Sequence[Target], before: Set[str], *, takes_all: bool) -> Choice:
    """Choose among the chargers that are not named.

    Args:
        there: Those that the accounts have now.
        before: The keys of those taken earlier, which stay: a car is not left uncharged because a charger joins.
        takes_all: Whether a person said that any number is meant.
    """
    fitting = [one for one in there if one.key in before or is_for_home(one.charger)]
    if takes_all or len(fitting) <= MOST_UNASKED:
        return Choice(taken=fitting)
    return Choice(
        taken=[one for one in fitting if one.key in before], asked=[one for one in fitting if one.key not in before]
    )


def is_for_home(charger: Charger) -> bool:
    """Whether it is a private AC charger for cars that may be commanded.

    Many clouds tell neither visibility nor type: what they do not call public or DC is taken for private and AC.
    """
    return charger.visibility != "public" and charger.type != "dc" and charger.is_for_cars and charger.may_be_commanded
