"""PromQL that the rules share, built from small pieces.

Exporters serve the same values: each of their series is read through `one`, never summed over replicas. What
a window says is read at exactly one window.
"""

QUEUE = "tenant, queue, media"
ON_QUEUE = f"on ({QUEUE})"
#: States in which an agent serves, and is neither away nor unheard of.
STAFFED = 'state!~"logged_out|not_ready|unknown"'
FRESH = "time() - max without (instance, pod) (pantau_state_current_timestamp_seconds) < 120"


def one(selector: str, *, pick: str = "max") -> str:
    """One value of what several exporters say alike."""
    return f"{pick} without (instance, pod) ({selector})"


def queue(metric: str, *matchers: str) -> str:
    """A series of queues."""
    return one(selector(f"pantau_queue_{metric}", *matchers))


def window(metric: str, span: str, *matchers: str) -> str:
    """A series of queues over a window."""
    return queue(f"window_{metric}", f'window="{span}"', *matchers)


def selector(name: str, *matchers: str) -> str:
    """A name with its matchers."""
    told = ",".join(matcher for matcher in matchers if matcher)
    return f"{name}{{{told}}}" if told else name


def agents(state: str, *matchers: str) -> str:
    """How many agents serve each queue in these states; absent where none is known to serve it."""
    return f"sum by ({QUEUE}) ({queue('agents', state, *matchers)})"


def missed(*matchers: str) -> str:
    """Visits of the last 30 minutes that missed their target."""
    level = window("service_level_ratio", "30m", *matchers)
    counted = window("contacts_counted", "30m", *matchers)
    return f"round(({counted}) * {ON_QUEUE} (1 - {level}))"


def longest_wait(*matchers: str) -> str:
    """Seconds since the queue entry of whoever waits longest."""
    oldest = selector("pantau_queue_oldest_waiting_timestamp_seconds", *matchers)
    return f"time() - {one(oldest, pick='min')}"


def called(words: str) -> str:
    """1 for queues whose status is one of these, 0 for others: as the exporter decides it."""
    matcher = f'status=~"{words}"' if "|" in words else f'status="{words}"'
    return f"max by ({QUEUE}) ({queue('status', matcher)})"


def named(condition: str) -> str:
    """The queues of a condition, with their names and teams."""
    names = f"topk by ({QUEUE}) (1, pantau_queue_info)"
    return f"max by ({QUEUE}) (\n{indented(condition)}\n)\n* {ON_QUEUE} group_left (name, team)\n{names}"


def while_critical(condition: str) -> str:
    """The queues of a condition that are called critical, while the numbers are of now."""
    return _joined(named(condition), f"{ON_QUEUE}\n({called('critical')} == 1)")


def while_judged(condition: str) -> str:
    """The queues of a condition whose numbers count: open, of now and whole."""
    return _joined(named(condition), f"{ON_QUEUE}\n({called('closed|stale|rebuilding')} == 0)")


def while_fresh(condition: str) -> str:
    """What a condition finds, while the numbers are of now."""
    return _joined(condition)


def _joined(condition: str, *more: str) -> str:
    return "\nand ".join([condition, *more, f"on (tenant)\n({FRESH})"])


def indented(text: str) -> str:
    """Two columns to the right."""
    return "\n".join(f"  {line}" for line in text.splitlines())
