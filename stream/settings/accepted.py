"""What settings may say: kinds of values, each with the fault that a wrong one is told."""

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from stream.access import RedisAddress
from stream.domain.civil import minute_of
from stream.domain.opening import hours_of


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("an IANA time zone is accepted, for example Asia/Jakarta")
    return name


def _time(time: str) -> str:
    minute_of(time)
    return time


def _span(span: str) -> str:
    hours_of(span)
    return span


def _date(day: Any) -> date:
    """Read a date of TOML, quoted or not; a time of day makes it none."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", str(day), re.ASCII):
            return date.fromisoformat(str(day))
    except ValueError:
        pass
    raise ValueError("a date is accepted, for example 2026-12-25")


def brokers(addresses: str) -> str:
    """Addresses of Kafka; raises ValueError for anything else."""
    if not re.fullmatch(r"[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*", addresses):
        raise ValueError("host:port is accepted, or several separated by commas")
    return addresses


def host_names(names: str) -> str:
    """Names of hosts, without ports; raises ValueError for anything else."""
    if names and not re.fullmatch(r"[A-Za-z0-9_.-]{1,253}(,[A-Za-z0-9_.-]{1,253})*", names):
        raise ValueError("names of hosts without ports are accepted, several separated by commas")
    return names


def redis_address(url: str) -> str:
    """An address of Redis; raises ValueError for anything else."""
    try:
        RedisAddress.of(url)
    except ValueError:
        raise ValueError(
            "redis://host:port/0 is accepted, or several host:port of a cluster separated by commas, "
            "redis+sentinel://host:port,host:port/service/0, and rediss in place of redis for TLS; or unix://"
        ) from None
    query = url.partition("?")[2]
    if "ssl_" in query:
        raise ValueError("TLS is set by PANTAU_REDIS_TLS_CA, _CERT and _KEY, and always verified")
    if "sentinel_" in query:
        raise ValueError("the login of sentinels is set by PANTAU_REDIS_SENTINEL_USER and _PASSWORD")
    return url


Zone = Annotated[str, AfterValidator(_zone)]
Time = Annotated[str, AfterValidator(_time)]
#: Opening hours of a day.
Spans = list[Annotated[str, AfterValidator(_span)]]
Day = Annotated[date, BeforeValidator(_date)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Strict(BaseModel):
    """A section in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)
