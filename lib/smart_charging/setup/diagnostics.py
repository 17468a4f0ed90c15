"""A report about an account, read once, to send along with a fault."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from contextlib import aclosing

from smart_charging.clouds.protocol import HasAccount
from smart_charging.clouds.report import cloud_report, safe, scrubbed
from smart_charging.errors import ChargingError
from smart_charging.setup.account_check import opened
from smart_charging.setup.asked_account import AskedAccount


async def account_diagnostics(asked: AskedAccount, *, version: str) -> Mapping[str, object]:
    """Versions, arguments, and what the cloud answered by its shape; a failure becomes a part of the report."""
    versions = {"smart_charging": version, "python": platform.python_version(), "system": platform.system()}
    arguments = {name: safe(value) for name, value in asked.arguments.items()}
    report: dict[str, object] = {"versions": versions, "cloud": asked.cloud, "settings": arguments}
    try:
        async with aclosing(opened(asked)) as cloud:
            try:
                if isinstance(cloud, HasAccount):
                    account = await cloud.account()
                    report["scopes"] = sorted(scope.value for scope in account.scopes)
                chargers = await cloud.chargers()
            finally:
                report |= cloud_report(cloud, ())
            report |= cloud_report(cloud, chargers)
    except ChargingError as err:
        report["problem"] = scrubbed(str(err), {str(asked.credentials_file), asked.account or ""})
    return report
