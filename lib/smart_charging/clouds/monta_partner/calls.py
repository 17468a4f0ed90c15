"""Calls any operation of the Partner API by its name, raw or read as a model, and walks over lists."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from smart_charging.clouds.http.budget import Urgency
from smart_charging.clouds.http.model import CloudModel
from smart_charging.clouds.http.odd_rows import OddRows
from smart_charging.clouds.http.wire import Call
from smart_charging.clouds.monta.channel import Channel
from smart_charging.clouds.monta_partner.answers import json_of, page_of, read_as, read_rows
from smart_charging.clouds.monta_partner.operations import Operation, operation
from smart_charging.clouds.monta_partner.pages import Choice, RawPage, walk
from smart_charging.clouds.monta_partner.requests import camel_case, request_of
from smart_charging.errors import UsageError

M = TypeVar("M", bound=CloudModel)


class Calls:
    """What all subjects of the API are asked through.

    Nothing is sent twice but a request whose token was refused, nothing is read ahead of being asked for,
    and no answer is kept: stop and restart are GETs.

    Args:
        version: The API's version, told with every request.
        operator_id: Only of this operator, wherever an operation can be asked for one's.
    """

    def __init__(
        self, channel: Channel, *, version: str, operator_id: int | None, urgency: Urgency, logger: logging.Logger
    ) -> None:
        self._channel = channel
        self._headers = {"Monta-Version": version}
        self._operator_id = operator_id
        self._urgency = urgency
        self._odd_rows = OddRows(logger)

    async def call(self, name: str, /, **given: object) -> Any:
        """Call one operation; returns its JSON, or None where the answer is empty. A list is one page with its `meta`.

        Args:
            name: By the rule in `operations`.
            given: The parameters, in snake_case or as Monta writes them.

        Raises:
            UsageError: No such operation, an unknown parameter or a missing one; nothing was sent.
        """
        return json_of(*await self._called(name, given))

    async def every(self, name: str, /, **given: object) -> AsyncIterator[Any]:
        """The rows of a list, from all its pages; further pages are read when their rows are asked for.

        Raises:
            UsageError: As for `call`; also where the answer is no list.
        """
        async for page in self.raw_pages(name, **given):
            for row in page.rows:
                yield row

    def raw_pages(self, name: str, /, **given: object) -> AsyncIterator[RawPage]:
        """The same page by page, with what each tells of the others.

        Raises:
            UsageError: As for `every`.
        """
        return self._pages(name, given)

    async def read(self, model: type[M], name: str, /, **given: object) -> M:
        """The answer of one operation as a model."""
        return read_as(model, *await self._called(name, given))

    async def rows(self, model: type[M], name: str, /, **given: object) -> AsyncIterator[M]:
        """The rows of a list as models."""
        async for page in self.pages(model, name, **given):
            for row in page:
                yield row

    async def pages(self, model: type[M], name: str, /, **given: object) -> AsyncGenerator[Sequence[M], None]:
        """The same page by page; a row that cannot be read is left out and logged."""
        async for page in self._pages(name, given):
            rows, complaint = read_rows(model, page)
            if complaint:
                self._odd_rows.warn(page.call, complaint)
            yield rows

    async def _called(self, name: str, given: Mapping[str, object]) -> tuple[Call, httpx.Response]:
        asked = operation(name)
        request = request_of(asked, self._of_operator(asked, given), self._headers)
        return request, await self._channel.request(request, Urgency.COMMAND if asked.has_effect else self._urgency)

    def _pages(self, name: str, given: Mapping[str, object]) -> AsyncIterator[RawPage]:
        asked = operation(name)
        if asked.paging is None:
            raise UsageError(f"{name}: the answer is no list; use call")
        filters = self._of_operator(asked, given)

        async def fetch(choice: Choice, *, is_later: bool) -> RawPage:
            request = request_of(asked, {**filters, **choice}, self._headers)
            return page_of(request, await self._channel.request(request, _later(self._urgency, is_later=is_later)))

        return walk(asked.paging, fetch, _choice_in(asked, filters))

    def _of_operator(self, asked: Operation, given: Mapping[str, object]) -> Mapping[str, object]:
        told = {camel_case(name): value for name, value in given.items()}
        is_asked = any(parameter.name == "operatorId" for parameter in asked.query)
        return {"operatorId": self._operator_id, **told} if is_asked and self._operator_id is not None else told


def _later(urgency: Urgency, *, is_later: bool) -> Urgency:
    """A further page waits for quota, since dropping it would waste the pages before."""
    return Urgency.PAGE if is_later and urgency is Urgency.POLL else urgency


def _choice_in(asked: Operation, given: Mapping[str, object]) -> Choice:
    names = asked.paging.parameters if asked.paging else ()
    return {name: given[name] for name in names if name in given}
