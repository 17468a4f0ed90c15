"""Reads answers of the Partner API: as JSON, as pages, and as models."""

from __future__ import annotations

import httpx
from pydantic import ValidationError

from smart_charging.clouds.http import answers
from smart_charging.clouds.http.answers import M, complaint_of
from smart_charging.clouds.http.wire import Call, trace
from smart_charging.clouds.monta.answers import raise_for_error
from smart_charging.clouds.monta_partner.pages import RawPage
from smart_charging.errors import ResponseError


def json_of(call: Call, response: httpx.Response) -> object:
    """The answer's JSON; None where there is none, as after most commands.

    Raises:
        ResponseError: It is no JSON, or an error that came with a status of success.
    """
    if not response.content:
        return None
    answer: object = answers.json_of(call, response)
    raise_for_error(call, response)
    return answer


def page_of(call: Call, response: httpx.Response) -> RawPage:
    """The rows of a list with a page around it or without; Monta does not tell of each list which it is.

    Raises:
        ResponseError: It is neither.
    """
    answer = json_of(call, response)
    if isinstance(answer, list):
        return RawPage(call=call, rows=answer)
    content = answer if isinstance(answer, dict) else {}
    rows, meta = content.get("data"), content.get("meta")
    if not isinstance(rows, list):
        raise ResponseError(f"{call}: the answer is no list{trace(response)}")
    told = meta if isinstance(meta, dict) else {}
    count, after = told.get("totalPageCount"), told.get("after")
    return RawPage(
        call=call,
        rows=rows,
        page_count=count if isinstance(count, int) else None,
        after=None if after is None else str(after),
    )


def read_rows(model: type[M], page: RawPage) -> tuple[list[M], str | None]:
    """The rows that can be read, and what is wrong with the first of the others.

    Raises:
        ResponseError: Of several rows none can be read.
    """
    read, complaint = answers.valid_rows(model, page.rows)
    if complaint and not read and len(page.rows) > 1:
        raise ResponseError(f"{page.call}: {complaint}")
    return read, complaint


def read_as(model: type[M], call: Call, response: httpx.Response) -> M:
    """An answer that is no list.

    Raises:
        ResponseError: It is invalid; names the first wrong field and the type that came instead.
    """
    answer = json_of(call, response)
    try:
        return model.model_validate(answer)
    except ValidationError as err:
        raise ResponseError(f"{call}: {complaint_of(err)}{trace(response)}") from err
