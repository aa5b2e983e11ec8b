"""The command line: the tools for people and scripts.

Results go to stdout, all else to stderr. Exit codes: 0 done or answered, 1 failed, 2 wrong usage, 3 no answer in time,
4 everybody left, 5 withdrawn.
"""

from __future__ import annotations

import shlex
from importlib.metadata import version
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from mcp_voice import library
from mcp_voice.asks import arguments
from mcp_voice.cli.demo import demo
from mcp_voice.cli.invite import invite
from mcp_voice.cli.models import app as models_app
from mcp_voice.cli.printing import JsonOption, captions, clear, errors_shown, show, stdout
from mcp_voice.cli.running import run
from mcp_voice.cli.serve import serve
from mcp_voice.cli.server import app as server_app
from mcp_voice.cli.shell_words import at_shell
from mcp_voice.cli.worker import worker
from mcp_voice.results import Answer, Rooms, WaitingFor
from mcp_voice.settings.ignored import tell_ignored
from mcp_voice.texts.foreign import printable, shown
from mcp_voice.voices.one_call import unheard, withdrawn

__all__ = ["app"]

app = typer.Typer(
    help="Give a language model a voice and ears in LiveKit rooms. Without a command: serve MCP on stdio.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Its boxes have "<bool>" beside every flag.
)
app.add_typer(server_app, name="server", help="The embedded LiveKit server.")
app.add_typer(models_app, name="models", help="Model files on this machine.")
app.command()(demo)
app.command(short_help="Show a link that lets one person join a room.")(invite)
app.command(short_help="Serve MCP on stdio, or over HTTP for several hosts.")(serve)
app.command(short_help="Speak and listen in rooms for several servers.")(worker)

EXIT_CODES = {"answered": 0, "pending": 3, "left": 4, "cancelled": 5}
SERVERS = ("serve", "worker")
"""They may be started in anybody's folder: they take nothing from its ``.env``, and say so themselves."""
MessageArgument = Annotated[str, typer.Argument(metavar="MESSAGE", help="The text.")]
RoomOption = Annotated[
    str,
    typer.Option("--room", "-r", metavar="ROOM", help="LiveKit room.", show_default="the only one with a human in it"),
]
WhoOption = Annotated[
    str,
    typer.Option(
        "--participant",
        "-p",
        metavar="NAME",
        help="Identity or name of the only human to listen to.",
        show_default="everybody",
    ),
]
WAITS = "MCP_VOICE_WAIT_SECONDS, else MCP_VOICE_ASK_SECONDS"
WaitOption = Annotated[
    float | None,
    typer.Option("--wait", "-w", metavar="SECONDS", help="Seconds to wait for an answer.", show_default=WAITS),
]
TurnOption = Annotated[
    float | None,
    typer.Option(
        "--wait",
        "-w",
        metavar="SECONDS",
        help="Seconds to wait for somebody to join, and for others to finish.",
        show_default=WAITS,
    ),
]

UNASKED: dict[WaitingFor | None, str] = {
    "floor": "not asked in time: {holder} had the floor",
    "pickup": "not asked in time: nobody picked up the phone",
    None: "not asked in time; try again with a longer --wait",
}
"""By what a pending question waited for; nothing: until it could be spoken, as while the room was joined."""


def answer_text(answer: Answer) -> str:
    """What somebody at a terminal wants to see of an answer."""
    if answer.status == "pending":
        # Its hint is for a host; here the process ends, and the question with it.
        if answer.waiting_for == "human":
            room = shlex.quote(shown(answer.room_name))
            return f"nobody joined room {answer.room_name} in time; `mcp-voice invite {room}` shows a link to it"
        if answer.ask_id and answer.waiting_for in UNASKED and not answer.has_sounded:
            return UNASKED[answer.waiting_for].format(holder=answer.floor_held_by or "somebody else")
        return f"no complete answer in time; heard so far: {answer.heard_so_far or 'nothing'}"
    if answer.reply is None:
        return at_shell(answer.next)
    who = answer.participant.name if answer.participant else "somebody"
    choice = f"  [{answer.choice}]" if answer.choice and answer.choice != answer.reply else ""
    return f"{who}: {answer.reply}{choice}"


def _check(wait: float | None) -> None:
    """As the voice does, which takes seconds to load."""
    arguments.wait_seconds(arguments.wanted_seconds(wait) or 0.0)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What to ask, in a sentence or two.")],
    room: RoomOption = "",
    participant: WhoOption = "",
    choice: Annotated[
        list[str] | None,
        typer.Option(
            "--choice", "-c", metavar="TEXT", help="An expected answer; can be repeated.", show_default="any answer"
        ),
    ] = None,
    open_ended: Annotated[
        bool, typer.Option("--open-ended", help="For a question that needs a long answer: pauses do not end it.")
    ] = False,
    wait: WaitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a human by voice and print the answer."""

    async def call() -> int:
        arguments.question(question)
        arguments.choices(choice or ())
        _check(wait)
        async with library.open_voice() as voice:
            pending = voice.ask_in_room(
                question, room, participant, choice or (), wait, open_ended=open_ended, report=captions()
            )
            answer = await withdrawn(voice, await pending)
            # Before the room is left: that waits up to 0.6 s for the join page to thank whoever has answered.
            show(answer, as_json=as_json, text=answer_text(answer))
            return EXIT_CODES[answer.status]

    raise typer.Exit(run(call))


@app.command()
def say(message: MessageArgument, room: RoomOption = "", wait: TurnOption = None, as_json: JsonOption = False) -> None:
    """Say something aloud, without waiting for an answer."""

    async def call() -> None:
        arguments.message(message)
        _check(wait)
        async with library.open_voice() as voice:
            said = await voice.say_in_room(message, room, wait, report=captions())
            show(said, as_json=as_json, text=f"{said.status}: {said.spoken}")

    run(call)


@app.command()
def listen(
    room: RoomOption = "", participant: WhoOption = "", wait: WaitOption = None, as_json: JsonOption = False
) -> None:
    """Print what somebody says next."""

    async def call() -> int:
        _check(wait)
        async with library.open_voice() as voice:
            answer = unheard(await voice.listen_in_room(room, participant, wait, report=captions()))
            show(answer, as_json=as_json, text=answer_text(answer))
            return EXIT_CODES[answer.status]

    raise typer.Exit(run(call))


@app.command()
def send(
    message: MessageArgument,
    room: RoomOption = "",
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", metavar="NAME", help="Identity or name of a participant; can be repeated.", show_default="everybody"
        ),
    ] = None,
    topic: Annotated[str, typer.Option(metavar="TEXT", help="Topic of the data packet.", show_default="none")] = "",
    chat: Annotated[bool, typer.Option("--chat", help="Send as a chat message instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send text as data or chat, without speaking."""
    sent = run(lambda: library.send_message_to_room(message, room, to or (), topic, as_chat=chat, report=captions()))
    show(sent, as_json=as_json, text=f"sent to {', '.join(sent.sent_to) or 'nobody'} in {sent.room_name}")


@app.command()
def rooms(as_json: JsonOption = False) -> None:
    """List the rooms and who is there."""
    found: Rooms = run(lambda: library.list_rooms(report=captions()))
    clear()
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    table = Table("room", "participant", "name", "kind", box=None, header_style="bold")
    for room in found.rooms:
        for index, each in enumerate(room.participants):
            kind = ", ".join(filter(None, (each.kind, each.call, each.cannot_be_heard)))
            row = (room.room_name if index == 0 else "", each.identity, each.name, kind)
            table.add_row(*(Text(printable(cell)) for cell in row))
        if not room.participants:
            table.add_row(Text(printable(room.room_name)), "(empty)")
    if found.rooms:
        stdout().print(table)
    else:
        typer.echo("no rooms")


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check every part: settings, LiveKit, speech, a room. Says what is wrong and how to fix it."""
    with errors_shown():
        # Not at the top: its HTTP client takes half a second to import, and no other command needs it.
        from mcp_voice.doctor import diagnose  # noqa: PLC0415

        well = diagnose(json=as_json)
    raise typer.Exit(0 if well else 1)


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Give a language model a voice and ears in LiveKit rooms."""
    if show_version:
        typer.echo(f"mcp-voice {version('mcp-voice')}")
        raise typer.Exit
    if context.invoked_subcommand not in SERVERS:
        with errors_shown():
            tell_ignored()
