"""Have Monta send its events to this installation, end that, or show where they go.

Behind it have to stand a proxy with TLS that passes one path on to AppDaemon, and `webhook: true` at the monitor.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from smart_charging.cli.login import add_login_arguments
from smart_charging.cli.monta.names import WEBHOOK_ACTIONS
from smart_charging.cli.parser import Parser
from smart_charging.clouds.monta_partner.login import opened
from smart_charging.clouds.monta_partner.subscribing import described, subscribe, unsubscribe
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile
from smart_charging.errors import UsageError


def perform(prog: str, words: Sequence[str]) -> int:
    """Do what the words say; returns the exit code.

    Raises:
        ChargingError: It was not done; which one says why.
    """
    chosen = _parser(prog).parse_args(words)
    if chosen.action == "on" and not chosen.url:
        raise UsageError("write --url, the address at which your proxy takes events, such as https://HOST/monta")
    asyncio.run(_do(chosen))
    return 0


async def _do(chosen: argparse.Namespace) -> None:
    file = WebhookFile(chosen.credentials)
    async with opened(chosen.credentials, chosen.base_url) as client:
        match chosen.action:
            case "on":
                await subscribe(client, file, chosen.url, may_replace=chosen.replace)
                print(f"Monta sends events to {chosen.url} from now on; their secret is in {file.path}")
                print("the monitor takes them with webhook: true")
            case "off":
                there_was_one = await unsubscribe(client, file, may_replace=chosen.replace)
                print("Monta sends no events any more" if there_was_one else "Monta sent no events in the first place")
            case _:
                async for line in described(client, file):
                    print(line)


def _parser(prog: str) -> Parser:
    parser = Parser(prog=prog, description=__doc__)
    parser.add_argument("action", choices=WEBHOOK_ACTIONS, help="send events, end that, or show where they go")
    parser.add_argument(
        "--url", metavar="URL", help="with on: where your proxy takes events, such as https://HOST/monta"
    )
    parser.add_argument(
        "--replace", action="store_true", help="though events go to another address, which then gets none any more"
    )
    add_login_arguments(parser)
    return parser
