// What comes from the room as streams and floods, without a browser: run by test_logic.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { captions } from "../../../mcp_voice/page/static/captions.js";
import { chat } from "../../../mcp_voice/page/static/chat.js";
import { createRate } from "../../../mcp_voice/page/static/fairness.js";
import { createStore } from "../../../mcp_voice/page/static/store.js";

/** A stream as LiveKit's client gives it. */
const stream = (parts, attributes = {}, held = Promise.resolve()) => ({
  info: { id: "stream", attributes },
  signal: null,
  withAbortSignal(signal) {
    return Object.assign(this, { signal });
  },
  async *[Symbol.asyncIterator]() {
    yield* parts;
    await Promise.race([held, new Promise((_, fail) => this.signal?.addEventListener("abort", () => fail(new Error("aborted"))))]);
  },
});

test("captions grow word by word, and the newest stream of a segment counts", async () => {
  const told = [];
  const onStream = captions(({ text: words, isFinal }) => told.push([words, isFinal]));
  await onStream(stream(["Which ", "one?"], { "lk.segment_id": "s1" }), { identity: "agent" });
  await onStream(stream(["yes pl"], { "lk.segment_id": "s2", "lk.transcription_final": "false" }), { identity: "ada" });
  await onStream(stream(["yes please"], { "lk.segment_id": "s2", "lk.transcription_final": "true" }), { identity: "ada" });
  assert.deepEqual(told, [
    ["Which ", false],
    ["Which one?", false],
    ["Which one?", true],
    ["yes pl", false],
    ["yes pl", false],
    ["yes please", false],
    ["yes please", true],
  ]);
});

test("streams that somebody never ends keep nobody else from being read", async () => {
  const told = [];
  const tell = ({ text: words }) => told.push(words);
  for (const onStream of [captions(tell), chat(tell)]) {
    let finish = () => {};
    const held = new Promise((resolve) => (finish = resolve));
    const streams = Array.from({ length: 500 }, () => onStream(stream([], {}, held), { identity: "eve" }));
    await onStream(stream(["Hello"]), { identity: "bob" });
    assert.equal(told.at(-1), "Hello");
    finish();
    await Promise.all(streams);
    told.length = 0;
  }
});

test("captions that are never ended are given up, and others of the sender are read", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const onStream = captions(({ text: words, isFinal }) => told.push([words, isFinal]));
  const never = new Promise(() => {});
  const streams = Array.from({ length: 20 }, () => onStream(stream(["Shall "], {}, never), { identity: "agent" }));
  await new Promise(setImmediate);
  context.mock.timers.tick(61_000);
  await Promise.all(streams);
  await onStream(stream(["Shall I?"], { "lk.segment_id": "next" }), { identity: "agent" });
  assert.deepEqual(told.at(-1), ["Shall I?", true]);
});

test("a flood of short captions cuts nobody's in the middle", async () => {
  const told = [];
  let goOn = () => {};
  const held = new Promise((resolve) => (goOn = resolve));
  const onStream = captions(({ identity, text: words, isFinal }) => identity === "agent" && told.push([words, isFinal]));
  const slow = { ...stream([]), async *[Symbol.asyncIterator]() { yield "Shall "; await held; yield "I?"; } };
  const whole = onStream(slow, { identity: "agent" });
  for (let at = 0; at < 300; at += 1) await onStream(stream(["x"], { "lk.segment_id": String(at) }), { identity: `eve-${at % 20}` });
  goOn();
  await whole;
  assert.deepEqual(told.at(-1), ["Shall I?", true]);
});

test("so much is read of a sender at once, and so much later", () => {
  let now = 0;
  const mayCome = createRate(3, 2, () => now);
  const read = () => Array.from({ length: 10 }, () => mayCome("eve")).filter(Boolean).length;
  assert.equal(read(), 3);
  assert.equal(mayCome("bob"), true);
  now = 1;
  assert.equal(read(), 2);
});

test("a flood of events leaves time for the person, and the last of them is drawn", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const store = createStore(0, (state, event) => state + event);
  const drawn = [];
  store.subscribe((state) => drawn.push(state));
  for (let at = 0; at < 1000; at += 1) {
    store.dispatch(1);
    await null;
  }
  context.mock.timers.tick(100);
  assert.ok(drawn.length < 10, `${drawn.length} times`);
  assert.equal(drawn.at(-1), 1000);
});

test("no more caption streams are read at once than somebody can mean", async () => {
  let read = 0;
  let finish = () => {};
  const held = new Promise((resolve) => (finish = resolve));
  const onStream = captions(() => {});
  const endless = { ...stream([]), async *[Symbol.asyncIterator]() { read += 1; await held; } };
  const streams = Array.from({ length: 100 }, () => onStream(endless, { identity: "x" }));
  finish();
  await Promise.all(streams);
  assert.ok(read <= 16);
});
