"""Commands by MQTT around the start of the apps."""

from __future__ import annotations

import asyncio
import logging

import pytest

from smart_charging.entities.command import EntityCommand
from smart_charging.errors import CommandError
from smart_charging.services.entity_commands import EntityCommands
from worlds.virtual_time import Clock

PRESS = EntityCommand(device_id="7", domain="switch", key="charging", payload="on")


async def test_a_command_of_the_first_seconds_waits_for_its_app(clock: Clock) -> None:
    commands, obeyed = EntityCommands(logging.getLogger("commands")), []

    async def obey(command: EntityCommand) -> None:
        obeyed.append(command)

    pressed = asyncio.create_task(commands.hand_over(PRESS))
    await clock.sleep(8)
    commands.on("mode", obey)
    await clock.sleep(1)
    commands.on("charging", obey)
    await pressed

    assert obeyed == [PRESS]


async def test_a_command_whose_app_never_comes_is_refused_after_a_while(clock: Clock) -> None:
    commands = EntityCommands(logging.getLogger("commands"))
    began = clock()

    with pytest.raises(CommandError, match="no app handles it"):
        await commands.hand_over(PRESS)

    assert 10 <= (clock() - began).total_seconds() <= 20


async def test_keys_that_nobody_knows_are_refused_at_once_and_not_kept(clock: Clock) -> None:
    commands, began = EntityCommands(logging.getLogger("commands")), clock()

    for number in range(100):
        with pytest.raises(CommandError):
            await commands.hand_over(EntityCommand(device_id="7", domain="switch", key=f"k{number}", payload="on"))

    assert clock() == began
    assert commands._handlers == {}
