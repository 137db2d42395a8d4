"""The outside view in Prometheus's terms: the only place that imports prometheus_client."""
