"""The decoders by name."""

from stream.adapters.anonymous_bank import AnonymousBankDecoder
from stream.adapters.base import Decoder
from stream.adapters.canonical import CanonicalDecoder

DECODERS: dict[str, type[Decoder]] = {
    decoder.name: decoder for decoder in (CanonicalDecoder, AnonymousBankDecoder)
}
