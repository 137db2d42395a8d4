"""Values as the published schemas of what we write declare them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Closed(BaseModel):
    """An object with no field but the declared."""

    model_config = ConfigDict(extra="forbid")
