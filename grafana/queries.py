# ruff: noqa: INP001 - the modules of one script; the folder is data for Grafana, not a package
"""PromQL that the dashboards share, built from small pieces.

Rules kept here:
- Exporter replicas serve the same values: every business series is read through `replicas`, never summed raw.
- A window series is read with exactly one window.
- What a viewer sees is limited to a tenant, a team and a queue through `pantau_queue_info`, and nothing else.
"""

QUEUE = "tenant, queue, media"
QUEUES_IN_VIEW = 'pantau_queue_info{tenant=~"$tenant", team=~"$team", queue=~"$queue"}'


def replicas(selector: str, *, pick: str = "max") -> str:
    """Take one value of what several exporter replicas say alike."""
    return f"{pick} without (instance, pod) ({selector})"


def in_view(expr: str) -> str:
    """Limit `expr` to the queues in view, labelled by queue and display name and nothing else."""
    info = f"topk by ({QUEUE}) (1, {QUEUES_IN_VIEW})"
    return f"max by ({QUEUE}, name) (({expr}) * on ({QUEUE}) group_left (name) {info})"


def per_queue(metric: str) -> str:
    """Read a queue gauge, for the queues in view."""
    return in_view(replicas(metric))


def window(metric: str, span: str) -> str:
    """Select a rolling-window gauge at one window."""
    return f'{metric}{{window="{span}"}}'


def service_level_gap() -> str:
    """Say how far each queue in view lies above (+) or under (-) its own target, over 30 minutes."""
    level = replicas(window("pantau_queue_window_service_level_ratio", "30m"))
    target = replicas("pantau_queue_service_level_target_ratio")
    return in_view(f"{level} - on ({QUEUE}) {target}")


def severity() -> str:
    """Say what each queue in view is called, as the place of its status in their order."""
    severities = replicas("pantau_status_severity")
    each = f"{replicas('pantau_queue_status')} * on (tenant, status) group_left () {severities}"
    return in_view(f"max by ({QUEUE}) ({each})")


def worst_queue() -> str:
    """Find the queue that is called worst, of several the one furthest under its target: to act first."""
    twice = f"2 * {severity()}"  # as a gap is less than 1, it decides among queues that are called alike
    return f"topk(1, {twice} - {service_level_gap()} or {twice})"


def longest_wait() -> str:
    """Age the oldest waiting contact of each queue in view, in seconds; absent when nobody waits."""
    return in_view(f"time() - {replicas('pantau_queue_oldest_waiting_timestamp_seconds', pick='min')}")


def or_zero_if_nobody_waits(expr: str) -> str:
    """Fill `expr` with 0 when it is absent because nobody waits, and only then."""
    return f"({expr}) or 0 * (sum({per_queue('pantau_queue_contacts_waiting')}) == 0)"


def agents(state_matcher: str) -> str:
    """Count the distinct agents of the team in view that are in these states."""
    selector = f'pantau_agents{{tenant=~"$tenant", team=~"$team", {state_matcher}}}'
    return f"sum({replicas(selector)})"


def data_age() -> str:
    """Age the newest event that reached the board, in seconds, of the tenant furthest behind."""
    selector = 'pantau_state_watermark_timestamp_seconds{tenant=~"$tenant"}'
    return f"time() - min({replicas(selector)})"
