"""What goes to stderr when something is wrong: one line that begins with the command."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from smart_charging.colour import Style, styled
from smart_charging.printable import printable

_ALIKE = 0.6
"""How much of two words has to agree, from 0 to 1, for one to be meant by the other."""


def complain(program: str, problem: str) -> None:
    """Print the problem on one line; `program` is `smart-charging` with the command, if there is one."""
    begin = styled(f"{program}:", Style.BOLD, Style.RED, stream=sys.stderr)
    print(f"{begin} {printable(' '.join(problem.split()))}", file=sys.stderr)


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """A question to append to a sentence about an unknown name; empty if none is like it."""
    by_folded = {name.casefold(): name for name in names}
    close = get_close_matches(text.casefold(), by_folded, n=1, cutoff=_ALIKE)
    return f"; did you mean {by_folded[close[0]]}?" if close else ""


def fault(error: Exception) -> str:
    """A sentence to report, where nobody foresaw the error: what it is, and the place in the code."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"a fault of the program, please report this line: {type(error).__name__} at {place}: {error}"
