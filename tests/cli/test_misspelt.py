"""Settings that nobody reads, as ``serve`` tells of them at its start."""

from __future__ import annotations

import pytest

from mcp_voice.cli.serve import serve


def test_serve_names_a_setting_that_is_misspelt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before it begins; this one does not begin, since its address is on no transport."""
    monkeypatch.setenv("MCP_VOICE_WORKER", "true")
    monkeypatch.setenv("MCP_VOICE_WORKER_PORT", "8081")
    with pytest.raises(Exception, match="an address is for --http"):
        serve(http=False, address="127.0.0.1:1")
    told = capsys.readouterr().err
    assert "Did you mean MCP_VOICE_WORKERS?" in told
    assert "MCP_VOICE_WORKER_PORT" not in told
