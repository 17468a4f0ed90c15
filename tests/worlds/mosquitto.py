"""A real MQTT broker on the loopback address, behind a password."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from smart_charging.demo.process import Process, free_port

PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
"""Debian keeps brokers where only root looks."""
USER = "appdaemon"
CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous false
password_file {passwords}
persistence false
user root
"""
"""Without persistence, a restart forgets what was retained: the worst case. The user matters to root only."""


def missing_program() -> str | None:
    """The part of mosquitto that is not installed here."""
    return next((name for name in ("mosquitto", "mosquitto_passwd") if not shutil.which(name, path=PLACES)), None)


class Mosquitto:
    """Runs inside `async with`; a restart keeps port and password."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        passwords, configuration = folder / "passwords", folder / "mosquitto.conf"
        subprocess.run(  # noqa: S603 - our own words
            [_program("mosquitto_passwd"), "-b", "-c", passwords, USER, self.password], check=True, capture_output=True
        )
        configuration.write_text(CONFIGURATION.format(port=self.port, passwords=passwords))
        command = [_program("mosquitto"), "-v", "-c", str(configuration)]
        self.process = Process("mosquitto", command, log=folder / "mosquitto.log")

    async def start(self) -> None:
        self.process.start()
        await self.process.wait_for("running", timeout_s=20)

    async def restart(self) -> None:
        await self.process.stop()
        await self.start()

    async def retained(self, topics: str) -> dict[str, str]:
        """What a newcomer is told at once."""
        return await asyncio.to_thread(self._retained, topics)

    def _retained(self, topics: str) -> dict[str, str]:
        found: dict[str, str] = {}
        last = "test/that_was_all"

        def subscribe(client: Client, *_: object) -> None:
            client.subscribe([(last, 0), (topics, 0)])

        def finish(client: Client, *_: object) -> None:
            client.publish(last, "")

        def hear(client: Client, _userdata: object, message: MQTTMessage) -> None:
            if message.topic == last:
                client.disconnect()
            else:
                found[message.topic] = message.payload.decode()

        client = Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(USER, self.password)
        client.on_message = hear
        client.on_connect = subscribe
        client.on_subscribe = finish
        client.connect("127.0.0.1", self.port)
        client.loop_forever()
        return found


def _program(name: str) -> str:
    found = shutil.which(name, path=PLACES)
    if not found:
        raise FileNotFoundError(name)
    return found
