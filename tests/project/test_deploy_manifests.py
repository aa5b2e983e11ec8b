"""The manifests in ``deploy/``: settings and ports are the worker's, nothing is killed before it has drained.

``scripts/deploy-manifests`` holds them against their schemas, ``scripts/deploy-check`` builds and runs the image.
"""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_voice.settings import variable
from mcp_voice_agent.settings import AgentSettings
from testkit.documents import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
FINAL = DOCKERFILE.rpartition("\nFROM ")[2]
"""The stage that is shipped."""
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
KUBERNETES = {
    each["kind"]: each
    for each in yaml.safe_load_all((DEPLOY / "kubernetes" / "worker.yaml").read_text(encoding="utf-8"))
}
KUBERNETES_MCP = {
    each["kind"]: each for each in yaml.safe_load_all((DEPLOY / "kubernetes" / "mcp.yaml").read_text(encoding="utf-8"))
}
POD = KUBERNETES["Deployment"]["spec"]["template"]["spec"]
RAILWAY: dict[str, Any] = json.loads((DEPLOY / "railway.json").read_text(encoding="utf-8"))
SETTINGS = {variable(name, AgentSettings): name for name in AgentSettings.model_fields}
WRITABLE = {"/tmp", "/var/lib/mcp-voice"}  # noqa: S108  # in a container
RAILWAY_FIELDS = {
    "builder": str,
    "dockerfilePath": str,
    "watchPatterns": list,
    "numReplicas": int,
    "healthcheckPath": str,
    "healthcheckTimeout": int,
    "restartPolicyType": str,
    "overlapSeconds": int,
    "drainingSeconds": int,
}
"""As docs.railway.com/config-as-code/reference has them; a number as a text is refused (railwayapp/docs#1243)."""


def variables(stage: str) -> dict[str, str]:
    """What a stage's ENV lines set."""
    joined = re.sub(r"\\\n\s*", "", stage)
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"^ENV (.*)$", joined, re.MULTILINE))))


def seconds(text: str) -> int:
    """A duration of Compose's, such as 61m."""
    units = {"s": 1, "m": 60, "h": 3600}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smh])", text))


def drain() -> int:
    """How long a worker lets conversations go on."""
    return int(AgentSettings.model_fields["agent_drain_seconds"].default)


def test_every_variable_that_is_set_is_a_setting() -> None:
    """A misspelt one would be nothing but a comment."""
    given = {
        *variables(FINAL),
        *SERVICES["worker"]["environment"],
        *SERVICES["mcp"]["environment"],
        *KUBERNETES["ConfigMap"]["data"],
        *KUBERNETES_MCP["ConfigMap"]["data"],
        *SERVICES["mcp"]["environment"],
        *re.findall(r"^(?:# )?([A-Z_]+)=", (DEPLOY / "env.example").read_text(encoding="utf-8"), re.MULTILINE),
    }
    assert given - SETTINGS.keys() == {
        "PATH",
        "HOME",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "ORT_DISABLE_TELEMETRY",
        "GRAFANA_PASSWORD",
    }


def test_the_image_is_pinned_by_the_lock_and_ships_no_tool_to_build_with() -> None:
    """What is tested is what is deployed; and the final stage has nothing to compile or install with."""
    assert DOCKERFILE.count("uv sync --locked --no-default-groups") == 2
    assert re.search(r"uv==\d+\.\d+\.\d+", DOCKERFILE)
    assert not re.search(r"\buv\b|pip|gcc|build-essential", FINAL)
    assert "moonshine-tiny-en" in DOCKERFILE


def test_the_image_runs_without_root_and_gets_its_signals() -> None:
    """The exec form under an init, so that SIGTERM reaches the worker; a health check of the worker's own port."""
    assert "USER 10001:10001" in FINAL
    assert 'ENTRYPOINT ["tini", "--"]' in FINAL
    assert 'CMD ["mcp-voice-agent", "start"]' in FINAL
    assert "HEALTHCHECK" in FINAL
    assert "/health" in FINAL
    given = variables(FINAL)
    assert f"EXPOSE {given['MCP_VOICE_AGENT_PORT']} {given['MCP_VOICE_AGENT_PROMETHEUS_PORT']}" in FINAL


def test_nothing_in_the_image_reports_to_its_makers() -> None:
    """Its runtime for models sends who uses it, unless it is told not to."""
    assert variables(FINAL)["ORT_DISABLE_TELEMETRY"] == "1"


def test_the_build_is_given_all_that_it_copies_and_no_secret() -> None:
    """.dockerignore lets in what is named; a package's readme and licence are part of its build."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    stage = DOCKERFILE.rpartition("\nFROM ")[0]
    copied = {each for line in re.findall(r"^COPY (.*)$", stage, re.MULTILINE) for each in line.split()[:-1]}
    assert {each.partition("/")[0] for each in copied} == let_in
    assert {"*", "**/.env"} <= set(lines)
    sdist = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    assert set(sdist["only-include"]) <= copied
    assert "/deploy/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_nobody_kills_a_worker_that_drains() -> None:
    """Compose, Kubernetes and Railway all wait longer than the worker does."""
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > drain()
    assert POD["terminationGracePeriodSeconds"] > drain()
    assert RAILWAY["deploy"]["drainingSeconds"] > drain()
    for given in (SERVICES["worker"]["environment"], KUBERNETES["ConfigMap"]["data"]):
        assert int(given["MCP_VOICE_AGENT_DRAIN_SECONDS"]) == drain()


def test_compose_has_all_parts_each_of_them_watched() -> None:
    """LiveKit, Redis, worker, MCP server, Prometheus, Grafana; one starts when what it needs is well."""
    assert set(SERVICES) == {"redis", "store", "livekit", "worker", "mcp", "prometheus", "grafana"}
    for name, service in SERVICES.items():
        assert name == "worker" or "test" in service["healthcheck"], name
        for needed, how in service.get("depends_on", {}).items():
            has_own = needed != "worker"
            assert how["condition"] == ("service_healthy" if has_own else "service_started"), (name, needed)
    assert SERVICES["worker"]["restart"] == "always"
    # Others reach it by a proxy with TLS: its tokens are not to be read on the way.
    assert SERVICES["mcp"]["command"][1:3] == ["serve", "--http"]
    assert [each.split(":")[0] for each in SERVICES["mcp"]["ports"]] == ["127.0.0.1"]
    # LiveKit drops a key or a secret that YAML takes for a number.
    keys = re.sub(r"\$\{[^}]*\}", "1234", SERVICES["livekit"]["environment"]["LIVEKIT_KEYS"])
    assert yaml.safe_load(keys) == {"1234": "1234"}


def test_the_store_of_compose_loses_no_reply_when_it_restarts_or_is_full() -> None:
    """It writes down what it is told, on a volume, drops nothing, and nobody outside reaches it."""
    store = SERVICES["store"]
    options = dict(itertools.pairwise(store["command"]))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert store["volumes"] == ["store:/data"]
    assert "ports" not in store
    assert SERVICES["mcp"]["environment"]["MCP_VOICE_STORE"] == "redis://store:6379/0"


@pytest.mark.parametrize("name", ["worker", "mcp"])
def test_compose_runs_our_programs_without_rights(name: str) -> None:
    """The file system cannot be written, but for folders that end with the container and are nobody else's."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert {each.partition(":")[0] for each in service["tmpfs"]} == WRITABLE
    assert service["env_file"] == [".env"]
    assert not [each for each in service["environment"] if re.search("KEY|SECRET|TOKEN", each)]


def test_what_is_mounted_is_there() -> None:
    """Compose would make a folder of a file that is missing."""
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).is_file() if source.startswith("./") else source in COMPOSE["volumes"]


def test_prometheus_scrapes_the_port_of_the_image_and_grafana_has_its_data() -> None:
    """The dashboard is provisioned: nobody imports it by hand."""
    (job, of_mcp, _) = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    port = int(variables(FINAL)["MCP_VOICE_AGENT_PROMETHEUS_PORT"])
    assert job["dns_sd_configs"][0]["port"] == port
    assert POD["containers"][0]["ports"][1]["containerPort"] == port
    (address, exposed) = (SERVICES["mcp"]["environment"]["MCP_VOICE_HTTP_METRICS"], SERVICES["mcp"]["expose"])
    assert [str(of_mcp["dns_sd_configs"][0]["port"])] == [address.partition(":")[2]] == exposed
    (source,) = yaml.safe_load((DEPLOY / "grafana" / "datasources.yaml").read_text(encoding="utf-8"))["datasources"]
    assert source["type"] == "prometheus"
    (provider,) = yaml.safe_load((DEPLOY / "grafana" / "dashboards.yaml").read_text(encoding="utf-8"))["providers"]
    mounted = [each.split(":")[1] for each in SERVICES["grafana"]["volumes"] if "dashboard.json" in each]
    assert [Path(each).parent.as_posix() for each in mounted] == [provider["options"]["path"]]


def test_kubernetes_probes_health_scales_by_load_and_gives_no_rights() -> None:
    """The autoscaler acts before LiveKit stops giving a worker rooms, at a load of 0.7."""
    (container,) = POD["containers"]
    port = int(variables(FINAL)["MCP_VOICE_AGENT_PORT"])
    assert container["ports"][0] == {"name": "health", "containerPort": port}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/health", "port": "health"}
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] == 10001
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert {each["mountPath"] for each in container["volumeMounts"]} == WRITABLE
    (metric,) = KUBERNETES["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] == "lk_agents_worker_load"
    assert int(metric["pods"]["target"]["averageValue"].removesuffix("m")) < 700
    adapter = yaml.safe_load((DEPLOY / "kubernetes" / "prometheus-adapter-values.yaml").read_text(encoding="utf-8"))
    assert adapter["rules"]["custom"][0]["name"]["as"] == "lk_agents_worker_load"
    assert KUBERNETES["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_kubernetes_serves_mcp_with_its_figures_apart_and_no_rights() -> None:
    """Whoever comes by the ingress reaches MCP alone; pods share a store, without which none starts."""
    spec = KUBERNETES_MCP["Deployment"]["spec"]
    (container,), told = spec["template"]["spec"]["containers"], KUBERNETES_MCP["ConfigMap"]["data"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert (spec["replicas"], spec["strategy"]["type"]) == (2, "RollingUpdate")
    (store,) = container["env"]
    assert store["name"] == "MCP_VOICE_STORE"
    assert "optional" not in store["valueFrom"]["secretKeyRef"]
    assert container["args"][1:] == ["serve", "--http", f"0.0.0.0:{ports['mcp']}"]
    assert told["MCP_VOICE_HTTP_METRICS"].endswith(f":{ports['metrics']}")
    assert spec["template"]["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    assert [each["targetPort"] for each in KUBERNETES_MCP["Service"]["spec"]["ports"]] == ["mcp"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": "mcp"}
    assert container["securityContext"] == POD["containers"][0]["securityContext"]
    assert spec["template"]["spec"]["securityContext"] == POD["securityContext"]
    assert {each["mountPath"] for each in container["volumeMounts"]} == WRITABLE


def test_railway_has_replicas_health_and_restarts_in_fields_that_there_are() -> None:
    """Its schema is in no package that a test may use."""
    assert RAILWAY.keys() == {"$schema", "build", "deploy"}
    for name, value in {**RAILWAY["build"], **RAILWAY["deploy"]}.items():
        assert type(value) is RAILWAY_FIELDS[name], name
    assert (ROOT / RAILWAY["build"]["dockerfilePath"]).is_file()
    assert RAILWAY["deploy"]["healthcheckPath"] == "/health"
    assert RAILWAY["deploy"]["restartPolicyType"] == "ALWAYS"
    assert RAILWAY["deploy"]["numReplicas"] > 1
