"""Coming in by the join page as its own script does, without a browser."""

from __future__ import annotations

import aiohttp

__all__ = ["admitted", "code_of", "post"]

Answer = tuple[int, dict[str, object]]


def code_of(link: str) -> tuple[str, str]:
    """The page's address and the code of a link."""
    base, _, fragment = link.partition("/#")
    return base, fragment.partition("&")[0]


async def post(link: str, *, name: str = "") -> Answer:
    """Use the code of a link up; gives the status and the answer."""
    base, code = code_of(link)
    async with (
        aiohttp.ClientSession(headers={"Origin": base}) as browser,
        browser.post(f"{base}/api/join", json={"code": code, "name": name}) as answer,
    ):
        return answer.status, await answer.json()


async def admitted(link: str, *, name: str = "") -> tuple[str, str]:
    """LiveKit's address and the token that a link is worth."""
    status, answer = await post(link, name=name)
    assert status == 201, answer
    return str(answer["server_url"]), str(answer["participant_token"])
