"""The contact entity."""

from collections.abc import Callable, Iterable
from types import MappingProxyType

from msgspec.json import Decoder

from stream.domain.contact.contribution import Live
from stream.domain.contact.known import Contact
from stream.domain.contact.now import ContactsNow
from stream.domain.contact.posting import Poster
from stream.domain.definition import Definitions
from stream.domain.entity import Entity
from stream.domain.fact import Fact
from stream.domain.limits import CONTACT_FACTS, OPEN_CONTACTS
from stream.domain.series import is_series

_doing = Decoder(tuple[Live, ...]).decode
_SERIES = {"c": 2, "h": 2, "k": 1, "l": 2, "m": 2}


class _Contacts(Entity):
    """See `Entity`."""

    name, letter, retention = "contact", "c", "contacts_ms"
    series = MappingProxyType(_SERIES)
    most_open, most_facts = OPEN_CONTACTS, CONTACT_FACTS

    def reader(self, definitions: Definitions, grace_ms: int) -> Callable[[Iterable[Fact]], Contact]:  # noqa: ARG002 - see `Entity`
        """See `Entity`."""
        poster = Poster(definitions.wait_edges_ms)
        return lambda facts: Contact(facts, definitions, poster)

    def live_of(self, text: bytes | str) -> tuple[Live, ...]:
        """See `Entity`."""
        live = _doing(text)
        if not live or not all(is_series(doing.series, self.series) for doing in live):
            raise ValueError("nothing that a contact does")
        return live

    def live_index(self) -> ContactsNow:
        """See `Entity`."""
        return ContactsNow()


#: The contact entity.
CONTACT = _Contacts()
