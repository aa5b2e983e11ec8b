"""``mcp-voice-agent cost``: from the lines that a worker logs to money, and nothing unknown counts as nothing."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from livekit.agents.cli.log import JsonFormatter
from livekit.agents.metrics.usage import EOTModelUsage, LLMModelUsage, ModelUsage, STTModelUsage, TTSModelUsage
from typer.testing import CliRunner

from mcp_voice.errors import BadInput
from mcp_voice.speech.catalogue import SPEECH_TO_TEXT, TEXT_TO_SPEECH
from mcp_voice.speech.offers import Catalogue
from mcp_voice_agent.cli import app
from mcp_voice_agent.cost.estimate import Estimate, estimate
from mcp_voice_agent.cost.prices import PriceKind, load_prices
from mcp_voice_agent.cost.report import rows
from mcp_voice_agent.cost.usage import read_usage
from mcp_voice_agent.models.llm import LANGUAGE_MODELS
from mcp_voice_agent.telemetry.logs import form_logs
from testkit.documents import ROOT, read, table

EXAMPLE = ROOT / "deploy" / "cost-example.jsonl"
GROQ = LLMModelUsage(
    provider="api.groq.com", model="llama-3.1-8b-instant", input_tokens=1_000_000, output_tokens=500_000
)
NOVA = STTModelUsage(provider="Deepgram", model="nova-3", audio_duration=600)
SONIC = TTSModelUsage(provider="Cartesia", model="sonic-3", characters_count=2000, audio_duration=100)
EOT = EOTModelUsage(provider="livekit", model="turn-detector-v1", total_requests=40)
DAY = "2026-03-0{}T10:00:00.000+00:00"


def ended(*used: ModelUsage, seconds: float = 600.0, at: str = DAY.format(1), **more: Any) -> str:
    """The line of a session that has ended."""
    usage = [{key: value for key, value in each.model_dump().items() if value} for each in used]
    return json.dumps({"event": "session ended", "seconds": seconds, "usage": usage, "timestamp": at, **more})


def costs(*lines: str, **how: Any) -> Estimate:
    """What they cost at our prices."""
    return estimate(read_usage(lines), load_prices(), **how)


def test_each_part_is_priced_in_the_unit_of_its_provider() -> None:
    """Tokens, minutes of sound, characters; LiveKit's minutes are rounded up for each session."""
    found = costs(ended(GROQ, NOVA, SONIC, EOT), ended(seconds=61))
    assert {line.part: round(line.cost or -1, 6) for line in found.lines} == {
        "stt": 0.077,
        "llm": 0.09,
        "tts": 0.1,
        "livekit": 0.12,
    }
    assert (found.sessions, found.unpriced, found.unread) == (2, (), 0)
    assert found.per_session == pytest.approx(0.1935)
    assert found.per_minute == pytest.approx(0.387 / (661 / 60))


def test_where_livekit_cloud_does_not_run_the_agent_its_minutes_cost_nothing() -> None:
    """A worker on machines of one's own."""
    assert [line.part for line in costs(ended(NOVA), cloud=False).lines] == ["stt"]


def test_tokens_from_the_cache_and_sound_cost_their_own_price() -> None:
    """LiveKit's sums hold both: neither is paid twice."""
    cached = LLMModelUsage(
        provider="api.anthropic.com",
        model="claude-haiku-4-5-20251001",
        input_tokens=1_000_000,
        input_cached_tokens=400_000,
        input_cache_creation_tokens=100_000,
    )
    assert costs(ended(cached), cloud=False).cost == pytest.approx(0.5 + 0.04 + 0.125)
    realtime = LLMModelUsage(
        provider="api.openai.com",
        model="gpt-realtime",
        input_tokens=1000,
        input_text_tokens=400,
        input_audio_tokens=600,
        input_cached_tokens=300,
        input_cached_text_tokens=100,
        input_cached_audio_tokens=200,
        output_tokens=500,
        output_text_tokens=100,
        output_audio_tokens=400,
    )
    wanted = 300 * 4 + 100 * 0.4 + 400 * 32 + 200 * 0.4 + 100 * 16 + 400 * 64
    assert costs(ended(realtime), cloud=False).cost == pytest.approx(wanted / 1e6)


@pytest.mark.parametrize(
    "used",
    [
        LLMModelUsage(provider="127.0.0.1:8000", model="qwen", input_tokens=10),
        LLMModelUsage(provider="api.groq.com", model="never-heard-of", input_tokens=10),
        # A text model that has heard sound: there is no price for that.
        LLMModelUsage(provider="api.groq.com", model="llama-3.1-8b-instant", input_tokens=10, input_audio_tokens=10),
        # Billed by the minute, and the log has tokens only.
        STTModelUsage(provider="api.openai.com", model="whisper-1", input_tokens=10),
        STTModelUsage(provider="Cartesia", model="sonic-3", audio_duration=10),
    ],
)
def test_what_has_no_price_is_named_and_never_counts_as_nothing(used: ModelUsage, tmp_path: Path) -> None:
    """An operator who reads a sum takes it for the whole."""
    found = costs(ended(used, NOVA), cloud=False)
    assert [(line.provider, line.model) for line in found.unpriced] == [(used.provider, used.model)]
    assert found.cost == pytest.approx(0.077)
    log = tmp_path / "log"
    log.write_text(ended(used), encoding="utf-8")
    text = CliRunner().invoke(app, ["cost", str(log)]).stdout
    assert "no price" in text
    assert f"the sums are too low: {used.provider}/{used.model}" in " ".join(text.split())


def test_a_month_is_as_in_a_log_of_a_day_or_more_or_as_given() -> None:
    """An hour of a Monday says nothing about a month."""
    short = costs(ended(NOVA, at="2026-03-01T10:00:00+00:00"), ended(NOVA, at="2026-03-01T11:00:00+00:00"))
    assert (short.month_minutes, short.per_month) == (None, None)
    long = costs(ended(NOVA, at=DAY.format(1)), ended(NOVA, at=DAY.format(3)), cloud=False)
    assert long.month_minutes == pytest.approx(20 * 15)
    assert long.per_month == pytest.approx(20 * 15 * 0.0077)
    assert costs(ended(NOVA), month_minutes=1000, cloud=False).per_month == pytest.approx(7.7)


def test_every_model_that_we_offer_has_a_price() -> None:
    """A default without one would be missing in everybody's sum."""
    prices = load_prices()
    assert prices.as_of < datetime.now(UTC).date()
    offered: dict[PriceKind, Catalogue[Any]] = {"llm": LANGUAGE_MODELS, "stt": SPEECH_TO_TEXT, "tts": TEXT_TO_SPEECH}
    for kind, catalogue in offered.items():
        for provider, offer in catalogue.offers.items():
            for model in offer.models:
                assert prices.of(kind, provider, model) is not None, (kind, provider, model)
            assert prices.providers[provider].source
    assert prices.of("llm", "api.openai.com", "gpt-realtime")


def test_prices_of_ones_own_come_before_ours_model_by_model(tmp_path: Path) -> None:
    """A contract, or a server of one's own."""
    own = tmp_path / "own.toml"
    own.write_text(
        'as_of = 2026-01-01\n[providers.deepgram]\nstt."nova-3" = {minute = 0.001}\n'
        '[providers.mine]\nnames = ["127.0.0.1:8000"]\nllm.qwen = {input = 1, output = 1}\n',
        encoding="utf-8",
    )
    prices = load_prices(own)
    used = LLMModelUsage(provider="127.0.0.1:8000", model="qwen", input_tokens=10)
    found = estimate(read_usage([ended(used, NOVA, SONIC)]), prices, cloud=False)
    assert found.cost == pytest.approx(10 / 1e6 + 0.01 + 0.1)
    assert prices.as_of.isoformat() == "2026-01-01"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("as_of = ", "Invalid value"),
        ('providers.openai.llm."gpt-4.1" = {inputs = 1}', "inputs"),
        ('providers.openai.llm."gpt-4.1" = {input = -1}', "greater"),
        ("providers = 3", "providers"),
        ("\0", "Invalid"),
    ],
)
def test_prices_that_cannot_be_used_are_refused_with_the_reason(text: str, why: str, tmp_path: Path) -> None:
    """A typing error would make a sum too low."""
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=why):
        load_prices(own)
    with pytest.raises(BadInput, match="No such file"):
        load_prices(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "session ended", "seconds": "long"}',
        '{"event": "session ended", "seconds": -1}',
        '{"event": "session ended", "seconds": NaN}',
        '{"event": "session ended", "seconds": 1, "usage": 5}',
        '{"event": "session ended", "seconds": 1, "usage": [5]}',
        '{"event": "session ended", "seconds": 1, "usage": [{"type": "llm_usage", "provider": [], "model": "x"}]}',
        '{"event": "session ended", "seconds": 1, "usage": [{"type": "stt_usage", "audio_duration": 1e999}]}',
    ],
)
def test_a_summary_that_cannot_be_read_is_counted(line: str) -> None:
    """Not a crash, and not silence."""
    assert read_usage([line, ended(NOVA)]).unread == 1


def test_lines_of_other_programs_are_passed_over() -> None:
    """A log is collected by whatever runs the container."""
    lines = [
        "",
        "no json",
        "[1]",
        '"text"',
        "{" * 10_000,
        '{"event": "other", "timestamp": 5}',
        f"worker-1 | {ended(NOVA)}",
    ]
    usage = read_usage(lines)
    assert (usage.sessions, usage.unread) == (1, 0)


def test_the_line_that_the_worker_writes_is_read() -> None:
    """Formatted as in production, so that a changed log does not make the command blind."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        form_logs(speech=False)
        record = logging.LogRecord("x", logging.INFO, "", 0, "session ended", (), None)
        record.__dict__.update(seconds=60.0, usage=[each.model_dump() for each in (GROQ, NOVA, SONIC)])
        usage = read_usage([handler.format(record)])
    finally:
        root.removeHandler(handler)
    assert (usage.sessions, usage.seconds, len(usage.models)) == (1, 60.0, 3)
    assert usage.first is not None


def test_the_command_reads_a_file_or_stdin_and_prints_a_table_or_json() -> None:
    """The same figures either way."""
    run = CliRunner()
    text = run.invoke(app, ["cost", str(EXAMPLE)]).stdout
    assert "Deepgram/nova-3" in text
    assert "A session costs 0.2225 USD" in text
    assert "2025-11-01" in text
    told = json.loads(run.invoke(app, ["cost", "-", "--json"], input=EXAMPLE.read_text(encoding="utf-8")).stdout)
    assert told == json.loads(run.invoke(app, ["cost", str(EXAMPLE), "--json"]).stdout)
    assert round(told["per_session"], 4) == 0.2225
    assert {"as_of", "currency", "per_minute", "per_month", "lines", "unpriced"} <= told.keys()


def test_a_log_without_a_session_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    """The readable log of `dev`, or another file."""
    log = tmp_path / "log"
    log.write_text("INFO session ended\n", encoding="utf-8")
    for path, why in ((log, "no session"), (tmp_path / "none", "No such file"), (tmp_path, "directory")):
        done = CliRunner().invoke(app, ["cost", str(path)])
        assert done.exit_code == 1
        assert why in done.stderr


def test_the_table_of_costs_that_operators_read_is_what_the_command_says() -> None:
    """Of the example, for 10,000 minutes a month."""
    usage = read_usage(EXAMPLE.read_text(encoding="utf-8").splitlines())
    found = estimate(usage, load_prices(), month_minutes=10_000)
    assert table(read("deploy/README.md"), "part") == list(rows(found))
    assert load_prices().as_of.isoformat() in read("deploy/README.md")
