"""Monta's operations as tools: what reads, and what else of a group a person has allowed.

Never a tool: what deletes, moves money or sets prices, and what deals in secrets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from smart_charging.cli.mcp.short import fit_for_a_model
from smart_charging.cli.mcp.tool import Arguments, Tool, parameter
from smart_charging.clouds.monta_partner.operations import Operation, Paging, operations

if TYPE_CHECKING:
    from smart_charging.clouds.monta_partner.client import PartnerClient

SECRET_GROUPS = {"authentication", "webhooks", "charge-auth-tokens"}
_SECRET_OPERATIONS = {"get-charge-point-ocpp-config", "post-charge-point-ocpp-config"}
"""Among the keys of a charger is the one by which it identifies itself."""
MONEY_GROUPS = {
    *("invoices", "plans", "price-group-tags", "price-groups", "promotion-codes", "sponsored-charge-points"),
    *("subscription-purchases", "subscriptions", "tariff-period-groups", "tariff-recurring-periods", "tariffs"),
    *("wallet-transactions", "wallets"),
}
"""Only read."""
_ROWS, _MOST_ROWS = 10, 25


def operation_tools(partner: PartnerClient, allowed: Collection[str]) -> Sequence[Tool]:
    """A tool for each operation that may be one.

    Args:
        allowed: Groups of which a model may do more than read.
    """
    return [_tool(one, partner) for one in operations().values() if _is_offered(one, allowed)]


def allowable_groups() -> Sequence[str]:
    """Groups with something to allow."""
    return list(dict.fromkeys(one.group for one in operations().values() if one.has_effect and _may_ever(one)))


def _is_offered(operation: Operation, allowed: Collection[str]) -> bool:
    return _may_ever(operation) and (not operation.has_effect or operation.group in allowed)


def _may_ever(operation: Operation) -> bool:
    if operation.group in SECRET_GROUPS or operation.name in _SECRET_OPERATIONS or operation.method == "DELETE":
        return False
    return not (operation.has_effect and operation.group in MONEY_GROUPS)


def _tool(operation: Operation, partner: PartnerClient) -> Tool:
    async def call(arguments: Arguments) -> object:
        if operation.paging is None:
            answer = await partner.call(operation.name, **arguments)
            return "done" if answer is None else fit_for_a_model(answer)
        return await _page(operation, partner, arguments)

    return Tool(
        name=operation.name,
        does=_about(operation),
        call=call,
        parameters=_parameters(operation),
        required=[one.name for one in operation.parameters if one.is_required],
        changes_something=operation.has_effect,
    )


async def _page(operation: Operation, partner: PartnerClient, arguments: Arguments) -> Mapping[str, object]:
    """One page; which one is next, where there is one."""
    is_by_number = operation.paging is Paging.OFFSET
    choice = {"perPage": _ROWS, **({"page": 0} if is_by_number else {})} if operation.paging in _IN_PAGES else {}
    async for page in partner.pages(operation.name, **{**choice, **arguments}):
        number = int(arguments.get("page", 0))
        further = {"page": number, "pages": page.page_count} if is_by_number else {"after": page.after}
        rows = [fit_for_a_model(row) for row in page.rows]
        return {"rows": rows, **{name: value for name, value in further.items() if value is not None}}
    return {"rows": []}


_IN_PAGES = {Paging.OFFSET, Paging.CURSOR, Paging.EITHER}


def _parameters(operation: Operation) -> Mapping[str, Mapping[str, object]]:
    schemas: dict[str, Mapping[str, object]] = {one.name: {} for one in operation.parameters}
    if operation.paging is Paging.OFFSET:
        schemas["page"] = parameter("integer", "which page, from 0", minimum=0)
    elif operation.paging in _IN_PAGES:
        schemas["after"] = parameter("string", "`after` of the answer before, for the next page")
    if operation.paging in _IN_PAGES:
        schemas["perPage"] = parameter("integer", f"rows ({_ROWS})", minimum=1, maximum=_MOST_ROWS)
    return schemas


def _about(operation: Operation) -> str:
    times = any("date" in one.name.lower() or one.name.endswith("At") for one in operation.query)
    words = [f"Monta, {operation.group}: {operation.does}."]
    words += ["Changes something: ask the person first."] if operation.has_effect else []
    words += ["Times are in UTC, such as 2026-11-01T00:00:00Z."] if times else []
    return " ".join(words)
