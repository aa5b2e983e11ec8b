"""``deploy/team``: manifests and alerts of workers that carry out asks, with settings and series that there are."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import yaml
from prometheus_client import REGISTRY

from mcp_voice.asks.figures import CallFigures
from mcp_voice.server.metrics_page import MetricsPage
from mcp_voice.settings import Settings, variable
from mcp_voice.workers.counts import count_request
from mcp_voice.workers.settings import WorkerSettings
from testkit.documents import ROOT, read, table
from testkit.promtool import check_rules

TEAM = ROOT / "deploy" / "team"
COMPOSE: dict[str, Any] = yaml.safe_load((TEAM / "compose.yaml").read_text(encoding="utf-8"))
PARTS = {each["kind"]: each for each in yaml.safe_load_all((TEAM / "asker.yaml").read_text(encoding="utf-8"))}
POD = PARTS["Deployment"]["spec"]["template"]["spec"]
SETTINGS = {variable(name, WorkerSettings): name for name in WorkerSettings.model_fields}
OWN = [name for name in WorkerSettings.model_fields if name not in Settings.model_fields or name == "log_level"]
"""Settings that are the worker's, or have another default there."""


def rules() -> list[dict[str, Any]]:
    """The alerts."""
    (group,) = yaml.safe_load((TEAM / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def of_a_server(without_worker: int) -> dict[str, float]:
    """The series of a server whose asks workers carry out, that have no label."""
    page = MetricsPage(CallFigures(without_worker=lambda: without_worker))
    return {each.name: each.value for family in page.collect() for each in family.samples if not each.labels}


def exposed() -> set[str]:
    """The series of a worker, and those of a server."""
    import_module("livekit.agents.telemetry.metrics")  # It declares them.
    count_request("ask", "lost")
    return (
        {sample.name for family in REGISTRY.collect() for sample in family.samples}
        | {family.name for family in REGISTRY.collect() if family.type == "gauge"}
        | set(of_a_server(0))
    )


def test_the_documents_have_every_setting_of_a_worker() -> None:
    """With its default and its description."""
    rows = {row[0].strip("`"): row[1:] for row in table(read("docs/team.md"), "setting of the worker")}
    assert set(rows) == {variable(name, WorkerSettings) for name in OWN}
    for name in OWN:
        field = WorkerSettings.model_fields[name]
        default = "" if field.default in (None, "") else str(field.default)
        assert rows[variable(name, WorkerSettings)] == (default, field.description)


def test_manifests_set_what_there_is() -> None:
    """A misspelt one would be nothing but a comment."""
    given = {name for each in COMPOSE["services"].values() for name in each.get("environment", {})}
    assert {*given, *PARTS["ConfigMap"]["data"]} <= SETTINGS.keys()


def test_nothing_is_killed_before_it_has_drained() -> None:
    """A question that is cut off is asked again, by another worker."""
    service = COMPOSE["services"]["asker"]
    drain = int(service["environment"]["MCP_VOICE_WORKER_DRAIN_SECONDS"])
    assert int(service["stop_grace_period"].removesuffix("s")) > drain + 10
    assert POD["terminationGracePeriodSeconds"] > int(PARTS["ConfigMap"]["data"]["MCP_VOICE_WORKER_DRAIN_SECONDS"]) + 10


def test_workers_run_without_rights_and_tell_their_health() -> None:
    """As all programs of ours."""
    (container,) = POD["containers"]
    assert container["args"] == COMPOSE["services"]["asker"]["command"] == ["mcp-voice", "worker"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert COMPOSE["services"]["asker"]["cap_drop"] == ["ALL"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert ports["health"] == WorkerSettings.model_fields["worker_port"].default
    assert str(ports["metrics"]) == PARTS["ConfigMap"]["data"]["MCP_VOICE_WORKER_METRICS_PORT"]
    scaled = PARTS["HorizontalPodAutoscaler"]["spec"]["metrics"][0]["pods"]["metric"]["name"]
    assert scaled in exposed()


def test_every_series_of_an_alert_is_exposed() -> None:
    """An alert on a name that nobody exposes never fires."""
    series = {name for rule in rules() for name in re.findall(r"\b(?:mcp_voice|lk_agents)_\w+", rule["expr"])}
    assert series <= exposed()


def test_a_server_tells_in_how_many_rooms_no_worker_is_free_and_the_alert_looks_at_that() -> None:
    """One that carries out its asks itself has no such series, and no such alert."""
    (expression,) = [rule["expr"] for rule in rules() if rule["alert"] == "VoiceAsksWithoutWorker"]
    (name,) = re.findall(r"\bmcp_voice_\w+", expression)
    assert (of_a_server(0)[name], of_a_server(2)[name]) == (0, 2)
    assert name not in {family.name for family in MetricsPage(CallFigures()).collect()}


def test_each_alert_is_shown_to_fire_and_not_to_fire() -> None:
    """Promtool runs these cases; here it is only asked that there are some."""
    cases = yaml.safe_load((TEAM / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
    proved = {(each["alertname"], bool(each["exp_alerts"])) for case in cases for each in case["alert_rule_test"]}
    assert proved == {(rule["alert"], fires) for rule in rules() for fires in (True, False)}


def test_promtool_sees_each_alert_fire_and_not_fire() -> None:
    """The real checker of the rules."""
    check_rules(TEAM)


def test_the_readme_names_each_alert_with_its_severity() -> None:
    """An operator reads there what it means."""
    rows = {row[0].strip("`"): row[2] for row in table(read("deploy/README.md"), "alert of `team/alerts.yaml`")}
    assert rows == {rule["alert"]: rule["labels"]["severity"] for rule in rules()}
