"""The decoders by name."""

from stream.adapters.anonymous_bank import AnonymousBankDecoder
from stream.adapters.base import Decoder
from stream.adapters.canonical import CanonicalDecoder
from stream.adapters.customers import Customers

DECODERS: dict[str, type[Decoder]] = {
    decoder.name: decoder for decoder in (CanonicalDecoder, AnonymousBankDecoder)
}


def decoder(name: str, customers: Customers | None = None) -> Decoder:
    """The decoder of that name; one of a log that knows customers notes them in `customers`."""
    return AnonymousBankDecoder(customers) if name == AnonymousBankDecoder.name else DECODERS[name]()
