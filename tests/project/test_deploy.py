"""The alerts and the dashboard in ``deploy/``: well formed, and of figures that the worker really has."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import REGISTRY

from mcp_voice.asks.figures import CallFigures
from mcp_voice.server.metrics_page import MetricsPage
from mcp_voice.workers.settings import WorkerSettings
from mcp_voice_agent.settings import AgentSettings
from mcp_voice_agent.telemetry.instruments import BUCKETS_MS, COUNTERS, PARTS, SENT_AGAIN, WAITING, latency_name
from mcp_voice_agent.telemetry.media import MEDIA
from mcp_voice_agent.telemetry.memory import MEMORY
from testkit.promtool import check_rules

DEPLOY = Path(__file__).parents[2] / "deploy"
OURS = {latency_name(part) for part in PARTS} | set(COUNTERS) | {SENT_AGAIN, WAITING, MEMORY} | set(MEDIA)
OF_MCP = list(MetricsPage(CallFigures()).collect())
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}
NOT_METRICS = re.compile(
    r"""\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\b\w+\s+(?:by|without)\s*\([^)]*\)|\b\w+\s*(?=\()|\b(?:or|and|unless)\b"""
)
"""Labels, ranges, texts, groupings, functions and operators of a PromQL expression."""


ASKED_FOR = {
    "VoiceMedianSlow": ("warning", "5m"),
    "VoiceP90Slow": ("warning", "5m"),
    "VoiceAnswersSlow": ("critical", "5m"),
    "VoiceToolsFailingSometimes": ("warning", "5m"),
    "VoiceToolsFailing": ("critical", "5m"),
    "VoiceProviderFailing": ("critical", "1m"),
    "VoiceQuota": ("critical", "0m"),
    "VoiceErrorRate": ("critical", "2m"),
    "VoiceFallbackInUse": ("warning", "0m"),
    "VoiceRealtimeBroken": ("warning", "0m"),
    "VoiceSessionsBroken": ("warning", "0m"),
    "VoiceRoomsWithoutCompanion": ("critical", "30s"),
    "NoVoiceWorker": ("critical", "1m"),
    "VoiceWorkerBusy": ("warning", "5m"),
    "VoiceMemoryHigh": ("warning", "5m"),
    "VoicePacketLossHigh": ("warning", "5m"),
    "VoiceJitterHigh": ("warning", "5m"),
    "VoiceMcpGone": ("critical", "1m"),
    "VoiceAsksFailing": ("critical", "5m"),
    "VoiceIssuerUnavailable": ("critical", "0m"),
}
"""Each alert with its severity, and how long it has to last."""


def alerts() -> list[dict[str, Any]]:
    """The rules of ``alerts.yaml``."""
    (group,) = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def panels() -> list[dict[str, Any]]:
    """The panels of the dashboard."""
    return list(json.loads((DEPLOY / "dashboard.json").read_text(encoding="utf-8"))["panels"])


def used(expression: str) -> set[str]:
    """The series that a PromQL expression names."""
    return set(re.findall(r"[a-zA-Z_]\w+", NOT_METRICS.sub(" ", expression)))


def exposed() -> set[str]:
    """The series that there can be: LiveKit's own, those of the companion's instruments.py, and of MCP over HTTP."""
    import_module("livekit.agents.telemetry.metrics")  # It declares them.
    return {
        family.name + suffix
        for family in [*REGISTRY.collect(), *OF_MCP]
        if family.name.startswith(("lk_agents_", "mcp_voice_", *(name.removesuffix("_total") for name in OURS)))
        for suffix in SUFFIXES[family.type]
    }


def expressions() -> list[str]:
    """Every PromQL expression in ``deploy/``."""
    return [rule["expr"] for rule in alerts()] + [target["expr"] for each in panels() for target in each["targets"]]


def test_every_series_that_is_watched_exists() -> None:
    """An alert on a name that nobody exposes never fires, and nobody notices."""
    for expression in expressions():
        assert used(expression), expression
        assert used(expression) <= exposed(), expression


def test_every_figure_is_on_the_dashboard() -> None:
    """What is measured can be seen without writing a query."""
    shown = set().union(*map(used, expressions()))
    names = OURS | {family.name for family in OF_MCP}
    assert {name for name in names if not any(series.startswith(name) for series in shown)} == set()


def test_the_alerts_are_those_that_were_asked_for() -> None:
    """Those of the field's guides, whole; each says how bad it is and what to do."""
    named = {rule["alert"]: rule for rule in alerts()}
    assert {name: (rule["labels"]["severity"], rule["for"]) for name, rule in named.items()} == ASKED_FOR
    for name, end in (
        ("VoiceMedianSlow", "> 500"), ("VoiceP90Slow", "> 600"), ("VoiceAnswersSlow", "> 800"),
        ("VoiceToolsFailingSometimes", "> 0.02"), ("VoiceToolsFailing", "> 0.05"), ("VoiceErrorRate", "> 0.05"),
        ("VoiceMemoryHigh", "> 0.8"), ("VoiceWorkerBusy", "> 0.7"), ("NoVoiceWorker", "< 1"),
    ):  # fmt: skip
        assert named[name]["expr"].endswith(end)
    assert 'kind="quota"' in named["VoiceQuota"]["expr"]
    assert {500, 600, 800} <= set(BUCKETS_MS)
    for rule in named.values():
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"].keys() == {"summary", "description"}


def test_each_alert_is_shown_to_fire_and_not_to_fire() -> None:
    """Promtool runs these cases; here it is only asked that there are some."""
    cases = yaml.safe_load((DEPLOY / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    proved = {(each["alertname"], bool(each["exp_alerts"])) for case in cases for each in case["alert_rule_test"]}
    assert proved == {(rule["alert"], fires) for rule in alerts() for fires in (True, False)}


def test_promtool_sees_each_alert_fire_and_not_fire() -> None:
    """The real checker of the rules."""
    check_rules(DEPLOY)


def test_the_panels_do_not_overlap() -> None:
    """Grafana would move them about."""
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_readme_names_what_there_is() -> None:
    """An operator copies names and variables from it."""
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    suffix = {"counter": "_total"}
    names = OURS | {f"{family.name}{suffix.get(family.type, '')}" for family in OF_MCP}
    assert {name for name in names if f"`{name}`" not in text} == set()
    settings = {f"MCP_VOICE_{name.upper()}" for kind in (AgentSettings, WorkerSettings) for name in kind.model_fields}
    assert set(re.findall(r"MCP_VOICE_\w+", text)) <= settings
    assert {path.name for path in DEPLOY.iterdir() if path.name != "README.md" and path.name not in text} == set()
