"""Each language model in the order of fallback: asked for a word, and for the call of a tool."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

import anyio
from livekit.agents import APIConnectOptions, llm

from mcp_voice.doctor.models import problem_at
from mcp_voice.doctor.problem import Problem, told
from mcp_voice.doctor.steps import Found, Step
from mcp_voice.doctor.visit import Visit
from mcp_voice.errors import BadSettings
from mcp_voice.redaction import without_keys
from mcp_voice.speech.offers import Choice
from mcp_voice.texts.foreign import quoted
from mcp_voice_agent.doctor.ours import ours
from mcp_voice_agent.models.faults import FaultKind, fault_kind
from mcp_voice_agent.models.llm import LANGUAGE_MODELS, chosen_models, make_llms, named_models
from mcp_voice_agent.settings import AgentSettings

__all__ = ["language_models"]

ANSWER_SECONDS = 10.0
SLOW_SECONDS = 2.0
"""Of the whole answer's first word; a human takes a longer silence for a broken line."""
FEW_TOKENS = 64
LONGEST_TOLD = 300
MOST_MODELS = 8
VARIABLE = "MCP_VOICE_AGENT_LLM"
WORD = "Answer with the word ready and nothing else."
NUMBER = 7
ORDER = f"Take down the number {NUMBER}."
KINDS: dict[FaultKind, str] = {
    "quota": "llm-quota", "auth": "llm-key-refused", "timeout": "llm-late", "connection": "llm-unreachable",
    "server": "llm-server-trouble", "bad-request": "llm-bad-request", "other": "llm-failed",
}  # fmt: skip


@llm.function_tool
async def take_down(number: int) -> str:  # noqa: ARG001  # nobody calls it: it is offered only
    """Take a number down. Call it with every number that you are told to take down."""
    return "Done."


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a model said; ``seconds`` until its first word or call."""

    seconds: float
    text: str
    calls: Sequence[llm.FunctionToolCall]


def language_models(settings: AgentSettings) -> Sequence[Step]:
    """Two checks for each model; one that fails where there is none."""
    names = named_models(settings)[:MOST_MODELS]
    if not names:
        return (Step("llm", "language model", _none, 1.0, ("settings",)),)
    steps = []
    for number, name in enumerate(names, start=1):
        place = f" {number}" if len(names) > 1 else ""
        for step, title, check in (
            (f"llm-{number}", f"language model{place}", _answers),
            (f"llm-{number}-tools", f"its tools{place}", _calls_tools),
        ):
            needs = ("libraries",) if check is _answers else (f"llm-{number}",)
            made: Callable[[Visit], Awaitable[Found]] = partial(check, name=name)
            steps.append(Step(step, title, made, ANSWER_SECONDS + 4, needs, slowness=lambda _: ANSWER_SECONDS))
    return steps


async def _none(visit: Visit) -> Found:
    try:
        chosen_models(ours(visit))
    except BadSettings as error:
        raise told("bad-choice", error) from None
    return Found("")


async def _answers(visit: Visit, *, name: str) -> Found:
    """Ask for a word."""
    choice = _chosen(visit, name)
    answer = await _asked(visit, choice, WORD, ())
    if not answer.text.strip():
        raise Problem("llm-says-nothing", provider=choice.label, setting=VARIABLE)
    detail = f"{choice.label}: first word after {answer.seconds * 1000:.0f} ms"
    slow = Problem("llm-slow", provider=choice.label, seconds=answer.seconds, setting=VARIABLE)
    return Found(detail, [slow] if answer.seconds > SLOW_SECONDS else [])


async def _calls_tools(visit: Visit, *, name: str) -> Found:
    """Ask for something that only the call of a tool can do."""
    choice = _chosen(visit, name)
    try:
        answer = await _asked(visit, choice, ORDER, (take_down,))
    except Problem as problem:
        if problem.name != "llm-bad-request":
            raise
        raise Problem("llm-refuses-tools", provider=choice.label, setting=VARIABLE, why=problem.facts["why"]) from None
    if not any(_is_order(call) for call in answer.calls):
        raise Problem("llm-calls-no-tool", provider=choice.label, setting=VARIABLE)
    return Found(f"{choice.label} calls the tool that it was offered")


def _is_order(call: llm.FunctionToolCall) -> bool:
    try:
        return call.name == "take_down" and int(json.loads(call.arguments)["number"]) == NUMBER
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _chosen(visit: Visit, name: str) -> Choice:
    try:
        return LANGUAGE_MODELS.named(ours(visit), name)
    except BadSettings as error:
        raise told("bad-choice", error) from None


async def _asked(visit: Visit, choice: Choice, order: str, tools: Sequence[llm.Tool]) -> _Answer:
    settings = ours(visit).model_copy(update={"agent_llm": choice.label, "agent_max_tokens": FEW_TOKENS})
    (model,) = make_llms(settings)
    context = llm.ChatContext.empty()
    context.add_message(role="user", content=order)
    fault: BaseException | None = None
    try:
        with anyio.fail_after(ANSWER_SECONDS):
            return await _collected(model, context, tools)
    except Exception as error:  # noqa: BLE001  # whatever a plugin raises ends in a row of the table
        fault = error
    finally:
        with anyio.move_on_after(2, shield=True):
            await model.aclose()
    raise await _problem(ours(visit), choice, fault)


async def _collected(model: llm.LLM, context: llm.ChatContext, tools: Sequence[llm.Tool]) -> _Answer:  # type: ignore[type-arg]
    begun = time.monotonic()
    first: float | None = None
    texts: list[str] = []
    calls: list[llm.FunctionToolCall] = []
    once = APIConnectOptions(max_retry=0, timeout=ANSWER_SECONDS)
    async with model.chat(chat_ctx=context, tools=list(tools), conn_options=once) as stream:
        async for chunk in stream:
            if chunk.delta is None or not (chunk.delta.content or chunk.delta.tool_calls):
                continue
            first = first or time.monotonic()
            texts.append(chunk.delta.content or "")
            calls += chunk.delta.tool_calls
    return _Answer((first or time.monotonic()) - begun, "".join(texts), calls)


async def _problem(settings: AgentSettings, choice: Choice, fault: BaseException) -> Problem:
    """What a model's fault is; a server of the user's own is asked for its models."""
    url = (settings.llm_base_url or settings.openai_base_url) if choice.provider == "openai" else ""
    if url and (problem := await problem_at(url, settings, choice, setting=VARIABLE)) is not None:
        return problem
    name = KINDS[fault_kind(fault)]
    if _status(fault) == HTTPStatus.NOT_FOUND:
        name = "llm-no-such-model"
    message = without_keys(str(getattr(fault, "message", "") or fault)[:LONGEST_TOLD]).strip()
    why = f"{type(fault).__name__}: {quoted(message) if message else 'no details'}"
    return Problem(name, provider=choice.label, key=choice.key_variable or VARIABLE, setting=VARIABLE, why=why)


def _status(fault: BaseException) -> int | None:
    found = getattr(fault, "status_code", None)
    return found if isinstance(found, int) else None
