"""Have Monta send its events to this installation, end that, or show where they go.

Behind it have to stand a proxy with TLS that passes one path on to AppDaemon, and `webhook: true` at the monitor.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from smart_charging.cli.complaints import complain
from smart_charging.cli.parser import Parser
from smart_charging.clouds.monta_partner.client import BASE_URL, PartnerClient, partner_budget
from smart_charging.clouds.monta_partner.credentials import read_credentials
from smart_charging.clouds.monta_partner.subscribing import described, subscribe, unsubscribe
from smart_charging.clouds.monta_partner.webhook_file import WebhookFile
from smart_charging.config.defaults import CREDENTIALS_FILE, TOKEN_FILE
from smart_charging.errors import AuthError, CloudError, ConfigError, NotPermittedError, RateLimitedError

_PROGRAM = "smart-charging monta webhook"
_REFUSED, _MISUSED, _NO_ACCESS, _LATER = 1, 2, 3, 4
_TOKENS = TOKEN_FILE.format(suffix="_monta_partner")
"""The monitor's, so that no second login is needed."""


def webhook(words: Sequence[str]) -> int:
    """Do what the words behind `monta webhook` say.

    Returns the exit code: 0, 1 (refused), 2 (wrong words), 3 (credentials) or 4 (try later).
    """
    try:
        asyncio.run(_do(_parser().parse_args(words)))
    except RateLimitedError as err:
        return _complained(str(err), _LATER)
    except (AuthError, NotPermittedError) as err:
        return _complained(str(err), _NO_ACCESS)
    except CloudError as err:
        return _complained(str(err), _REFUSED)
    except ConfigError as err:
        return _complained(str(err), _MISUSED)
    return 0


def _parser() -> Parser:
    parser = Parser(prog=_PROGRAM, description=__doc__)
    parser.add_argument("action", choices=("on", "off", "show"), help="send events, end that, or show where they go")
    parser.add_argument(
        "--url", metavar="URL", help="with on: where your proxy takes events, such as https://HOST/monta"
    )
    parser.add_argument(
        "--replace", action="store_true", help="though events go to another address, which then gets none any more"
    )
    parser.add_argument(
        "--credentials",
        type=Path,
        default=Path(CREDENTIALS_FILE),
        metavar="FILE",
        help=f"the file with monta_partner_client_id and its secret (default: {CREDENTIALS_FILE} in this folder)",
    )
    parser.add_argument(
        "--base-url", metavar="URL", default=BASE_URL, help="where Monta answers (default: Monta's own)"
    )
    return parser


async def _do(arguments: argparse.Namespace) -> None:
    if arguments.action == "on" and not arguments.url:
        raise ConfigError("write --url, the address at which your proxy takes events, such as https://HOST/monta")
    file = WebhookFile(arguments.credentials)
    async with _opened(arguments.credentials, arguments.base_url) as client:
        match arguments.action:
            case "on":
                await subscribe(client, file, arguments.url, may_replace=arguments.replace)
                print(f"Monta sends events to {arguments.url} from now on; their secret is in {file.path}")
                print("the monitor takes them with webhook: true")
            case "off":
                there_was_one = await unsubscribe(client, file, may_replace=arguments.replace)
                print("Monta sends no events any more" if there_was_one else "Monta sent no events in the first place")
            case _:
                async for line in described(client, file):
                    print(line)


def _opened(credentials_file: Path, base_url: str) -> PartnerClient:
    try:
        credentials = read_credentials(credentials_file)
    except ConfigError as err:
        raise AuthError(str(err)) from err
    return PartnerClient(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        base_url=base_url,
        budget=partner_budget(),  # Monta's answers tell what the apps have spent of the quota
        token_file=credentials_file.with_name(_TOKENS),
    )


def _complained(problem: str, code: int) -> int:
    complain(_PROGRAM, problem)
    return code
