// Browsers that keep nothing for sites, and screens that stay on: run by test_logic.py.

import assert from "node:assert/strict";
import { test } from "node:test";

import { attend } from "../../../mcp_voice/page/static/attention.js";
import { browserMemory, tabMemory } from "../../../mcp_voice/page/static/remember.js";
import { START } from "../../../mcp_voice/page/static/state.js";

/** A global as the browser gives it: by a getter, which may throw. */
const given = (name, get) => Object.defineProperty(globalThis, name, { configurable: true, get });

test("a page whose browser blocks site data remembers until it is closed", () => {
  const blocked = () => {
    throw new DOMException("blocked", "SecurityError");
  };
  for (const [name, memory] of [["localStorage", browserMemory], ["sessionStorage", tabMemory]]) {
    given(name, blocked);
    assert.equal(memory.get("x"), null);
    memory.set("x", "kept");
    assert.equal(memory.get("x"), "kept");
    memory.forget("x");
    assert.equal(memory.get("x"), null);
  }
});

test("what a browser keeps is read, written and forgotten there", () => {
  const kept = new Map([["name", "Ada"]]);
  const storage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name) };
  given("localStorage", () => storage);
  assert.equal(browserMemory.get("name"), "Ada");
  browserMemory.set("name", "Bob");
  assert.equal(kept.get("name"), "Bob");
  browserMemory.forget("name");
  assert.equal(kept.size, 0);
});

test("a screen is kept on once, however often that is wanted, and let go at the end", async () => {
  const locks = [];
  const wakeLock = {
    async request() {
      await new Promise(setImmediate);
      const lock = { released: false, release: async () => (lock.released = true) };
      locks.push(lock);
      return lock;
    },
  };
  const document = Object.assign(new EventTarget(), { hidden: false, title: "" });
  given("navigator", () => ({ wakeLock }));
  given("document", () => document);
  const tell = [];
  const store = { state: START, subscribe: (listener) => tell.push(listener) };
  const settled = async () => {
    for (let at = 0; at < 5; at += 1) await new Promise(setImmediate);
  };
  attend(store);
  store.state = { ...START, phase: "room" };
  tell[0](store.state, START);
  document.dispatchEvent(new Event("visibilitychange"));
  await settled();
  assert.equal(locks.length, 1);
  const inside = store.state;
  store.state = { ...START, phase: "left" };
  tell[0](store.state, inside);
  await settled();
  assert.ok(locks.every(({ released }) => released));
});
