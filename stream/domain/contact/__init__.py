"""Contacts: what customers do, from entering a queue to the end of wrapping up."""
