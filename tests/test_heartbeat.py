import asyncio
import logging
from datetime import timedelta

import pytest

from smart_charging.services.heartbeat import Heartbeat

LOG = logging.getLogger("heartbeat")
LONG = timedelta(hours=1)


async def beaten(heart: Heartbeat, *, for_s: float = 0.05) -> None:
    task = asyncio.create_task(heart.run())
    await asyncio.sleep(for_s)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_each_beat_says_when_the_next_one_comes() -> None:
    rests = [timedelta(0), timedelta(0), LONG, timedelta(0)]

    async def beat() -> timedelta:
        return rests.pop(0)

    await beaten(Heartbeat(beat, LOG))

    assert len(rests) == 1


async def test_waking_cuts_a_rest_short() -> None:
    beats: list[int] = []

    async def beat() -> timedelta:
        beats.append(1)
        return LONG

    heart = Heartbeat(beat, LOG)
    task = asyncio.create_task(heart.run())
    await asyncio.sleep(0.02)
    heart.wake()
    await asyncio.sleep(0.02)
    task.cancel()

    assert len(beats) == 2


async def test_a_wake_during_a_beat_is_followed_by_another_beat_and_beats_do_not_overlap() -> None:
    at_once, most = 0, 0
    beats = 0

    async def beat() -> timedelta:
        nonlocal at_once, most, beats
        at_once, beats = at_once + 1, beats + 1
        most = max(most, at_once)
        if beats == 1:
            heart.wake()
        await asyncio.sleep(0.01)
        at_once -= 1
        return LONG

    heart = Heartbeat(beat, LOG)
    await beaten(heart)

    assert (beats, most) == (2, 1)


async def test_a_bug_is_logged_and_the_heart_beats_on(caplog: pytest.LogCaptureFixture) -> None:
    beats: list[int] = []

    async def beat() -> timedelta:
        beats.append(1)
        if len(beats) == 1:
            raise ZeroDivisionError
        return LONG

    heart = Heartbeat(beat, LOG)
    task = asyncio.create_task(heart.run())
    await asyncio.sleep(0.02)
    heart.wake()
    await asyncio.sleep(0.02)
    task.cancel()

    assert len(beats) == 2
    assert "please report it" in caplog.text
