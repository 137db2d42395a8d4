"""The decoders by name."""

from collections.abc import Set as AbstractSet
from enum import StrEnum

from stream.adapters.base import Decoder
from stream.adapters.canonical import CanonicalDecoder
from stream.adapters.customers import Customers
from stream.connectors.anonymous_bank.decode import AnonymousBankDecoder

DECODERS: dict[str, type[Decoder]] = {
    decoder.name: decoder for decoder in (CanonicalDecoder, AnonymousBankDecoder)
}
Adapter = StrEnum("Adapter", {name.replace("-", "_"): name for name in DECODERS})  # type: ignore[misc]


def decoder(
    name: str, customers: Customers | None = None, own_names: AbstractSet[str] = frozenset()
) -> Decoder:
    """The decoder of that name; one of a log that knows customers notes them in `customers`.

    `own_names` are those of queues and teams that the settings name.
    """
    if name == AnonymousBankDecoder.name:
        return AnonymousBankDecoder(customers, own_names)
    return CanonicalDecoder(own_names)
