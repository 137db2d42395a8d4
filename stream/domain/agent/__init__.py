"""Agents: the states they are in, and what is planned for them."""
