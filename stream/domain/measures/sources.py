"""Sources of the definitions, paraphrased."""

from stream.domain.measures.measure import Source

AMAZON = Source(
    "Amazon",
    "Amazon Connect, metric definitions",
    "https://docs.aws.amazon.com/connect/latest/adminguide/metrics-definitions.html",
)
AMAZON_CALLBACK = Source(
    "Amazon, callbacks",
    "Amazon Connect, a queued callback",
    "https://docs.aws.amazon.com/connect/latest/adminguide/queued-callback-example.html",
)
AMAZON_SUMS = Source(
    "Amazon, sums",
    "Amazon Connect, why metrics do not add up",
    "https://repost.aws/knowledge-center/connect-metrics-discrepancy",
)
ASTERISK = Source(
    "Asterisk",
    "Asterisk, app_queue.c",
    "https://github.com/asterisk/asterisk/blob/0264eef1156b8ef7369884dd5c663646f1b2b429/apps/app_queue.c",
)
CALL_CENTRE_HELPER = Source(
    "Call Centre Helper",
    "Call Centre Helper, service level calculations",
    "https://www.callcentrehelper.com/service-level-threshold-calculations-206890.htm",
)
CHATWOOT = Source(
    "Chatwoot",
    "Chatwoot, time with a bot in the first response",
    "https://github.com/chatwoot/chatwoot/issues/8477",
)
CHATWOOT_RESPONSE = Source(
    "Chatwoot, responses",
    "Chatwoot, average response time",
    "https://github.com/chatwoot/chatwoot/issues/4744",
)
CISCO_EVENT = Source(
    "Cisco",
    "Cisco IPCC 4.6.2 user guide, the service level event",
    "https://manualsbrain.com/en/manuals/1695132/?page=100",
)
CISCO_UCCX = Source("Cisco UCCX", "Cisco Unified CCX Historical Reports User Guide 7.0(1), page 3-52")
COPC = Source(
    "COPC",
    "Call Centre Helper, with the formula of COPC",
    "https://www.callcentrehelper.com/are-you-confusing-these-popular-metrics-220060.htm",
)
CONCURRENCY = Source(
    "Call Centre Helper, concurrency",
    "Call Centre Helper, handle time of contacts at once",
    "https://www.callcentrehelper.com/how-to-calculate-concurrency-aht-207062.htm",
)
FREESWITCH = Source(
    "FreeSWITCH",
    "FreeSWITCH, a member that stays after its call",
    "https://github.com/signalwire/freeswitch/issues/1973",
)
GENESYS_CONFORMANCE = Source(
    "Genesys, conformance",
    "Genesys Cloud, select and manage metrics",
    "https://help.mypurecloud.com/articles/select-and-manage-metrics/",
)
GENESYS_INTERVALS = Source(
    "Genesys, intervals",
    "Genesys Cloud, metrics by the half hour",
    "https://developer.genesys.cloud/analyticsdatamanagement/analytics/notifications",
)
GENESYS_LEVEL = Source(
    "Genesys",
    "Genesys Cloud, service level calculation",
    "https://help.mypurecloud.com/articles/configure-the-service-level-calculation/",
)
GENESYS_METRICS = Source(
    "Genesys, metrics",
    "Genesys Cloud, metric definitions",
    "https://help.mypurecloud.com/articles/metric-definitions",
)
GENESYS_OFFERED = Source(
    "Genesys, offered",
    "Genesys Cloud, offered is not answered plus abandoned",
    "https://help.mypurecloud.com/faqs/offered-metric-not-always-equal-answered-plus-abandoned-metrics",
)
ICMI = Source(
    "ICMI",
    "ICMI, service level calculations",
    "https://www.icmi.com/Resources/QueueTips/2005/March/Service-Level-Calculations.aspx",
)
PLAIN = Source("Plain", "Plain, metrics", "https://plain.com/docs/reporting/metrics")
SRE_BUDGET = Source(
    "SRE workbook",
    "The Site Reliability Workbook, alerting on SLOs: the error budget",
    "https://sre.google/workbook/alerting-on-slos/",
)
TALKDESK_ABANDON = Source(
    "Talkdesk, abandons",
    "Talkdesk, abandon rate",
    "https://support.talkdesk.com/hc/en-us/articles/4409581637787-Abandon-Rate",
)
TALKDESK_LEVEL = Source(
    "Talkdesk",
    "Talkdesk, service level",
    "https://support.talkdesk.com/hc/en-us/articles/4409690831259-Service-Level",
)
TEAMS = Source(
    "Teams",
    "Microsoft Teams, callers and calls",
    "https://learn.microsoft.com/en-us/microsoftteams/aa-cq-real-time-reports",
)
TWILIO = Source(
    "Twilio",
    "Twilio Flex, service level preferences",
    "https://www.twilio.com/docs/flex/end-user-guide/service-level-preferences",
)
TWILIO_QUEUES = Source(
    "Twilio, queues",
    "Twilio Flex, real-time queues view",
    "https://www.twilio.com/docs/flex/end-user-guide/insights/real-time-queues-view",
)
WAZO = Source(
    "Wazo",
    "Wazo, queue_stat.py",
    "https://github.com/wazo-platform/wazo-call-logd/blob/241395ccbb38a5a42d71754dbed28a19b99522c7/"
    "wazo_call_logd/database/queries/queue_stat.py",
)
WILSON = Source(
    "Wilson",
    "E. B. Wilson, Probable inference, JASA 22 (1927)",
    "https://doi.org/10.1080/01621459.1927.10502953",
)

OURS_SETS = Source(
    "ours, 0001", "Integers in panes, facts as sets", "adr/0001-integers-in-panes-facts-as-sets.md"
)
OURS_TIME = Source(
    "ours, 0002", "Agent time as a signed integral", "adr/0002-agent-time-as-a-signed-integral.md"
)
OURS_BUCKETS = Source("ours, 0009", "Log-linear integer buckets", "adr/0009-log-linear-integer-buckets.md")
OURS_LATE = Source("ours, 0011", "What is refused for its time", "adr/0011-what-is-refused-for-its-time.md")
OURS_CLOCK = Source(
    "ours, 0013",
    "Days and intervals by the clock of each queue",
    "adr/0013-days-and-intervals-by-the-clock.md",
)
OURS_SILENT = Source(
    "ours, 0014",
    "Silent agents are unknown, and the reader says so",
    "adr/0014-silent-agents-are-unknown.md",
)
OURS_FACTS = Source(
    "ours, 0016", "What a contact's facts come to", "adr/0016-what-a-contacts-facts-come-to.md"
)
OURS_LEVEL = Source("ours, 0015", "What decides a service level", "adr/0015-what-decides-a-service-level.md")
OURS_STATUS = Source("ours, 0038", "One word for a queue", "adr/0038-one-word-for-a-queue.md")
