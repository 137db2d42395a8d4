"""Values as the published schemas of what we write declare them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from stream.domain.measures.measure import Measured, Place, Unit

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Closed(BaseModel):
    """An object with no field but the declared."""

    model_config = ConfigDict(extra="forbid")


#: What a measure may come to, by its unit.
_BY_UNIT: dict[Unit, Any] = {
    Unit.COUNT: Count,
    Unit.BALANCE: int | None,
    Unit.RATIO: Ratio | None,
    Unit.MULTIPLE: Annotated[float, Field(ge=0)] | None,
    Unit.SECONDS: Seconds | None,
    Unit.YES_NO: bool,
}
_Model = TypeVar("_Model", bound=Closed)


def measured(
    of: type[Measured],
    place: Place,
    *,
    says: Mapping[str, str] | None = None,
    shapes: Mapping[str, Any] | None = None,
) -> Callable[[type[_Model]], type[_Model]]:
    """Give a model the measures that a place shows as fields.

    `says` describes them instead of what they say themselves; `shapes` are types of those that come to more
    than a number.
    """
    fields: dict[str, Any] = {}
    types = shapes or {}
    for row in of.rows:
        if place in row.where:
            brief = row.brief if says is None else says.get(row.name, "")
            fields[row.name] = (types.get(row.name, _BY_UNIT[row.unit]), Field(description=brief or None))

    def with_fields(model: type[_Model]) -> type[_Model]:
        return create_model(
            model.__name__, __base__=model, __doc__=model.__doc__, __module__=model.__module__, **fields
        )

    return with_fields
