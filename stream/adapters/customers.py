"""Whom the contacts of a log are with: told beside the events, for a fact holds no customer."""

from stream.adapters.pseudonym import Pseudonyms

#: How logs write that they do not know the customer.
_NOBODY = frozenset({"", "0"})


class Customers:
    """The pseudonym of each contact's customer. What the log calls the customer is not kept."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._of: dict[str, str] = {}

    def note(self, contact: str, customer: str) -> None:
        """The log says that `contact` is with `customer`: a number, an address, an id, or nobody known."""
        if customer.strip() not in _NOBODY:
            self._of[contact] = self._pseudonyms.of(customer)

    def of(self, contact: str) -> str:
        """The pseudonym of the customer of `contact`, "" where it is not known."""
        return self._of.get(contact, "")
