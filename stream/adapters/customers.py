"""Customers of the contacts in a log, kept beside the events because facts hold no customer."""

from stream.adapters.pseudonym import Pseudonyms

#: Values that logs use for an unknown customer.
_NOBODY = frozenset({"", "0"})


class Customers:
    """The pseudonym of each contact's customer. The identifier in the log is not kept."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._of: dict[str, str] = {}

    def note(self, contact: str, customer: str) -> None:
        """Note the customer of a contact: a number, an address, an id, or unknown."""
        if customer.strip() not in _NOBODY:
            self._of[contact] = self._pseudonyms.of(customer)

    def of(self, contact: str) -> str:
        """The pseudonym of the customer of `contact`; "" if unknown."""
        return self._of.get(contact, "")
