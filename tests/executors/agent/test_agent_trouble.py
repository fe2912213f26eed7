from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchexec.executors.agent import PRESETS
from batchexec.executors.agent.presets import of_command
from batchexec.executors.agent.resets import reset_time
from batchexec.executors.agent.stream import Fault, Said
from batchexec.executors.agent.trouble import trouble_in, trouble_of
from batchexec.executors.agent.verdict import Ending, judge
from batchexec.model import Outcome, Status, Trouble
from batchexec.process import Ended, Followed, Limits

NOW = datetime(2026, 11, 21, 14, 20, tzinfo=UTC).timestamp()
DONE = Said(finished=True)
LIMITS = Limits(start_s=60, silence_s=600, total_s=1800, stall_s=900)


def at(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> float:
    return datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()


def judged(
    preset: str = "claude",
    said: Said = DONE,
    ended: Ended = Ended.EXITED,
    code: int = 0,
    tail: str = "",
) -> Outcome:
    known = PRESETS.get(preset) or of_command((preset,))
    followed = Followed(code, ended, 1.0, tail)
    return judge(Ending(preset=known, limits=LIMITS, followed=followed, said=said, now=NOW))


def errs(text: str, code: str = "", http: int | None = None) -> Said:
    return Said(finished=True, error=Fault(text=text, code=code, http=http))


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("Claude AI usage limit reached|1763722800", Trouble.USAGE_LIMIT),
        ("You've hit your session limit · resets 3pm (Europe/Berlin)", Trouble.USAGE_LIMIT),
        ("You’ve hit your usage limit. Upgrade to Pro or try again at 6:30 PM.", Trouble.USAGE_LIMIT),
        ("5-hour limit reached ∙ resets 8pm", Trouble.USAGE_LIMIT),
        ('{"type": "usage_limit_reached", "resets_in_seconds": 30}', Trouble.USAGE_LIMIT),
        ("You've hit your monthly spend limit.", Trouble.DETERMINISTIC),
        ("Credit balance is too low", Trouble.DETERMINISTIC),
        ("Quota exceeded. Check your plan and billing details.", Trouble.DETERMINISTIC),
        ("Invalid API key · Please run /login", Trouble.DETERMINISTIC),
        ("unexpected status 401 Unauthorized: invalid x-api-key", Trouble.DETERMINISTIC),
        ("HTTP/1.1 403", Trouble.DETERMINISTIC),
        ("API Error: 400 bad", Trouble.DETERMINISTIC),
        ("413 Payload Too Large", Trouble.DETERMINISTIC),
        ("Prompt is too long", Trouble.DETERMINISTIC),
        ("Not logged in · Please run /login", Trouble.DETERMINISTIC),
        ("Missing environment variable: `OPENAI_API_KEY`.", Trouble.DETERMINISTIC),
        ("There's an issue with the selected model (x). It may not exist", Trouble.DETERMINISTIC),
        ("error: unknown option '--max-budget-usd'", Trouble.DETERMINISTIC),
        ("error: unexpected argument '--jason' found", Trouble.DETERMINISTIC),
        ("API Error: 529 Overloaded. This is a server-side issue", Trouble.TRANSIENT),
        ("API Error: Request rejected (429) · limit", Trouble.TRANSIENT),
        ("exceeded retry limit, last status: 429 Too Many Requests", Trouble.TRANSIENT),
        ("We’re currently experiencing high demand, which may cause errors.", Trouble.TRANSIENT),
        ("stream disconnected before completion: error sending request", Trouble.TRANSIENT),
        ("read ECONNRESET", Trouble.TRANSIENT),
        ("Connection error.", Trouble.TRANSIENT),
        ("502 Bad Gateway", Trouble.TRANSIENT),
        ("Codex ran out of room in the model's context window.", Trouble.QUALITY),
        ("I read chapter 401 of the book", None),
        ("error in line 500 of the file", None),
        ("wrote 529 files, no limit was reached", None),
        ("", None),
    ],
)
def test_trouble_is_known_by_its_words(text: str, trouble: Trouble | None) -> None:
    assert trouble_of(Fault(text=text)) is trouble
    assert trouble_in(text) is trouble


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Fault(text="no", http=401), Trouble.DETERMINISTIC),
        (Fault(text="no", http=404), Trouble.DETERMINISTIC),
        (Fault(text="no", http=408), Trouble.TRANSIENT),
        (Fault(text="no", http=429), Trouble.TRANSIENT),
        (Fault(text="no", http=500), Trouble.TRANSIENT),
        (Fault(text="no", http=529), Trouble.TRANSIENT),
        (Fault(text="no", http=200), None),
        (Fault(text="API Error: 500", code="authentication_failed"), Trouble.DETERMINISTIC),
        (Fault(text="no", code="overloaded", http=400), Trouble.TRANSIENT),
        (Fault(text="no", code="usage_limit", http=429), Trouble.USAGE_LIMIT),
        (Fault(text="usage limit reached", code="rate_limit", http=429), Trouble.USAGE_LIMIT),
        (Fault(text="credit balance too low", http=429), Trouble.DETERMINISTIC),
    ],
)
def test_words_that_are_sure_go_before_codes_and_codes_before_statuses(
    fault: Fault, trouble: Trouble | None
) -> None:
    assert trouble_of(fault) is trouble


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("usage limit reached|1763722800", 1763722800),
        ("usage limit reached|1763722800000", 1763722800),
        ('{"resets_at": 1795285822}', 1795285822),
        ('{"resets_in_seconds": 90}', NOW + 90),
        ("retry-after: 30", NOW + 30),
        ("Retry-After: Sat, 21 Nov 2026 15:00:00 GMT", at(21, 15)),
        ("retry-after-ms: 1500", NOW + 1.5),
        ("try again at 2026-11-22T08:30:00Z", at(22, 8, 30)),
        ("try again in 1.5s", NOW + 1.5),
        ("try again in 20 seconds.", NOW + 20),
        ("resets in 2h 30m", NOW + 9000),
        ("try again in 3 days 4 hours 5 minutes", NOW + 3 * 86400 + 4 * 3600 + 300),
        ("resets 6:30pm (UTC)", at(21, 18, 30)),
        ("resets 3pm (Europe/Berlin)", at(22, 14)),
        ("resets at 16:00 (Europe/Berlin)", at(21, 15)),
        ("resets 12am (UTC)", at(22, 0)),
        ("resets Nov 24, 3pm (UTC)", at(24, 15)),
        ("resets Jan 2 at 5pm (UTC)", at(2, 17, month=1, year=2027)),
        ("try again at Nov 23rd, 2026 3:05 PM (UTC)", at(23, 15, 5)),
        ("try again at Feb 30, 2026 3:05 PM (UTC)", None),
        ("resets at 25:00 (UTC)", None),
        ("resets 3", None),
        ("try again in 5 parsecs", None),
        ("try again later", None),
        ("try again at 2026-13-41T08:30:00Z", None),
        ("retry-after: Sat, 99 Nov 2026 15:00:00 GMT", None),
        ("", None),
    ],
)
def test_when_to_come_back_is_read_from_what_is_said(text: str, time: float | None) -> None:
    assert reset_time(text, NOW) == time


def test_a_time_of_day_without_a_zone_is_ours() -> None:
    here = datetime.fromtimestamp(NOW, UTC).astimezone()
    for text in ("resets 11:59pm", "resets 11:59pm (Mars/Olympus)"):
        found = reset_time(text, NOW)
        assert found is not None
        assert datetime.fromtimestamp(found, here.tzinfo).strftime("%H:%M") == "23:59"


@given(
    st.text(alphabet="resting aft0123456789:,.|-(){}\"' mpUTC", max_size=200),
    st.sampled_from(("", "resets ")),
)
def test_no_text_breaks_the_reading_of_times(text: str, before: str) -> None:
    found = reset_time(before + text, NOW)
    assert found is None or found > 0


def test_an_agent_that_ended_by_itself_may_have_done_the_work() -> None:
    assert judged() == Outcome(status=Status.PASSED)


@pytest.mark.parametrize(
    ("said", "status", "trouble", "hint"),
    [
        (
            errs("Invalid API key", http=401),
            Status.ERROR,
            Trouble.DETERMINISTIC,
            "try claude by hand: it may want a login, or ANTHROPIC_API_KEY",
        ),
        (errs("no x", http=404), Status.ERROR, Trouble.DETERMINISTIC, "check the name of the model"),
        (errs("no", http=413), Status.ERROR, Trouble.DETERMINISTIC, "the prompt is too large for the model"),
        (errs("bad", http=400), Status.ERROR, Trouble.DETERMINISTIC, ""),
        (errs("busy", http=529), Status.ERROR, Trouble.TRANSIENT, ""),
        (errs("usage limit reached"), Status.LIMITED, Trouble.USAGE_LIMIT, ""),
        (errs("too many turns", "error_max_turns"), Status.FAILED, Trouble.QUALITY, ""),
        (errs("it broke"), Status.FAILED, Trouble.QUALITY, ""),
        (errs("Reached maximum budget", "error_max_budget_usd"), Status.BUDGET, None, ""),
    ],
)
def test_an_error_result_is_no_success_though_the_program_says_so(
    said: Said, status: Status, trouble: Trouble | None, hint: str
) -> None:
    assert said.error
    assert judged(said=said) == Outcome(
        status=status, summary=f"claude: {said.error.text}", trouble=trouble, hint=hint
    )


def test_a_limit_says_when_it_ends() -> None:
    assert judged(said=errs("hit your usage limit, resets 6:30pm (UTC)")).retry_at_utc == at(21, 18, 30)
    known = Said(finished=True, error=Fault(text="resets 3pm", code="usage_limit", retry_at_utc=77.0))
    assert judged(said=known).retry_at_utc == 77.0
    assert judged(said=errs("no retry-after: 5", http=401)).retry_at_utc is None


@pytest.mark.parametrize(
    ("ended", "status", "summary", "hint"),
    [
        (
            Ended.START,
            Status.STALLED,
            "claude: it said nothing in its first 60 s",
            "try claude by hand: it may want a login, or ANTHROPIC_API_KEY",
        ),
        (Ended.SILENCE, Status.STALLED, "claude: it said nothing for 600 s", "silence_s allows more"),
        (Ended.STALLED, Status.STALLED, "stalled: no activity for 900 s", "stall_kill allows more"),
        (Ended.TIMEOUT, Status.TIMEOUT, "claude: it was not done after 1800 s", "timeout_s allows more"),
        (Ended.CANCELLED, Status.INTERRUPTED, "interrupted", ""),
    ],
)
def test_a_program_we_ended_says_why(ended: Ended, status: Status, summary: str, hint: str) -> None:
    assert judged(said=Said(), ended=ended, code=143) == Outcome(status=status, summary=summary, hint=hint)


def test_a_flood_is_a_failure_of_the_agent_that_is_not_tried_again() -> None:
    assert judged(said=Said(), ended=Ended.FLOOD, code=143) == Outcome(
        status=Status.FAILED,
        summary="claude: it was ended for printing more than 64 MB",
        hint="its log says what it printed",
    )


def test_a_wrong_key_is_told_though_our_limit_ended_it() -> None:
    said = Said(error=Fault(text="its server answered 401", http=401))
    outcome = judged(said=said, ended=Ended.SILENCE, code=143)
    assert (outcome.status, outcome.trouble) == (Status.ERROR, Trouble.DETERMINISTIC)
    tail = "retrying\nerror 401: invalid api key\nretrying\n"
    outcome = judged("mine", said=Said(), ended=Ended.TIMEOUT, code=143, tail=tail)
    assert outcome == Outcome(
        status=Status.ERROR,
        summary="mine: error 401: invalid api key",
        hint="try mine by hand: it may wait for a login",
        trouble=Trouble.DETERMINISTIC,
    )


def test_the_last_line_that_names_a_trouble_counts() -> None:
    tail = "error 401: invalid api key\nconnection reset by peer\nbye\n"
    assert judged("mine", said=Said(), code=1, tail=tail).trouble is Trouble.TRANSIENT


def test_what_stands_in_events_is_no_error_of_the_program() -> None:
    tail = '{"type": "user", "content": "401 Unauthorized"}\n'
    assert judged("claude", said=Said(), code=1, tail=tail) == Outcome(
        status=Status.FAILED, summary="claude: it ended with status 1", trouble=Trouble.QUALITY
    )


def test_an_exit_status_without_a_better_reason_is_a_failure() -> None:
    assert judged("mine", said=Said(), code=3, tail="one\n\x1b[31mtwo\n\n").summary == (
        "mine: it ended with status 3: \ufffd[31mtwo"
    )


def test_an_exit_status_may_say_that_the_setup_is_refused() -> None:
    assert judged("gemini", said=Said(), code=41, tail="no auth method is set\n") == Outcome(
        status=Status.ERROR,
        summary="gemini: it refused to start: no auth method is set",
        hint="try gemini by hand: it may want a login, or GEMINI_API_KEY",
        trouble=Trouble.DETERMINISTIC,
    )


def test_a_program_that_does_not_leave_after_its_last_event_is_fine() -> None:
    assert judged(ended=Ended.FINISHED, code=143) == Outcome(
        status=Status.PASSED, notes=("claude did not leave after it was done, and was ended",)
    )


def test_a_stream_without_an_end_is_no_success() -> None:
    assert judged(said=Said(message="I begin")) == Outcome(
        status=Status.FAILED,
        summary="claude: it ended without saying how it came out",
        trouble=Trouble.QUALITY,
    )
    assert judged("mine", said=Said()).passed


@pytest.mark.parametrize(
    ("message", "summary"),
    [
        ("I tried.\nSTATUS:FAILED: no network\n", "claude: it gave up: no network"),
        ("  STATUS:FAILED:no network", "claude: it gave up: no network"),
        ("STATUS:FAILED:", "claude: it gave up: no reason given"),
        ("It does not end in `STATUS:FAILED:`", ""),
        ("STATUS:PHASE_COMPLETE:1/3", ""),
    ],
)
def test_an_agent_may_say_that_it_gave_up(message: str, summary: str) -> None:
    outcome = judged(said=Said(finished=True, message=message))
    assert outcome.summary == summary
    assert outcome.status is (Status.FAILED if summary else Status.PASSED)


def test_a_program_without_events_may_give_up_too() -> None:
    assert (
        judged("mine", said=Said(), tail="STATUS:FAILED: too hard\n").summary == "mine: it gave up: too hard"
    )


def test_an_error_in_the_output_of_a_command_is_believed_by_its_exit_status() -> None:
    said = Said(error=Fault(text="it logs its errors as JSON"))
    assert judged("mine", said=said).passed
    assert judged("mine", said=said, code=1).summary == "mine: it logs its errors as JSON"
    assert not judged("opencode", said=said).passed


def test_what_was_not_allowed_is_a_note() -> None:
    said = Said(finished=True, denials=tuple(f"Bash: {n}" for n in range(7)))
    assert judged(said=said) == Outcome(
        status=Status.PASSED,
        notes=(
            *(f"claude was not allowed: Bash: {n}" for n in range(5)),
            "and 2 more that it was not allowed",
        ),
    )


def test_a_long_reason_is_one_short_line() -> None:
    summary = judged(said=errs("word\n" * 1000)).summary
    assert len(summary) == len("claude: ") + 300
    assert summary.endswith("…")
    assert "\n" not in summary
