// LiveKit's own script as the page gets it, with a document that is pretended: run by test_logic.py.

import assert from "node:assert/strict";
import { test } from "node:test";

/** The page's script element, and those that take its place. */
const scripts = [Object.assign(new EventTarget(), { src: "static/livekit-client.umd.js" })];
scripts[0].replaceWith = (next) => scripts.push(next);
globalThis.document = {
  getElementById: () => scripts.at(-1),
  createElement: () => Object.assign(new EventTarget(), { replaceWith: (next) => scripts.push(next) }),
};
const { LiveKit: before, loadLiveKit } = await import("../../../mcp_voice/page/static/livekit.js");

test("a script that failed before anybody pressed Join is fetched again", async () => {
  assert.equal(before, undefined);
  scripts[0].dispatchEvent(new Event("error"));
  const loading = loadLiveKit();
  await new Promise(setImmediate);
  assert.equal(scripts[1].src, scripts[0].src);
  scripts[1].dispatchEvent(new Event("error"));
  assert.equal(await loading, false);

  const again = loadLiveKit();
  await new Promise(setImmediate);
  globalThis.LivekitClient = { version: "1" };
  scripts[2].dispatchEvent(new Event("load"));
  assert.equal(await again, true);
  assert.equal((await import("../../../mcp_voice/page/static/livekit.js")).LiveKit.version, "1");
  assert.equal(await loadLiveKit(), true);
  assert.equal(scripts.length, 3);
});
