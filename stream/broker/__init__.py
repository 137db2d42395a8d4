"""What is asked of Kafka besides consuming in a group, which the engine does: topics, reading, publishing."""
