"""Alerts on queues: every row covers all queues, present and future.

A page names the cause for which the exporter calls a queue critical, so the wallboard is red as well. Only
`PantauQueueNobodyFree` comes before that.
"""

from stream.alerting.promql import (
    ON_QUEUE,
    QUEUE,
    STAFFED,
    agents,
    longest_wait,
    missed,
    queue,
    selector,
    while_critical,
    while_fresh,
    while_judged,
    window,
)
from stream.alerting.rule import LONGEST_WAIT, Panel, Rule, Text
from stream.settings import Scope, Severity

_LABELS = ("tenant", "queue", "media", "name", "team")
_SOON, _HELD = "20s", "1m"
_NOW = Text(
    "{waiting} wait, the longest for {longest} (limit {limit}); {free} of {staffed} staffed agents are free; "
    "service level {level} in 30 minutes, goal {goal}.",
    "{waiting} menunggu, terlama {longest} (batas {limit}); {free} dari {staffed} agen bebas; tingkat "
    "layanan {level} dalam 30 menit, sasaran {goal}.",
)
_HALF_HOUR_COUNTED = window("contacts_counted", "30m")
_LEVEL, _LEAST = window("service_level_ratio", "30m"), queue("alert_min_contacts")
_ENOUGH = f"({_HALF_HOUR_COUNTED} >= {ON_QUEUE} {_LEAST})"
#: A day is judged by five times as many visits as half an hour, two hours by two and a half times as many.
_ENOUGH_TODAY = f"({window('contacts_counted', 'today')} >= {ON_QUEUE} 5 * {_LEAST})"
_MET = f"{_LEVEL} * {ON_QUEUE} {_HALF_HOUR_COUNTED}"
_TWO_HOURS_COUNTED = f"sum_over_time({_HALF_HOUR_COUNTED}[2h:30m])"
_STAFFED, _FREE = agents(STAFFED), agents('state="available"')
_HANDLE = f"{window('handle_mean_seconds', '30m')} or {ON_QUEUE} {window('handle_mean_seconds', 'today')}"
#: Agents, or, where they have several contacts at once, those.
_AT_ONCE = f"({queue('contacts_active')} > {ON_QUEUE} {_STAFFED}) or {ON_QUEUE} {_STAFFED}"


def _limit(rule: str) -> str:
    return queue("service_level_limit_ratio", f'rule="{rule}"')


def _and(*conditions: str) -> str:
    return f"\nand {ON_QUEUE}\n".join(conditions)


def _told(en: str, indonesian: str) -> Text:
    return Text(
        f"{{queue}} at {{time}}: {en} {_NOW.en}",
        f"{{queue}} pada {{time}}: {indonesian} {_NOW.id}",
    )


def _rule(name: str, severity: Severity, expr: str, **texts: Text | str | Panel) -> Rule:
    wait, keep = str(texts.pop("wait", _SOON)), str(texts.pop("keep", _HELD))
    return Rule(
        name=name,
        scope=Scope.QUEUE,
        severity=severity,
        expr=expr,
        wait=wait,
        keep=keep,
        labels=_LABELS,
        **texts,  # type: ignore[arg-type] # summary, description, action
    )


CUSTOMERS: tuple[Rule, ...] = (
    _rule(
        "PantauQueueUnserved",
        Severity.PAGE,
        while_critical(
            _and(
                f"({queue('contacts_waiting')} > 0)",
                f"({queue('contacts_waiting_over_threshold')} > 0)",
                f"({_STAFFED} == 0)",
            )
        ),
        panel=LONGEST_WAIT,
        summary=Text("Customers wait, and no agent is there.", "Pelanggan menunggu, dan tidak ada agen."),
        description=_told(
            "customers wait longer than the target of {target}, and no agent of the queue is logged in and "
            "ready.",
            "pelanggan menunggu lebih lama dari target {target}, dan tidak ada agen antrean ini yang masuk "
            "dan siap.",
        ),
        action=Text(
            "Send agents into the queue now, or open its overflow; offer a callback until an agent is there.",
            "Tugaskan agen ke antrean sekarang, atau buka overflow; tawarkan telepon balik sampai ada agen.",
        ),
    ),
    _rule(
        "PantauQueueNobodyFree",
        Severity.PAGE,
        while_judged(
            _and(
                f"({queue('contacts_waiting')}\n  * {ON_QUEUE} ({_HANDLE})\n"
                f"  / {ON_QUEUE} ({_AT_ONCE})\n  > {ON_QUEUE} {queue('wait_limit_seconds')})",
                f"({queue('contacts_waiting_over_threshold')} > 0)",
                f"({_FREE} == 0)",
                f"({_STAFFED} > 0)",
            )
        ),
        panel=LONGEST_WAIT,
        summary=Text(
            "More customers wait than the agents can serve.",
            "Lebih banyak yang menunggu daripada yang dapat dilayani.",
        ),
        description=_told(
            "no agent is free, and at {handle} per contact the last in line waits about {span}.",
            "tidak ada agen bebas, dan dengan {handle} per kontak yang terakhir menunggu sekitar {span}.",
        ),
        action=Text(
            "Call agents back from breaks and other work, move some from other queues, or open the overflow.",
            "Panggil agen dari istirahat dan tugas lain, pindahkan dari antrean lain, atau buka overflow.",
        ),
    ),
    _rule(
        "PantauQueueWaitLong",
        Severity.PAGE,
        while_critical(f"({longest_wait()}\n  > {ON_QUEUE} {queue('wait_limit_seconds')})"),
        panel=LONGEST_WAIT,
        summary=Text(
            "A customer waits longer than the limit.", "Ada pelanggan yang menunggu melewati batas."
        ),
        description=_told("the longest wait was {span}.", "waktu tunggu terlama {span}."),
        action=Text(
            "Take the longest waiting first; if many agents are free, check the routing; if none is, add "
            "agents.",
            "Layani dulu yang menunggu terlama; bila banyak agen bebas periksa routing, bila tidak ada "
            "tambah agen.",
        ),
    ),
    _rule(
        "PantauServiceLevelFast",
        Severity.PAGE,
        while_critical(_and(f"({_LEVEL}\n  < {ON_QUEUE} {_limit('fast')})", _ENOUGH)),
        summary=Text("The service level is far below its goal.", "Tingkat layanan jauh di bawah sasaran."),
        description=_told(
            "of {counted} visits in 30 minutes {share} met the target of {target}; {level_5m} in the last 5.",
            "dari {counted} kunjungan dalam 30 menit {share} memenuhi target {target}; {level_5m} dalam 5 "
            "menit.",
        ),
        action=Text(
            "Add agents: move breaks, take agents from other queues, open the overflow or offer callbacks.",
            "Tambah agen: geser istirahat, ambil dari antrean lain, buka overflow atau tawarkan telepon "
            "balik.",
        ),
    ),
    _rule(
        "PantauServiceLevelSlow",
        Severity.TICKET,
        while_judged(
            _and(
                f"(sum_over_time(({_MET})[2h:30m])\n  / {ON_QUEUE} {_TWO_HOURS_COUNTED}\n  < {ON_QUEUE} "
                f"{_limit('slow')})",
                f"({_LEVEL} < {ON_QUEUE} {_limit('slow')})",
                f"({_TWO_HOURS_COUNTED} >= {ON_QUEUE} 2.5 * {_LEAST})",
            )
        ),
        wait="5m",
        keep="10m",
        summary=Text(
            "The service level is below its goal for two hours.",
            "Tingkat layanan di bawah sasaran selama dua jam.",
        ),
        description=_told("{share} met the target in two hours.", "{share} memenuhi target dalam dua jam."),
        action=Text(
            "Compare volume and handle time with the plan; move staff for the rest of the day.",
            "Bandingkan volume dan waktu penanganan dengan rencana; geser agen untuk sisa hari ini.",
        ),
    ),
    _rule(
        "PantauServiceLevelDay",
        Severity.TICKET,
        while_judged(
            _and(f"({window('service_level_ratio', 'today')}\n  < {ON_QUEUE} {_limit('day')})", _ENOUGH_TODAY)
        ),
        wait="30m",
        keep="10m",
        summary=Text("Today is below its goal so far.", "Hari ini sejauh ini di bawah sasaran."),
        description=_told(
            "of {counted_today} visits today {share} met the target.",
            "dari {counted_today} kunjungan hari ini {share} memenuhi target.",
        ),
        action=Text(
            "Plan more agents for the rest of the day; use volume and handle time in the next forecast.",
            "Rencanakan sisa hari dengan lebih banyak agen; masukkan volume dan waktu penanganan ke "
            "perkiraan.",
        ),
    ),
    _rule(
        "PantauMissesLeft",
        Severity.TICKET,
        while_judged(
            _and(
                f"({window('misses_left', 'today')} >= 0)",
                f"({window('misses_left', 'today')}\n  < {ON_QUEUE} {missed()})",
                _ENOUGH_TODAY,
            )
        ),
        wait="5m",
        keep="10m",
        summary=Text(
            "Few more misses break today's goal.",
            "Sedikit kegagalan lagi dan sasaran hari ini tidak tercapai.",
        ),
        description=_told(
            "after {count} more misses the day is below its goal; {missed} visits missed the target in the "
            "last 30 minutes.",
            "setelah {count} kegagalan lagi hari ini di bawah sasaran; {missed} kunjungan gagal dalam 30 "
            "menit terakhir.",
        ),
        action=Text(
            "Act before the goal is lost: move breaks and offline work out of the next hours.",
            "Bertindak sebelum sasaran hilang: geser istirahat dan tugas lain dari jam-jam berikutnya.",
        ),
    ),
    _rule(
        "PantauQueueMissed",
        Severity.TICKET,
        while_judged(
            _and(
                f"({missed()}\n  >= {ON_QUEUE} {queue('missed_limit_contacts')})",
                f"({_LEVEL} < {ON_QUEUE} {_limit('fast')})",
                f"({_HALF_HOUR_COUNTED} < {ON_QUEUE} {_LEAST})",
            )
        ),
        wait="1m",
        keep="5m",
        summary=Text(
            "Several of few visits missed the target.", "Beberapa dari sedikit kunjungan gagal dilayani."
        ),
        description=_told(
            "{count} of {counted} visits missed the target in 30 minutes, too few for a service level "
            "(least {least}).",
            "{count} dari {counted} kunjungan gagal dalam 30 menit, terlalu sedikit untuk tingkat layanan "
            "({least}).",
        ),
        action=Text(
            "Check who serves the queue now; a small queue needs a second agent or an overflow.",
            "Periksa siapa yang melayani; antrean kecil membutuhkan agen kedua atau overflow.",
        ),
    ),
    _rule(
        "PantauQueueLate",
        Severity.TICKET,
        while_judged(
            _and(
                f"({queue('contacts_waiting_over_threshold')}\n  / {ON_QUEUE} {queue('contacts_waiting')}\n"
                f"  > {ON_QUEUE} {queue('late_limit_ratio')})",
                f"({queue('contacts_waiting_over_threshold')} >= {ON_QUEUE} "
                f"{queue('missed_limit_contacts')})",
            )
        ),
        wait="2m",
        keep="2m",
        summary=Text(
            "Most waiting customers are past the target.", "Sebagian besar yang menunggu melewati target."
        ),
        description=_told(
            "{late} waiting customers, {share}, are past the target of {target} (limit {late_limit}).",
            "{late} pelanggan yang menunggu, {share}, melewati target {target} (batas {late_limit}).",
        ),
        action=Text(
            "Move agents from queues above their goal, or open the overflow.",
            "Pindahkan agen dari antrean di atas sasaran, atau buka overflow.",
        ),
    ),
    _rule(
        "PantauQueueAbandoned",
        Severity.TICKET,
        while_judged(
            _and(
                f"({window('abandoned_ratio', '30m')}\n  > {ON_QUEUE} {queue('abandoned_limit_ratio')})",
                _ENOUGH,
            )
        ),
        wait="5m",
        keep="10m",
        summary=Text("Many customers give up.", "Banyak pelanggan menyerah."),
        description=_told(
            "{share} gave up in 30 minutes (limit {abandoned_limit}).",
            "{share} menyerah dalam 30 menit (batas {abandoned_limit}).",
        ),
        action=Text(
            "Announce the wait and offer a callback or another channel; then add agents.",
            "Umumkan waktu tunggu dan tawarkan telepon balik atau kanal lain; lalu tambah agen.",
        ),
    ),
    _rule(
        "PantauQueueUnstaffed",
        Severity.TICKET,
        while_judged(
            _and(
                f"({_STAFFED} == 0)",
                f"((max_over_time({window('contacts_offered', '30m')}[1h:5m] offset 1w) > 0)\n"
                f"  or ({window('contacts_offered', '30m')} > 0))",
            )
        ),
        wait="5m",
        keep="2m",
        summary=Text("An open queue has no agents.", "Antrean yang buka tidak memiliki agen."),
        description=_told(
            "no agent of the queue is logged in and ready, at an hour when contacts come.",
            "tidak ada agen antrean ini yang masuk dan siap, pada jam ketika kontak datang.",
        ),
        action=Text(
            "Find out who is scheduled; log agents in, or close the queue in its calendar.",
            "Cari tahu siapa yang dijadwalkan; masukkan agen, atau tutup antrean di kalendernya.",
        ),
    ),
    _rule(
        "PantauQueueSilent",
        Severity.TICKET,
        while_judged(
            _and(
                f"({window('contacts_offered', '30m')} == 0)",
                f"(avg_over_time({window('contacts_offered', '30m')}[1h:5m] offset 1w)\n"
                f"  >= {ON_QUEUE} 0.5 * {_LEAST})",
            )
        ),
        wait="10m",
        keep="2m",
        summary=Text(
            "No contact reaches a queue that is usually busy now.",
            "Tidak ada kontak pada jam yang biasanya sibuk.",
        ),
        description=_told(
            "no contact for half an hour; a week ago many came at this hour.",
            "tidak ada kontak selama setengah jam; seminggu lalu banyak pada jam ini.",
        ),
        action=Text(
            "Call the number or open the chat yourself; then ask the carrier and check the routing.",
            "Hubungi nomor atau buka obrolan sendiri; lalu tanya operator telekomunikasi, dan periksa "
            "routing.",
        ),
    ),
    _rule(
        "PantauQueueDisappeared",
        Severity.TICKET,
        while_fresh(
            f"max by ({QUEUE}, name, team) (\n  max without (instance, pod) "
            f"(present_over_time({selector('pantau_queue_info')}[1d]))\n)\n"
            f"unless {ON_QUEUE}\n"
            f"max by ({QUEUE}) (max without (instance, pod) "
            f"(present_over_time({selector('pantau_queue_info')}[10m])))"
        ),
        wait="5m",
        keep="2m",
        summary=Text("A queue is no longer reported.", "Sebuah antrean tidak lagi dilaporkan."),
        description=Text(
            "{queue} at {time}: it was on the board within the last day, but not in the last 10 minutes.",
            "{queue} pada {time}: ada di papan dalam sehari terakhir, tetapi tidak dalam 10 menit terakhir.",
        ),
        action=Text(
            "If it was renamed or closed for good, do nothing; otherwise check the settings and max_queues.",
            "Bila namanya diganti atau ditutup, tidak perlu tindakan; bila tidak, periksa pengaturan dan "
            "max_queues.",
        ),
    ),
)
