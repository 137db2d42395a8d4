"""The registry of entities. See `Entity`."""

from stream.domain.agent.entity import AGENT
from stream.domain.contact.entity import CONTACT
from stream.domain.entity import Entities

ENTITIES = Entities(CONTACT, AGENT)
