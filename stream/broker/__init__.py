"""Kafka's side doors: topics, and publishing in bulk. Consuming is the engine's."""
