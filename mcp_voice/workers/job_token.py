"""The token that LiveKit's server makes for a job: with it we are in the room as the agent that it has sent."""

from __future__ import annotations

from livekit.agents import JobContext

from mcp_voice.room.access import GivenToken

__all__ = ["job_token"]


def job_token(job: JobContext) -> GivenToken:
    """With it we may do what our own tokens allow: speak, listen, send, and change our attributes."""
    return GivenToken(
        room_name=job.job.room.name,
        identity=job.token_claims().identity,
        jwt=job._info.token,  # noqa: SLF001  # quirk: job-token
    )
