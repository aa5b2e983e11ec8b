"""Settings that nobody reads, as servers tell of them at their start."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcp_voice.cli.serve import serve
from mcp_voice.settings import Settings, variable
from mcp_voice.settings.misspelt import misspelt
from mcp_voice.workers.settings import WorkerSettings
from mcp_voice_agent.settings import AgentSettings
from testkit.command import run


def test_serve_names_a_setting_that_is_misspelt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before it begins; this one does not begin, since its address is on no transport."""
    monkeypatch.setenv("MCP_VOICE_WORKER", "true")
    monkeypatch.setenv("MCP_VOICE_WORKER_PORT", "8081")
    with pytest.raises(Exception, match="an address needs --http"):
        serve(http=False, address="127.0.0.1:1")
    told = capsys.readouterr().err
    assert "Did you mean MCP_VOICE_WORKERS?" in told
    assert "MCP_VOICE_WORKER_PORT" not in told


@pytest.mark.anyio
async def test_a_worker_names_one_too_before_it_needs_it(tmp_path: Path) -> None:
    """Without the key that was meant, what it writes would be there for everybody to read."""
    done = await run("worker", folder=tmp_path, settings={"MCP_VOICE_STORE_KYE": "k" * 32})
    assert "Unknown setting MCP_VOICE_STORE_KYE: it does nothing. Did you mean MCP_VOICE_STORE_KEY?" in done.err


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (Settings, []),
        (WorkerSettings, ["MCP_VOICE_WORKER_LAOD"]),
        (AgentSettings, ["MCP_VOICE_AGENT_GREETIN"]),
    ],
)
def test_each_program_looks_at_variables_that_begin_as_its_own_do(kind: type[Settings], found: list[str]) -> None:
    """Those of the others may stand in the same file."""
    values = {"MCP_VOICE_WORKER_LAOD": "1", "MCP_VOICE_AGENT_GREETIN": "Hi", "MCP_VOICE_NAME": "Ann"}
    assert [each.variable for each in misspelt(values, kind)] == found


@pytest.mark.parametrize("kind", [Settings, AgentSettings])
def test_a_near_miss_of_every_providers_key_is_named(kind: type[Settings]) -> None:
    """Those of the language models were passed over, and a provider that is added would have been."""
    keys = sorted(name for field in kind.model_fields if (name := variable(field, kind)).endswith("_API_KEY"))
    assert len(keys) >= 4
    hints = [found.hint for found in misspelt({f"{key}S": "sesame" for key in keys}, kind)]
    assert hints == [f"Did you mean {key}?" for key in keys]
