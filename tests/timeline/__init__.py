"""Who is told what and when: a live centre, the real Prometheus and Alertmanager, and who is paged."""
