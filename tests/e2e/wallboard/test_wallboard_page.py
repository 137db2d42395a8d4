"""The wallboard as people see it: real page, real browser, scripted stream."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from support.browser import Browser, Page
from wallboard_scenes import (
    CENTRE,
    HOSTILE,
    Document,
    awaiting,
    away,
    board,
    closed,
    critical,
    cut,
    differing,
    empty,
    expired,
    few,
    fresh,
    honest,
    lost,
    low,
    many,
    queue,
    quiet,
    rebuilt,
    replaced,
    silent,
    stale,
    uncertain,
)
from wallboard_server import STATIC, FakeServer

from stream.domain.instant import instant_ms

pytestmark = pytest.mark.asyncio(loop_scope="module")

OpenBoard: TypeAlias = Callable[..., Awaitable[Page]]

DASH = "\N{EN DASH}"
VALUES = "[...document.querySelectorAll('.tile .value')].map(value => value.innerText)"
NAMES = "[...document.querySelectorAll('#queues-body .queue')].map(name => name.innerText)"
ROWS = """
[...document.querySelectorAll('#queues-body tr')]
  .map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\\s+/g, ' ').trim()))
"""
SMALLEST_DIGIT = """
Math.min(...[...document.querySelectorAll('.tile .digits')]
  .map((part) => parseFloat(getComputedStyle(part).fontSize)))
"""

# What does not fit: text wider than its line, a box shorter than its content, a page wider than the screen.
CLIPPED = """
[...document.querySelectorAll(
  '.tile, .tile dt, .tile .value, .tile .note, .interval, .promise, .masthead, .banner, #queues, #queues td')]
  .filter((box) => box.scrollWidth > box.clientWidth + 1 ||
    (!box.closest('dt, dd') && box.scrollHeight > box.clientHeight + 1))
  .map((box) => `${box.parentElement.id} ${box.id} ${box.className}: ` +
    `width ${box.scrollWidth} in ${box.clientWidth}, height ${box.scrollHeight} in ${box.clientHeight}`)
  .concat(document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the screen'] : [])
"""

# WCAG 2 contrast of every visible text with the nearest painted background; the worst comes first.
CONTRASTS = """
(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (part) => (part <= 10.02 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [red, green, blue] = parts(colour).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const written = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility() && element.innerText && written(element))
    .map((element) => {
      const pair = [light(getComputedStyle(element).color), light(behind(element))];
      return [(Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05), element.textContent];
    })
    .sort((one, other) => one[0] - other[0]);
})()
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with Browser.launch() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    async with fake.running():
        yield fake


@pytest_asyncio.fixture(loop_scope="module")
async def open_board(browser: Browser, server: FakeServer) -> AsyncIterator[OpenBoard]:
    pages: list[Page] = []

    async def opened(scene: Callable[[], Document], query: str = "", **options: Any) -> Page:
        server.scene = scene
        page = await browser.open(f"{server.base}/wallboard.html{query}", **options)
        pages.append(page)
        await page.wait_for("document.body.dataset.state !== 'connecting'")
        return page

    yield opened
    for page in pages:
        await page.close()


def with_all(**changes: Any) -> Callable[[], Document]:
    """Give a scene whose numbers for all queues differ from the usual ones."""
    return lambda: board(list(CENTRE), everything=queue("all", channel=None, **changes))


async def odd_rows(page: Page) -> dict[str, list[str]]:
    """Give the rows by the queue's name."""
    return {row[0].split()[0]: row for row in await page.eval(ROWS)}


async def tile(page: Page, name: str) -> str:
    return await page.text(f"#tile-{name}")


async def test_fresh_board_shows_its_numbers_with_their_goal_and_definition(open_board: OpenBoard) -> None:
    page = await open_board(fresh)
    assert await page.eval(VALUES) == ["84 %", "11", "0:41", "4", "369"]
    level = await tile(page, "service-level")
    for part in ("Service level 30m", "OK", "goal 80 %"):
        assert part in level
    assert await tile(page, "waiting") == "Waiting 11 ▲ 1 past target"
    assert await tile(page, "available") == "Agents available 4 of 13 staffed"
    assert await tile(page, "abandoned") == "Abandoned today 369 abandon rate 10 %"
    assert page.errors == []


async def test_a_target_and_a_definition_are_shown_of_all_where_all_queues_have_them(
    open_board: OpenBoard,
) -> None:
    alike = [queue("billing"), queue("sales")]
    page = await open_board(lambda: board(alike))
    assert (await tile(page, "longest-wait")).endswith("target 0:20")
    assert "SL(20s, drop_short 5s, decided)" in await tile(page, "service-level")
    other = await open_board(lambda: board([*alike, queue("mail", channel="email", target=900)]))
    assert "target" not in await tile(other, "longest-wait")
    assert "SL(" not in await tile(other, "service-level")


async def test_each_file_is_fetched_once_from_the_same_server(
    open_board: OpenBoard, server: FakeServer
) -> None:
    page = await open_board(fresh)
    fetched = await page.eval("performance.getEntriesByType('resource').map((each) => each.name)")
    files = [file.name for file in STATIC.iterdir() if file.suffix in {".js", ".css"}]
    assert sorted(url for url in fetched if "/api/" not in url and not url.endswith(".svg")) == sorted(
        f"{server.base}/{name}" for name in files
    )
    assert page.errors == []


async def test_masthead_always_tells_the_age_and_the_state(open_board: OpenBoard) -> None:
    page = await open_board(fresh)
    masthead = await page.text(".masthead")
    for part in ("PANTAU", "default", "FRESH", "data 1 s old"):
        assert part in masthead
    assert await page.eval("/^\\d\\d:\\d\\d:\\d\\d$/.test(document.querySelector('#clock').innerText)")
    assert await page.eval("document.querySelector('#banner').hidden")


@pytest.mark.parametrize(
    ("service_level", "value", "word"),
    [
        (1.0, "100 %", "OK"),
        (0.80, "80 %", "OK"),
        (0.796, "79 %", "LOW"),  # never rounded up to the goal it missed
        (0.65, "65 %", "LOW"),
        (0.60, "60 %", "LOW"),
        (0.59, "59 %", "CRITICAL"),
        (0.0, "0 %", "CRITICAL"),
        (None, DASH, "QUIET"),
    ],
)
async def test_the_service_level_is_called_as_the_server_says(
    open_board: OpenBoard, service_level: float | None, value: str, word: str
) -> None:
    page = await open_board(with_all(service_level=service_level))
    assert await page.text("#tile-service-level .value") == value
    assert await page.text("#tile-service-level .badge") == word


async def test_27_who_wait_with_nobody_there_are_critical_at_the_top_and_in_their_row(
    open_board: OpenBoard,
) -> None:
    page = await open_board(lost)
    why = "27 wait, nobody is staffed; longest wait 3:16, limit 2:00"
    assert await page.text("#status") == f"CRITICAL billing (voice): {why}; also 1 low"
    first, *_ = await page.eval(ROWS)
    assert first[:3] == [f"Bills and payments voice {why}", "CRITICAL", "92 %"]
    assert await page.text("#tile-service-level .badge") == "OK"
    assert await page.eval("document.title") == "CRITICAL Pantau"
    assert await page.eval(CLIPPED) == []


async def test_this_page_decides_nothing_and_reads_what_the_server_says(open_board: OpenBoard) -> None:
    told = board([queue("claims", 0.99)])
    told["queues"][0]["status"] = {"name": "low", "severity": 4, "reason": "said by the server"}
    told["queues"][0]["windows"]["today"]["service_level_status"] = "critical"
    told["all"]["status"] = {"name": "rebuilding", "severity": 6, "reason": "also said"}
    page = await open_board(lambda: told)
    assert (await page.eval(ROWS))[0][1] == "LOW"
    assert await page.text("#status") == "REBUILDING also said"
    marks = "[...document.querySelectorAll('#queues-body .mark')].map(mark => mark.dataset.status)"
    assert await page.eval(marks) == ["critical"]


async def test_a_word_from_a_newer_server_reassures_nobody(open_board: OpenBoard) -> None:
    told = board([queue("claims", 0.99)])
    told["queues"][0]["status"] = {"name": "splendid", "severity": 9, "reason": "new"}
    page = await open_board(lambda: told)
    assert (await page.eval(ROWS))[0][1] == "STALE"


async def test_a_page_that_hears_nothing_calls_nothing_well(
    open_board: OpenBoard, server: FakeServer
) -> None:
    page = await open_board(fresh)
    server.silent = True
    await page.wait_for("document.body.dataset.state === 'stale'", seconds=15)
    assert {row[1] for row in await page.eval(ROWS)} == {"STALE"}
    assert await page.text("#status") == "STALE this page hears nothing"


async def test_chosen_queues_are_called_as_the_worst_of_them(open_board: OpenBoard) -> None:
    page = await open_board(lambda: board(list(CENTRE[:4])), "?queue=sales,billing")
    assert await page.text("#status") == "LOW billing (voice): 69 % in 30 min, goal 80 %"


async def test_every_status_has_a_symbol_of_its_own(open_board: OpenBoard) -> None:
    page = await open_board(fresh)
    pairs = await page.eval(
        "[...document.querySelectorAll('#queues-body .badge')]"
        ".map(badge => [badge.innerText, badge.querySelector('use').getAttribute('href')].join())"
    )
    assert set(pairs) == {
        "CRITICAL,#symbol-critical",
        "LOW,#symbol-low",
        "FEW,#symbol-few",
        "OK,#symbol-ok",
        "QUIET,#symbol-none",
    }


async def test_the_service_level_is_shown_of_30_minutes_the_interval_and_the_day(
    open_board: OpenBoard,
) -> None:
    page = await open_board(with_all(service_level=0.84, interval=0.77, today=0.5))
    assert await page.text("#tile-service-level .value") == "84 %"
    assert re.fullmatch(r"Interval \d\d:[03]0 77 % LOW", await page.text("#level-interval"))
    assert await page.text("#level-today") == "Today 50 % CRITICAL"
    assert await page.eval("document.querySelector('#tile-service-level').dataset.status") == "ok"


@pytest.mark.parametrize(
    ("zone", "begins", "shown"),
    [
        ("Asia/Jakarta", "2026-11-21T10:30:00Z", "17:30"),
        ("Asia/Kathmandu", "2026-11-21T10:15:00Z", "16:00"),
        ("Europe/Berlin", "2026-10-25T00:30:00Z", "02:30"),  # clocks go back to two o'clock ...
        ("Europe/Berlin", "2026-10-25T01:00:00Z", "02:00"),  # ... at this instant
        ("Europe/Berlin", "2026-03-29T00:30:00Z", "01:30"),  # clocks skip two o'clock ...
        ("Europe/Berlin", "2026-03-29T01:00:00Z", "03:00"),  # ... at this instant
    ],
)
async def test_times_are_those_of_the_centre_wherever_the_screen_hangs(
    open_board: OpenBoard, zone: str, begins: str, shown: str
) -> None:
    told = fresh()
    from_ms = instant_ms(begins)
    told |= {"time_zone": zone, "now_ms": from_ms + 60_000}
    told["all"]["windows"]["interval_30m"]["from_ms"] = from_ms
    page = await open_board(lambda: told)
    assert (await page.text("#level-interval")).startswith(f"Interval {shown} ")
    assert (await page.text("#clock")).startswith(f"{shown[:-1]}{int(shown[-1]) + 1}:")


async def test_a_zone_that_the_browser_does_not_know_breaks_nothing(open_board: OpenBoard) -> None:
    page = await open_board(lambda: {**fresh(), "time_zone": "Mars/Olympus"})
    assert re.match(r"Interval \d\d:[03]0 ", await page.text("#level-interval"))
    assert page.errors == []


async def test_few_visits_raise_no_alarm_and_tell_how_sure_they_are(open_board: OpenBoard) -> None:
    page = await open_board(uncertain)
    assert await page.text("#tile-service-level .value") == "50 %"
    assert await page.text("#tile-service-level .note") == f"few: 12 (25{DASH}75 %)"
    assert f"few: 7 (20{DASH}80 %)" in await page.text("#level-interval")
    assert await page.text("#level-today") == "Today 50 % CRITICAL"
    colour = "getComputedStyle(document.querySelector('{}')).color"
    muted = await page.eval(colour.format("#tile-service-level dt"))
    assert await page.eval(colour.format("#tile-service-level .value")) == muted
    assert await page.eval(colour.format("#level-today .ratio")) != muted
    [row] = await page.eval(ROWS)
    assert row[1:5] == ["FEW", f"50 % few: 12 (25{DASH}75 %)", f"50 % few: 7 (20{DASH}80 %)", "50 %"]


@pytest.mark.parametrize("rows", [1, 5, 6, 12])
@pytest.mark.parametrize("query", ["", "?calm=1"])
async def test_few_visits_in_all_three_fit_their_tile(open_board: OpenBoard, rows: int, query: str) -> None:
    everything = queue("all", 1.0, channel=None, waiting=0, offered=2, late=12)
    page = await open_board(lambda: board(list(CENTRE[:rows]), everything=everything), query)
    assert (await tile(page, "service-level")).count("few: ") == 3
    assert await page.eval(SMALLEST_DIGIT) >= 100
    assert await page.eval(CLIPPED) == []


async def test_late_corrections_of_the_30_minutes_are_told_in_the_tile(open_board: OpenBoard) -> None:
    page = await open_board(with_all(late=12))
    assert (await page.text(".promise")).endswith("12 late")
    assert not (await (await open_board(fresh)).text(".promise")).endswith("late")


async def test_a_missed_goal_has_a_symbol_beside_its_number_unless_visits_are_few(
    open_board: OpenBoard,
) -> None:
    page = await open_board(honest)
    marks = "[...row.cells].slice(2, 5).map(cell => cell.querySelector('use')?.getAttribute('href') ?? '')"
    found = await page.eval(
        "Object.fromEntries([...document.querySelectorAll('#queues-body tr')]"
        f".map(row => [row.querySelector('.queue').innerText, {marks}]))"
    )
    assert found["dropping"] == ["", "#symbol-critical", "#symbol-low"]
    assert found["claims"] == ["", "", "#symbol-low"]
    assert found["silent"] == ["", "", ""]


async def test_a_queue_row_shows_who_waits_against_the_target_and_who_works(open_board: OpenBoard) -> None:
    rows = await odd_rows(await open_board(honest))
    assert rows["dropping"] == [
        "dropping voice",
        "OK",
        "86 %",
        "55 %",
        "74 %",
        "80 %",
        "9 ▲ 1",
        "1:02 / 0:20",
        "54",
        "3 / 12",
    ]


async def test_agents_nobody_hears_of_are_unknown_and_not_staffed(open_board: OpenBoard) -> None:
    rows = await odd_rows(await open_board(honest))
    assert rows["silent"][9] == "3 / 12 ? 2"
    page = await open_board(uncertain)
    assert await tile(page, "available") == "Agents available 3 of 12 staffed ? 2 unknown"


async def test_a_closed_queue_is_grey_comes_last_and_says_so(open_board: OpenBoard) -> None:
    page = await open_board(honest)
    assert (await page.eval(ROWS))[-1][:2] == ["night voice", "CLOSED"]
    mark = "getComputedStyle(document.querySelector('#queues-body tr:last-child .mark')).color"
    soft = await page.eval("getComputedStyle(document.querySelector('.channel')).color")
    assert await page.eval(mark) == soft
    assert (
        await page.eval("getComputedStyle(document.querySelector('#queues-body tr:last-child')).color")
        == soft
    )
    page = await open_board(closed)
    assert await page.text("#tile-service-level .note") == "CLOSED"


@pytest.mark.parametrize(
    ("hour", "told"),
    [
        ({"refused": 1, "misplaced": 0, "unknown": 3, "sorts": []}, "⚠ 1 record refused in the last hour"),
        ({"refused": 0, "misplaced": 7, "unknown": 0, "sorts": []}, "⚠ 7 misplaced in the last hour"),
        (
            {"refused": 1_234, "misplaced": 7, "unknown": 0, "sorts": []},
            "⚠ 1234 records refused, 7 misplaced in the last hour",
        ),
        ({"refused": 0, "misplaced": 0, "unknown": 3, "sorts": []}, ""),
    ],
)
async def test_what_was_refused_in_the_last_hour_is_told(
    open_board: OpenBoard, hour: Document, told: str
) -> None:
    page = await open_board(lambda: {**few(), "last_hour": hour})
    assert await page.text("#odd") == told


async def test_what_does_not_reconcile_says_where_to_look(open_board: OpenBoard) -> None:
    page = await open_board(honest)
    assert await page.text("#unreconciled") == "⚠ does not reconcile, off by 3: pantau explain lost"
    rows = await odd_rows(page)
    assert rows["lost"][0] == "lost voice ⚠ does not reconcile, off by 3 5 late"
    balanced = await open_board(few)
    assert await balanced.text("#unreconciled") == ""
    assert "reconcile" not in str(await balanced.eval(ROWS))


async def test_settings_that_differ_are_told_in_one_line(open_board: OpenBoard) -> None:
    page = await open_board(differing)
    assert (await page.text("#settings")).startswith(
        "⚠ settings differ: billing (voice): SL(3s, drop_short 3s"
    )
    heights = "['#settings', '#queues-title'].map((of) => document.querySelector(of).offsetHeight)"
    told, title = await page.eval(heights)
    assert 0 < told < 2 * title
    page = await open_board(awaiting)
    assert (
        await page.text("#settings") == "⚠ settings wait for pantau rebuild: billing: service_level_by_target"
    )
    assert await (await open_board(fresh)).text("#settings") == ""


async def test_callbacks_due_later_stuck_contacts_and_late_corrections_are_told_where_there_are_any(
    open_board: OpenBoard,
) -> None:
    rows = await odd_rows(await open_board(honest))
    assert rows["lost"][6:8] == ["2 +4 due later", "0:12 / 0:20 2 stuck"]
    assert rows["silent"][6:8] == ["2", "0:12 / 0:20"]
    assert await tile(await open_board(uncertain), "waiting") == (
        "Waiting 1 none past target 1 stuck · +4 due later"
    )


async def test_stale_data_say_their_age_and_lose_their_colour(open_board: OpenBoard) -> None:
    page = await open_board(stale)
    assert "DATA 75 s OLD" in await page.text("#banner")
    assert "STALE" in await page.text(".masthead")
    assert await page.eval("getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    assert await page.text("#tile-waiting .value") == "11"


@pytest.mark.parametrize(
    ("what", "word", "note"),
    [
        (away("store"), "STORE AWAY", "Redis has not answered for 12 s."),
        (away("worker"), "WORKER AWAY", "No sign of life from the worker for 12 s."),
        (
            away("worker", partitions=1),
            "WORKER AWAY",
            "No sign of life from the worker of 1 of 4 partitions for 12 s.",
        ),
        (away("broker"), "KAFKA AWAY", "Kafka has not answered the workers for 12 s."),
        (
            away("source", sources=("/crm", "/pbx")),
            "SOURCE SILENT",
            "Nothing from /crm, /pbx for 12 s; workers, Kafka and Redis answer.",
        ),
    ],
)
async def test_the_banner_says_what_is_away_and_that_waits_stand_still(
    open_board: OpenBoard, what: Document, word: str, note: str
) -> None:
    page = await open_board(lambda: board(list(CENTRE), state="stale", age=12.9, away=[what]))
    assert await page.text("#banner-word") == word
    assert await page.text("#banner-note") == f"{note} Waits stand still as of 22:13:20."
    assert await page.eval("getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    told = await page.text("#announcement")
    assert told.startswith(f"{word}. Data stale. CRITICAL: support (email): 55 % in 30 min, ")
    assert await page.eval(CLIPPED) == []
    assert page.errors == []


async def test_one_source_of_several_that_is_silent_is_told_and_takes_no_colour(
    open_board: OpenBoard,
) -> None:
    page = await open_board(lambda: board(list(CENTRE), away=[away("source", sources=("/crm",))]))
    assert await page.text("#banner-word") == "SOURCE SILENT"
    assert await page.text("#banner-note") == "Nothing from /crm for 12 s; workers, Kafka and Redis answer."
    assert "FRESH" in await page.text(".masthead")
    assert await page.eval("getComputedStyle(document.querySelector('main')).filter") == "none"


async def test_a_centre_of_which_nobody_knows_whether_it_is_quiet_keeps_its_waits(
    open_board: OpenBoard,
) -> None:
    page = await open_board(lambda: board(list(CENTRE), state="stale", age=75.0, away=[away("source", 75.0)]))
    assert (
        await page.text("#banner-note")
        == "Nothing from any source for 75 s; workers, Kafka and Redis answer."
    )


async def test_several_that_are_away_are_all_told_and_expired_numbers_stay_withdrawn(
    open_board: OpenBoard,
) -> None:
    both = [away("worker", 301.0, partitions=1), away("broker", 312.0, partitions=3)]
    page = await open_board(lambda: board(list(CENTRE), state="expired", age=312.0, away=both))
    assert await page.text("#banner-word") == "WORKER AWAY, KAFKA AWAY"
    assert (await page.text("#banner-note")).endswith("No numbers meanwhile.")
    assert await page.eval(VALUES) == [DASH] * 5
    assert await page.eval(CLIPPED) == []


async def test_what_is_still_to_be_read_is_told_of_old_numbers(open_board: OpenBoard) -> None:
    page = await open_board(lambda: board(list(CENTRE), state="stale", age=75.0, behind=3_141))
    assert await page.text("#banner-note") == "3141 records are still to be read."


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (away("store", None), "Redis does not answer"),
        (away("worker", None), "No worker is running"),
        (away("broker"), "Kafka does not answer"),
    ],
)
async def test_an_empty_board_says_what_it_waits_for(
    open_board: OpenBoard, what: Document, told: str
) -> None:
    page = await open_board(lambda: {**empty(), "away": [what]})
    assert await page.text("#screen-word") == told
    assert await page.text("#banner") == ""
    assert page.errors == []


async def test_a_page_that_hears_nothing_does_not_say_what_is_away(
    open_board: OpenBoard, server: FakeServer
) -> None:
    page = await open_board(cut)
    server.silent = True
    assert "WORKER" not in await page.wait_for_text("#banner", "No message", seconds=15)


async def test_a_queue_is_called_by_its_display_name(open_board: OpenBoard) -> None:
    page = await open_board(lambda: board([queue("q-17", title="Billing, north")]), query="?queue=q-17")
    assert await page.eval(NAMES) == ["Billing, north"]


async def test_a_rebuild_is_told_with_its_progress_and_what_the_numbers_are(open_board: OpenBoard) -> None:
    page = await open_board(rebuilt)
    assert "Rebuilding from the log: 42 %, numbers are incomplete" in await page.text("#banner")
    word = "getComputedStyle(document.querySelector('#banner-word')).fontSize"
    assert float((await page.eval(word)).removesuffix("px")) >= 60  # five metres, on a wall of 1080 lines
    assert await page.eval("getComputedStyle(document.querySelector('main')).filter") == "grayscale(1)"
    assert await page.eval(CLIPPED) == []
    assert page.errors == []
    beside = await open_board(replaced)
    assert "Rebuilding from the log: 42 %, numbers are 75 s old" in await beside.text("#banner")
    hopeless = await open_board(lambda: {**rebuilt(), "state": "expired"})
    assert "Rebuilding from the log: 42 %, no numbers meanwhile" in await hopeless.text("#banner")
    assert await hopeless.eval(VALUES) == [DASH] * 5


async def test_a_rebuild_that_nobody_hears_of_is_not_told(open_board: OpenBoard, server: FakeServer) -> None:
    page = await open_board(rebuilt)
    server.silent = True
    assert "No message for 1" in await page.wait_for_text("#banner", "No message", seconds=15)


async def test_a_quiet_centre_keeps_its_colour_and_says_so(open_board: OpenBoard) -> None:
    page = await open_board(silent)
    assert "QUIET" in await page.text(".masthead")
    assert "no event for 12 min" in await page.text(".masthead")
    assert await page.text("#banner") == ""
    assert await page.eval("getComputedStyle(document.querySelector('main')).filter") == "none"
    assert await page.text("#tile-waiting .value") == "11"


async def test_a_quiet_centre_grows_stale_without_messages(open_board: OpenBoard, server: FakeServer) -> None:
    page = await open_board(silent)
    server.silent = True
    await page.wait_for("document.body.dataset.state === 'stale'", seconds=15)


async def test_silence_makes_the_board_stale_and_a_message_heals_it(
    open_board: OpenBoard, server: FakeServer
) -> None:
    page = await open_board(fresh)
    server.silent = True
    banner = await page.wait_for_text("#banner", "DATA 1", seconds=15)
    assert "No message for 1" in banner
    server.silent = False
    await page.wait_for("document.body.dataset.state === 'fresh'", seconds=15)
    assert await page.text("#banner") == ""
    assert page.errors == []


async def test_a_screen_that_slept_does_not_show_old_numbers(
    open_board: OpenBoard, server: FakeServer
) -> None:
    page = await open_board(
        fresh, script="{ const real = Date.now; window.slept = 0; Date.now = () => real() + window.slept; }"
    )
    server.silent = True
    await page.eval("window.slept = 301_000")
    await page.wait_for_text("#banner", "NO LIVE DATA")
    assert set(await page.eval(VALUES)) == {DASH}


async def test_expired_numbers_are_withdrawn(open_board: OpenBoard) -> None:
    page = await open_board(expired)
    assert "NO LIVE DATA" in await page.text("#banner")
    assert "Last data 6 min ago" in await page.text("#banner")
    assert await page.eval(VALUES) == [DASH] * 5
    rows = await page.eval(ROWS)
    assert rows
    assert {cell for row in rows for cell in row[2:]} == {DASH}
    assert {row[1] for row in rows} == {"STALE"}
    assert await page.text("#status") == "STALE newest data 6:00 old"
    for interval in ("#level-interval", "#level-today"):
        assert (await page.text(interval)).endswith(f"{DASH} STALE")


async def test_empty_board_waits_for_the_first_event(open_board: OpenBoard) -> None:
    page = await open_board(empty)
    assert "Waiting for the first event" in await page.text("main")
    assert await page.eval("document.querySelector('#board').hidden")
    assert "EMPTY" in await page.text(".masthead")


async def test_queues_that_are_awaited_are_there_before_the_first_event(open_board: OpenBoard) -> None:
    awaited = queue("preset", None, waiting=0, offered=0, available=0, title="Presets")
    page = await open_board(lambda: {**empty(), "queues": [awaited], "away": [away("worker", None)]})
    assert await page.eval(NAMES) == ["Presets"]
    assert await page.text("#tile-waiting .value") == "0"
    assert await page.text("#banner-word") == "WORKER AWAY"
    assert "EMPTY" in await page.text(".masthead")
    assert page.errors == []


async def test_no_contacts_is_a_dash_and_never_zero_or_a_hundred_percent(open_board: OpenBoard) -> None:
    page = await open_board(quiet)
    assert await page.text("#tile-service-level .value") == DASH
    assert await page.text("#tile-longest-wait .value") == DASH
    assert await page.text("#tile-waiting .value") == "0"
    assert f"abandon rate {DASH}" in await tile(page, "abandoned")
    for interval in ("#level-interval", "#level-today"):
        assert await page.text(f"{interval} .ratio") == DASH
    [row] = await page.eval(ROWS)
    assert row == [
        "billing voice",
        "QUIET",
        DASH,
        DASH,
        DASH,
        "80 %",
        "0",
        f"{DASH} / 0:20",
        "0",
        "3 / 12",
    ]


async def test_names_from_outside_stay_text(open_board: OpenBoard) -> None:
    hostile = queue(HOSTILE, 0.7, channel=HOSTILE)
    hostile["definition"] = HOSTILE
    page = await open_board(
        lambda: {**board([hostile], everything=hostile), "tenant": HOSTILE},
        "?queue=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    )
    assert (await page.eval(ROWS))[0][0] == f"{HOSTILE} {HOSTILE}"
    assert HOSTILE in await page.text("#tile-service-level")
    assert await page.text("#tenant") == HOSTILE
    assert await page.eval("document.querySelectorAll('img').length") == 0
    assert page.errors == []


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 12])
@pytest.mark.parametrize("state", ["fresh", "stale"])
@pytest.mark.parametrize("query", ["", "?calm=1"])
async def test_digits_can_be_read_at_five_metres_and_nothing_is_cut_off(
    open_board: OpenBoard, rows: int, state: str, query: str
) -> None:
    everything = queue("all", 1.0, channel=None, waiting=1284, longest=5_999.0, offered=1400, available=147)
    page = await open_board(
        lambda: board(list(CENTRE[:rows]), everything=everything, state=state, age=99.0), query
    )
    await page.wait_for("document.querySelectorAll('.tile .digits').length >= 4")
    assert await page.eval(SMALLEST_DIGIT) >= 100
    assert await page.eval(CLIPPED) == []


async def test_a_long_queue_name_or_trouble_does_not_break_the_screen(open_board: OpenBoard) -> None:
    long = [queue("a-queue-with-a-name-nobody-should-have-given-it" * 3, 0.2, offered=12), *CENTRE]
    page = await open_board(
        lambda: board(long), f"?queue={long[0]['queue']},billing,sales,support,orders,returns"
    )
    assert await page.eval("getComputedStyle(document.querySelector('#queues table')).display") == "table"
    assert await page.eval("document.documentElement.scrollWidth") == 1920
    assert await page.eval(SMALLEST_DIGIT) >= 100


@pytest.mark.parametrize(
    "scene", [fresh, critical, low, stale, expired, empty, quiet, silent, honest, uncertain, closed]
)
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_all_text_has_enough_contrast(
    open_board: OpenBoard, scene: Callable[[], Document], theme: str
) -> None:
    page = await open_board(scene, theme=theme)
    worst, text = (await page.eval(CONTRASTS))[0]
    assert worst >= 4.5, text


async def test_theme_comes_from_the_address_before_the_system(open_board: OpenBoard) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    dark = await (await open_board(fresh)).eval(background)
    light = await (await open_board(fresh, theme="light")).eval(background)
    assert dark != light
    assert await (await open_board(fresh, "?theme=light")).eval(background) == light
    assert await (await open_board(fresh, "?theme=dark", theme="light")).eval(background) == dark


async def test_worst_queues_come_first(open_board: OpenBoard) -> None:
    page = await open_board(fresh)
    rows = await page.eval(ROWS)
    assert [row[0] for row in rows[:5]] == [
        "support email 55 % in 30 min, 55 % in 15, goal 90 %",
        "support voice",
        "technical voice",
        "billing voice",
        "social social",
    ]
    assert [row[1] for row in rows] == ["CRITICAL", *["LOW"] * 3, *["OK"] * 5, "FEW", "FEW", "QUIET"]
    assert rows[0][7] == "6h04 / 4h00"
    assert len(rows) == 12


async def test_more_queues_than_rows_take_turns(open_board: OpenBoard) -> None:
    page = await open_board(many)
    first = await page.eval(NAMES)
    assert len(first) == 12
    assert await page.text("#queues-range") == f"1{DASH}12 of 30"
    await page.wait_for_text("#queues-range", f"13{DASH}24 of 30", seconds=15)
    second = await page.eval(NAMES)
    assert not set(first) & set(second)


async def test_pages_can_be_turned_and_held_by_keyboard(open_board: OpenBoard) -> None:
    page = await open_board(many)
    await page.eval("document.querySelector('#page-pause').focus()")
    for kind in ("keyDown", "keyUp"):
        await page.send(
            "Input.dispatchKeyEvent", {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        )
    assert await page.eval("document.activeElement.id") == "page-next"
    assert await page.eval("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await page.eval("document.activeElement.click()")
    assert await page.text("#queues-range") == f"13{DASH}24 of 30"
    await page.eval("document.querySelector('#page-back').click()")
    await page.eval("document.querySelector('#page-back').click()")
    assert await page.text("#queues-range") == f"25{DASH}30 of 30"
    await page.eval("document.querySelector('#page-pause').click()")
    assert await page.text("#page-pause") == "Resume"


async def test_a_team_screen_shows_its_queues_only(open_board: OpenBoard) -> None:
    page = await open_board(few, "?queue=sales")
    assert await page.eval(NAMES) == ["sales"]
    assert await page.eval(VALUES) == ["86 %", "1", "0:08", "6", "108"]
    assert await page.text("#filter") == "sales"


async def test_several_queues_add_their_counts_and_name_the_lowest_service_level(
    open_board: OpenBoard,
) -> None:
    page = await open_board(few, "?queue=billing,sales")
    assert await page.eval(NAMES) == ["billing", "sales"]
    level = await tile(page, "service-level")
    assert "Lowest SL 30m 69 %" in level
    assert "billing · SL(20s, drop_short 5s, decided)" in level
    assert await tile(page, "waiting") == "Waiting 4 ▲ 1 past target"
    assert await page.text("#tile-longest-wait .value") == "0:41"
    assert "counted once per queue" in await tile(page, "available")


async def test_the_lowest_service_level_is_one_of_enough_visits(open_board: OpenBoard) -> None:
    page = await open_board(fresh, "?queue=complaints,sales,social")
    assert await page.text("#tile-service-level .value") == "86 %"
    assert "sales · SL(" in await page.text(".promise")
    alone = await open_board(fresh, "?queue=complaints,returns")
    assert await alone.text("#tile-service-level .value") == "64 %"
    assert "few: 16" in await alone.text("#tile-service-level .note")


async def test_a_queue_nobody_has_seen_says_so(open_board: OpenBoard) -> None:
    page = await open_board(few, "?queue=nowhere")
    assert await page.text("#queues-none") == "No visit in nowhere yet."
    assert set(await page.eval(VALUES)) == {DASH}


async def test_the_calm_board_has_no_counts_of_queues(open_board: OpenBoard) -> None:
    page = await open_board(fresh, "?calm=1")
    assert await page.eval(VALUES) == ["84 %", "0:41", "4", "10 %"]
    assert await tile(page, "abandoned") == "Abandon rate today 10 %"
    heads = await page.text("#queues-head")
    for word in ("Waiting", "Abandoned"):
        assert word not in heads
    assert "past target" not in await page.text("main")
    assert len((await page.eval(ROWS))[0]) == 8


async def test_a_phone_shows_two_tiles_in_a_row_and_queues_as_cards(open_board: OpenBoard) -> None:
    page = await open_board(many, size=(390, 844))
    tops = await page.eval(
        "[...document.querySelectorAll('.tile')].map(tile => tile.getBoundingClientRect().top)"
    )
    assert [tops.count(top) for top in sorted(set(tops))] == [1, 2, 2]
    assert await page.eval("document.documentElement.scrollWidth") == 390
    assert len(await page.eval(NAMES)) == 30
    card = await page.text("#queues-body tr")
    assert card.startswith("team-04 voice 56 % in 30 min, 56 % in 15, goal 80 % CRITICAL")


@pytest.mark.parametrize("size", [(1280, 720), (1366, 768), (1920, 1200), (2560, 1440), (3840, 2160)])
async def test_other_screens_show_the_same_picture(open_board: OpenBoard, size: tuple[int, int]) -> None:
    page = await open_board(critical, size=size)
    await asyncio.sleep(0.5)  # until it has been drawn again: rows find their height at the first time
    assert await page.eval(CLIPPED) == []
    assert len(await page.eval(NAMES)) == 12
    assert await page.eval("document.documentElement.scrollHeight") == size[1]


async def test_a_lost_connection_is_told_and_found_again(open_board: OpenBoard, server: FakeServer) -> None:
    page = await open_board(fresh)
    server.refusing = True
    trouble = await page.wait_for_text("#link", "onnection lost, next try in")
    assert trouble.endswith(" s")
    server.refusing = False
    await page.wait_for("document.querySelector('#link').hidden", seconds=15)
    assert "FRESH" in await page.text(".masthead")
    assert server.connections == 2


async def test_without_any_message_the_page_says_that_it_keeps_trying(
    open_board: OpenBoard, server: FakeServer
) -> None:
    server.refusing = True
    page = await open_board(fresh)
    assert "No connection to Pantau" in await page.text("main")
    assert "OFFLINE" in await page.text(".masthead")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("{", "he last message could not be read"),
        ('{"schema": "pantau.board/2"}', "his page reads pantau.board/1 and got pantau.board/2"),
        ("null", "his page reads pantau.board/1 and got undefined"),
    ],
)
async def test_a_message_it_cannot_read_is_told(
    open_board: OpenBoard, server: FakeServer, raw: str, told: str
) -> None:
    page = await open_board(fresh)
    server.raw = raw
    await page.wait_for_text("#link", told)
    assert await page.text("#tile-waiting .value") == "11"
    server.raw = None
    await page.wait_for("document.querySelector('#link').hidden")
    assert page.errors == []


async def test_status_is_announced_politely_and_only_when_a_word_changes(
    open_board: OpenBoard, server: FakeServer
) -> None:
    page = await open_board(few)
    assert await page.eval("document.querySelector('#announcement').getAttribute('aria-live')") == "polite"
    spoken = "document.querySelector('#announcement').textContent"
    said = "Data fresh. LOW: billing (voice): 69 % in 30 min, goal 80 %; also 1 low."
    assert await page.eval(spoken) == said
    waiting = queue("all", channel=None, waiting=12)
    server.scene = lambda: board([queue("billing", 0.7), *CENTRE[1:3]], everything=waiting)
    await page.wait_for_text("#tile-waiting", "12")
    assert await page.eval(spoken) == said
    server.scene = critical
    await page.wait_for(f"{spoken}.includes('CRITICAL: support (email)')")
    assert await page.eval("document.title") == "CRITICAL Pantau"


async def test_the_trend_grows_with_the_messages_and_leaves_gaps_for_no_data(
    open_board: OpenBoard, server: FakeServer
) -> None:
    page = await open_board(fresh)
    path = "(document.querySelector('.trend-line').getAttribute('d') ?? '')"
    await page.wait_for(f"{path}.split('L').length > 3")
    server.scene = with_all(service_level=None)
    await page.wait_for_text("#tile-service-level .value", DASH)
    server.scene = fresh
    await page.wait_for(f"{path}.split('M').length === 3")
    label = await page.eval("document.querySelector('.trend svg').getAttribute('aria-label')")
    assert label.endswith(": 84 % to 84 %")


async def test_nothing_is_fetched_from_elsewhere(open_board: OpenBoard, server: FakeServer) -> None:
    page = await open_board(fresh)
    fetched = await page.eval("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert fetched
    assert all(name.startswith(server.base) for name in fetched)
    assert page.errors == []


async def test_reduced_motion_is_respected(open_board: OpenBoard) -> None:
    page = await open_board(empty)
    moving = "getComputedStyle(document.querySelector('.screen-eye')).animationName"
    assert await page.eval(moving) == "breathe"
    calm = {"name": "prefers-reduced-motion", "value": "reduce"}
    await page.send("Emulation.setEmulatedMedia", {"features": [calm]})
    assert await page.eval(moving) == "none"
