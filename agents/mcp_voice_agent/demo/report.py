"""What the demo leaves behind: the room's sound, a picture of it, the words and the latencies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from mcp_voice.demo.report import Recording, strip
from mcp_voice.demo.take import Take
from mcp_voice.people.human import Human
from mcp_voice.people.recorder import Sound, laid_out
from mcp_voice.people.timeline import Caption, Lane, Measure, Strip, write_timeline
from mcp_voice.process.files import writing
from mcp_voice.texts.foreign import printable
from mcp_voice_agent.demo.talk import CompanionSpeech, Exchange

__all__ = ["Story", "latencies", "record", "words"]

COMPANION, HUMAN, ASKER = 0, 1, 2
ANSWERED = "it answered"
BEFORE_SECONDS = 0.3
"""Shown before the first sound of a row."""
OVER_SECONDS = 2.5
"""Shown of an answer before it is spoken over; the row before ends there."""


@dataclass(frozen=True, slots=True)
class Story:
    """All that happened; ``companion`` is the identity of it, ``sounds`` are all that the human heard."""

    greeting: CompanionSpeech
    turns: tuple[Exchange, Exchange, Exchange]
    ask: Take
    companion: str
    sounds: tuple[Sound, ...]

    @property
    def spoken_over(self) -> float:
        """How long the companion sounded during the ask, in seconds."""
        start, end = self.ask.sounded_at or self.ask.called_at, self.ask.ended_at
        own = [each for each in self.sounds if each.identity == self.companion]
        return sum(max(0.0, min(each.ended_at, end) - max(each.began_at, start)) for each in own)

    @property
    def known(self) -> bool:
        """Whether the companion has said, word for word, what was answered to the ask."""
        reply = self.ask.answer.reply
        return reply is not None and reply in self.turns[1].speech.text

    @property
    def silence_ms(self) -> int:
        """The human speaks over the answer → the companion is silent at their ear."""
        _, second, third = self.turns
        return round((second.speech.ended_at - third.spoken.started_at) * 1000)


def record(folder: Path, human: Human, story: Story, *, name: str) -> Recording:
    """Write the room's sound (left the human, right the agents) and the picture; ``name`` is the human's."""
    files = Recording(folder / "room.wav", folder / "timeline.svg")
    since = human.recorded_since()
    own, _ = human.recording()
    others = sorted({sound.identity for sound in story.sounds} - {story.companion})
    asker = [frame for identity in others for frame in human.heard.frames(identity)]
    with writing(folder):
        human.record(files.wav)
        write_timeline(
            files.picture,
            "mcp-voice: a companion converses, and steps back while another agent asks",
            "the sound at the human's ear and mouth, over WebRTC; all in one LiveKit room",
            [
                Lane("companion", laid_out(human.heard.frames(story.companion), since=since)),
                Lane(name, own),
                Lane("mcp-voice", laid_out(asker, since=since)),
            ],
            _strips(story, since=since),
        )
    return files


def words(story: Story, *, name: str) -> Table:
    """What was said, and what the companion and mcp-voice made of it."""
    table = Table("", f"{name} said", "understood", "by", "then", box=None, header_style="bold", padding=(0, 2, 0, 0))
    ask, (first, second, third) = story.ask, story.turns
    mark = "[green]✓[/]" if ask.came_out_right else "[red]✗[/]"
    quiet = "it said nothing" if not story.spoken_over else f"it spoke for {story.spoken_over:.1f} s"
    table.add_row("1 turn", first.turn.words, Text(printable(first.heard)), "companion", ANSWERED)
    table.add_row(
        f"2 ask {mark}",
        ask.scene.answer,
        Text(printable(ask.answer.reply or "-")),
        "mcp-voice",
        f"the companion: {quiet}",
    )
    table.add_row(
        "3 turn",
        second.turn.words,
        Text(printable(second.heard)),
        "companion",
        "it told what was asked and answered" if story.known else ANSWERED,
    )
    table.add_row(
        "4 turn",
        third.turn.words,
        Text(printable(third.heard)),
        "companion",
        "it stopped, and answered" if second.speech.interrupted else ANSWERED,
    )
    return table


def latencies(story: Story) -> Table:
    """What was measured, in milliseconds."""
    table = Table("ms", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("1 turn", "2 ask", "3 turn", "4 turn"):
        table.add_column(title, justify="right")
    first, second, third = (str(each.answer_ms) for each in story.turns)
    silence = str(story.silence_ms) if story.turns[1].speech.interrupted else "-"
    table.add_row("end of speech → first sound of the answer", first, "", second, third)
    table.add_row("call → first sound of the question", "", str(story.ask.first_sound_ms), "", "")
    table.add_row("end of speech → result at the client", "", str(story.ask.reply_ms), "", "")
    table.add_row("human speaks over the answer → silence", "", "", "", silence)
    return table


def _strips(story: Story, *, since: float) -> list[Strip]:
    first, second, third = story.turns
    greeting = Caption(COMPANION, story.greeting.began_at - since, story.greeting.text)
    over_at = third.spoken.started_at - OVER_SECONDS
    over = Measure(
        COMPANION,
        third.spoken.started_at - since,
        second.speech.ended_at - since,
        f"spoken over to silence {story.silence_ms} ms",
    )
    # An answer that had ended already was not spoken over.
    marks = [over] if second.speech.interrupted else []
    return [
        _strip("1  the companion greets, and answers", first, greeting, since=since, start=story.greeting.began_at),
        strip(f"2  {story.ask.scene.title}", story.ask, since=since, voice=ASKER, human=HUMAN),
        _strip(f"3  {second.turn.title}", second, since=since, start=second.spoken.started_at, end=over_at),
        _strip(f"4  {third.turn.title}", third, *marks, since=since, start=over_at + BEFORE_SECONDS),
    ]


def _strip(
    title: str, exchange: Exchange, *more: Caption | Measure, since: float, start: float, end: float | None = None
) -> Strip:
    spoken, speech = exchange.spoken, exchange.speech
    label = f"end of speech to first sound {exchange.answer_ms} ms"
    marks = [
        *more,
        Caption(HUMAN, spoken.started_at - since, f"“{exchange.turn.words}”"),
        Caption(COMPANION, speech.began_at - since, f"{speech.text}{' …' if speech.interrupted else ''}"),
        Measure(HUMAN, spoken.ended_at - since, speech.began_at - since, label),
    ]
    return Strip(
        title,
        max(0.0, start - since - BEFORE_SECONDS),
        (speech.ended_at + BEFORE_SECONDS if end is None else end) - since,
        remark=f"understood: “{exchange.heard}”",
        captions=[each for each in marks if isinstance(each, Caption)],
        measures=[each for each in marks if isinstance(each, Measure)],
    )
