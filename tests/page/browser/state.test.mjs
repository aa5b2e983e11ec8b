// The page's state and what it lets in from the room, without a browser: run by test_logic.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PROBLEMS, problem } from "../../../mcp_voice/page/static/problems.js";
import { MOST_LINES, MOST_PEOPLE, START, isForMe, openAsk, reduce, voice } from "../../../mcp_voice/page/static/state.js";
import { createTapGuard } from "../../../mcp_voice/page/static/tap-guard.js";
import { readAsk, readCode, readFragment, readPacket, shownName, text } from "../../../mcp_voice/page/static/untrusted.js";

const after = (...events) => events.reduce(reduce, START);
const ME = { type: "connected", me: "ada" };
const person = (identity, changed = {}) => ({
  type: "person",
  person: { identity, name: identity, isAgent: false, isMe: false, isSpeaking: false, state: "", ...changed },
});
const ask = (changed = {}) => ({ id: "ask-1", from: "agent", participant: "", question: "Which?", choices: [], deadline: 0, ...changed });
const asks = (given, from = "agent") => ({ type: "asks", from, ask: given, answered: "" });
const answeredAs = (id, from = "agent") => ({ type: "asks", from, ask: null, answered: id });
const said = (id, words, isFinal, identity = "ada") => ({ type: "said", segment: { id, identity, text: words, isFinal } });

test("interim words are replaced by the final ones", () => {
  const { lines } = after(ME, said("1", "yes pl", false), said("1", "Yes, please.", true));
  assert.deepEqual(lines.map(({ text: words, isFinal }) => [words, isFinal]), [["Yes, please.", true]]);
});

test("an interim line whose final one is empty goes", () => {
  assert.equal(after(ME, said("1", "hm", false), said("1", "", true)).lines.length, 0);
});

test("two people's segments of one id are two lines", () => {
  assert.equal(after(ME, said("1", "yes", true), said("1", "no", true, "bob")).lines.length, 2);
});

test("no more lines and people are kept than there is room for", () => {
  const lines = Array.from({ length: MOST_LINES + 50 }, (_, at) => said(String(at), "yes", true));
  const people = Array.from({ length: MOST_PEOPLE + 50 }, (_, at) => person(`guest-${at}`));
  const state = after(ME, ...lines, ...people);
  assert.equal(state.lines.length, MOST_LINES);
  assert.equal(state.people.size, MOST_PEOPLE);
});

test("a question for this person comes before one for another", () => {
  const state = after(ME, asks(ask({ participant: "bob" })), asks(ask({ id: "ask-2", from: "other" }), "other"));
  assert.equal(openAsk(state)?.id, "ask-2");
  assert.equal(isForMe(state, state.asks[0]), false);
});

test("a question is answered where whoever asked says so and something was said, and otherwise only closed", () => {
  assert.equal(after(ME, asks(ask()), said("1", "yes", true), answeredAs("ask-1")).closed?.how, "answered");
  assert.equal(after(ME, asks(ask()), answeredAs("ask-1")).closed?.how, "closed", "by somebody else");
  assert.equal(after(ME, said("1", "yes", true), asks(ask()), answeredAs("ask-1")).closed?.how, "closed");
});

test("nobody is thanked for an answer to a question that was withdrawn meanwhile", () => {
  assert.equal(after(ME, asks(ask()), said("1", "yes", true), answeredAs("")).closed?.how, "closed");
  assert.equal(after(ME, asks(ask()), said("1", "yes", true), answeredAs("ask-0")).closed?.how, "closed");
});

test("a question whose asker is gone was interrupted, whatever was said, and comes back with them", () => {
  const asked = after(ME, person("agent", { isAgent: true }), asks(ask()), said("1", "yes", true));
  const gone = reduce(asked, { type: "gone", identity: "agent" });
  assert.equal(openAsk(gone), null);
  assert.equal(gone.closed?.how, "interrupted");
  const back = reduce(gone, asks(ask({ from: "agent-2" }), "agent-2"));
  assert.equal(openAsk(back)?.id, "ask-1");
  assert.equal(back.closed, null);
});

test("a sound alone is no answer that was received", () => {
  const sound = { type: "speaking", identities: ["ada"] };
  assert.equal(after(ME, asks(ask()), sound, asks(null)).closed?.how, "heard");
  assert.equal(after(ME, asks(ask()), said("1", "yes", true), sound, answeredAs("ask-1")).closed?.how, "answered");
});

test("a choice that nobody took can be tapped again", () => {
  const chosen = after(ME, asks(ask()), { type: "chosen", ask: "ask-1", choice: "yes" });
  assert.equal(reduce(chosen, { type: "not-taken", ask: "ask-0" }), chosen);
  assert.equal(reduce(chosen, { type: "not-taken", ask: "ask-1" }).chosen, null);
});

test("whoever asks is known among many guests", () => {
  const guests = Array.from({ length: MOST_PEOPLE + 50 }, (_, at) => person(`guest-${at}`));
  assert.equal(voice(after(ME, ...guests, person("agent", { isAgent: true })))?.identity, "agent");
});

test("an answered question stays answered when the one who asked leaves", () => {
  const answered = after(ME, asks(ask()), said("1", "yes", true), answeredAs("ask-1"), { type: "gone", identity: "agent" });
  assert.equal(answered.closed?.how, "answered");
});

test("whoever floods the room crowds out no line of anybody else", () => {
  for (const [spam, kept] of [["spam", MOST_LINES], ["spam ".repeat(800), 26]]) {
    const flood = Array.from({ length: 3 * MOST_LINES }, (_, at) => said(String(at), spam, true, "eve"));
    const { lines } = after(ME, said("1", "yes", true), said("2", "no", true, "bob"), ...flood);
    assert.deepEqual(lines.slice(0, 2).map(({ text: words }) => words), ["yes", "no"]);
    assert.equal(lines.length, kept);
  }
});

test("a tap that was meant for what stood there before answers no question", () => {
  let now = 0;
  const guard = createTapGuard(() => now);
  assert.equal(guard.show(""), 0);
  assert.equal(guard.show("first"), 500, "where Join was pressed just now");
  now += 200;
  assert.equal(guard.show("first"), 300);
  now += 400;
  assert.equal(guard.show("first"), 0);
  assert.equal(guard.show("second"), 500);
  now += 600;
  assert.equal(guard.show(""), 0);
  now += 5000;
  assert.equal(guard.show("third"), 500);
});

test("a choice that could not be sent can be tapped again", () => {
  const state = after(ME, asks(ask()), { type: "chosen", ask: "ask-1", choice: "yes" }, { type: "not-sent" });
  assert.equal(state.chosen, null);
  assert.equal(state.failedToSend, true);
});

test("a visit that breaks off keeps the conversation and the question, and forgets who was there", () => {
  const state = after(ME, person("bob"), asks(ask()), said("1", "yes", true), { type: "lost", problem: "reconnecting" });
  assert.equal(state.phase, "reconnecting");
  assert.equal(state.people.size, 0);
  assert.equal(state.lines.length, 1);
  assert.equal(openAsk(state)?.id, "ask-1");
  const back = reduce(state, ME);
  assert.deepEqual([openAsk(back), back.closed?.how], [null, "interrupted"]);
  const asked = reduce(back, asks(ask()));
  assert.deepEqual([openAsk(asked)?.id, asked.closed], ["ask-1", null]);
});

test("a used code is not kept, and one that LiveKit's absence kept from being used is", () => {
  const invited = { type: "invited", code: "ABCDE-12345", joinsByItself: false };
  const told = { type: "invitation", code: "ABCDE-12345", asker: "Claude", guest: "Ana" };
  assert.equal(after(invited, told).asker, "Claude");
  assert.equal(after(invited, told).guest, "Ana");
  assert.equal(after(invited, told, { ...invited, code: "OTHER-12345" }).asker, "");
  assert.equal(after(invited, told, { ...invited, code: "OTHER-12345" }).guest, "");
  assert.equal(after({ ...invited, code: "OTHER-12345" }, told).asker, "", "of another link");
  assert.equal(after(invited, { type: "failed", problem: "used-code" }).code, "");
  assert.equal(after(invited, { type: "failed", problem: "livekit-unreachable" }).code, "ABCDE-12345");
});

test("a new link after a failure begins anew", () => {
  const state = after({ type: "failed", problem: "expired-code" }, { type: "invited", code: "ABCDE-12345", joinsByItself: false });
  assert.deepEqual([state.phase, state.problem], ["lobby", ""]);
});

test("the voice is whoever asks", () => {
  const state = after(ME, person("one", { isAgent: true }), person("two", { isAgent: true }), asks(ask({ from: "two" }), "two"));
  assert.equal(voice(state)?.identity, "two");
});

test("a question is read with its bounds, and anything else is none", () => {
  const told = { id: "ask-1", participant: "", question: "Now?", choices: ["yes", "yes", "no", 7, ""], deadline: 1_790_000_000 };
  assert.deepEqual(readAsk(JSON.stringify(told), "agent"), { ...told, from: "agent", choices: ["yes", "no"] });
  for (const value of ["", "{", "[]", "null", "7", '{"id": 7}', '{"id": "a b"}', `{"id": "${"a".repeat(101)}"}`, undefined, 7]) {
    assert.equal(readAsk(value, "agent"), null);
  }
  const huge = readAsk(JSON.stringify({ id: "a", question: "x".repeat(9000), choices: Array(40).fill("y".repeat(900)) }), "agent");
  assert.equal(huge?.question.length, 2000);
  assert.deepEqual(huge?.choices, []);
  const long = ["y".repeat(100), "😀".repeat(100)];
  assert.deepEqual(readAsk(JSON.stringify({ id: "a", choices: [...long, "😀".repeat(101)] }), "agent")?.choices, long);
  assert.equal(huge?.deadline, 0);
});

test("what steers a display is not in a text", () => {
  assert.equal(text("a\u202eb\u0007c\nd", 20), "a b c\nd");
  assert.equal(text("in\u00advis\u{e0041}ible\ufe0f\ufe01", 20), "invisible\ufe0f");
  for (const unseen of ["\u200b \u2066", "\u3164", "\u2800\u180b", "\u115f\u00ad\u034f"]) assert.equal(shownName(unseen, "guest-1"), "guest-1");
  assert.equal(text(`a${"\u0301".repeat(200)}b`, 300), `a${"\u0301".repeat(4)}b`);
  assert.equal(shownName("", ""), "somebody");
  assert.equal(text("😀".repeat(10), 6), "😀😀…");
  assert.equal(text({ toString: () => "x" }, 6), "");
});

test("a code is read out of a fragment, a link or what somebody types", () => {
  assert.deepEqual(readFragment("#ABCDE-12345&autojoin"), { code: "ABCDE-12345", joinsByItself: true });
  assert.deepEqual(readFragment(""), { code: "", joinsByItself: false });
  assert.equal(readCode(" http://127.0.0.1:8000/#ABCDE-12345 "), "ABCDE-12345");
  assert.equal(readCode("abcde 12345"), "abcde12345");
  assert.equal(readCode("<script>"), "");
});

test("a message to everybody is read, and another program's packet is not", () => {
  const bytes = (told) => new TextEncoder().encode(typeof told === "string" ? told : JSON.stringify(told));
  const told = { type: "mcp_message", content: "Hello", sender: "Claude" };
  assert.deepEqual(readPacket(bytes(told), ""), { identity: "", name: "Claude", text: "Hello" });
  for (const other of ["", "x", [], { type: "other", content: "x" }, { type: "mcp_message", content: 7 }]) {
    assert.equal(readPacket(bytes(other), ""), null);
  }
});

test("nobody writes under another's name, nor as the person at the page", () => {
  const packet = (sender) => new TextEncoder().encode(JSON.stringify({ type: "mcp_message", content: "Hello", sender }));
  const lineOf = (sender, identity) => {
    const { lines, replied } = after(ME, person("eve", { name: "Eve" }), { type: "written", id: "1", ...readPacket(packet(sender), identity) });
    return { name: lines[0].name, isMine: lines[0].isMine, replied };
  };
  assert.deepEqual(lineOf("ada", "eve"), { name: "Eve", isMine: false, replied: "no" });
  assert.deepEqual(lineOf("ada", ""), { name: "ada", isMine: false, replied: "no" });
  assert.deepEqual(lineOf("You", ""), { name: "Message", isMine: false, replied: "no" });
  assert.equal(shownName(" you ", "guest-1"), "guest-1");
});

test("every problem has a sentence, also one that nobody has heard of", () => {
  for (const [title, words] of Object.values(PROBLEMS)) assert.ok(title && words.endsWith("."));
  assert.equal(problem("constructor").title, problem("failed").title);
});
