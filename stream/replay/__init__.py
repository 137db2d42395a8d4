"""Recorded logs: folded into a report without servers, or sent to Kafka."""
