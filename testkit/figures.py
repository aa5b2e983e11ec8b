"""Prometheus's text as a test reads it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

__all__ = ["figures_in"]


def figures_in(text: str) -> dict[str, float]:
    """Each figure by its name and the values of its labels: ``mcp_voice_calls_total['answered', 'ask_in_room']``."""
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
