// The microphone of the page, with devices and a room that are pretended: run by test_logic.py.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

globalThis.LivekitClient = {
  ConnectionState: { Connected: "connected" },
  Track: { Source: { Microphone: "microphone" } },
  LocalAudioTrack: class {
    constructor(track) {
      this.track = track;
    }
    async replaceTrack(track) {
      if (track.isRefused) throw new Error("refused");
      this.track = track;
    }
  },
};
Object.assign(globalThis, { window: { isSecureContext: true }, document: { getElementById: () => null } });
const { createMicrophone } = await import("../../../mcp_voice/page/static/microphone.js");

let devices;
let told;
let room;
let microphone;
beforeEach(() => {
  devices = [];
  told = [];
  const ask = ({ audio }) => new Promise((resolve, reject) => devices.push({ audio, resolve, reject }));
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { mediaDevices: { getUserMedia: ask } } });
  room = {
    state: "connected",
    published: [],
    localParticipant: {
      async publishTrack(track) {
        room.published.push(track);
      },
      async unpublishTrack(track) {
        room.published = room.published.filter((each) => each !== track);
      },
    },
  };
  microphone = createMicrophone((event) => event.type === "microphone" && told.push(event.status), () => {});
});

/** The browser gives a device: a track that can be stopped. */
function give(changed = {}) {
  const track = Object.assign(new EventTarget(), { enabled: true, isLive: true, getSettings: () => ({}), ...changed });
  track.stop = () => (track.isLive = false);
  devices.shift().resolve({ getAudioTracks: () => [track] });
  return track;
}
const refuse = (name) => devices.shift().reject(Object.assign(new Error(name), { name }));

/** Somebody speaks in a room; gives their track. */
async function speaking() {
  microphone.enter(room);
  const opened = microphone.retry();
  const track = give();
  await opened;
  return track;
}

test("a microphone that cannot be opened leaves the one before as it was", async () => {
  const first = await speaking();
  const choosing = microphone.choose("broken");
  assert.deepEqual(devices[0].audio.deviceId, { exact: "broken" });
  refuse("NotReadableError");
  assert.equal(await choosing, false);
  assert.equal(first.isLive, true);
  assert.equal(room.published[0].track, first);
  assert.equal(told.at(-1), "ready");
});

test("another microphone takes the place of the one before, and only then", async () => {
  const first = await speaking();
  const choosing = microphone.choose("other");
  assert.equal(first.isLive, true);
  const second = give();
  assert.equal(await choosing, true);
  assert.deepEqual([first.isLive, second.isLive], [false, true]);
  assert.deepEqual(room.published.map(({ track }) => track), [second]);
});

test("a track that cannot be published is not left in the room", async () => {
  await speaking();
  const choosing = microphone.choose("other");
  give({ isRefused: true });
  await choosing;
  assert.equal(room.published.length, 0);
  assert.equal(told.at(-1), "failed");
});

test("a microphone that is allowed after the visit has ended is closed at once", async () => {
  const opened = microphone.open();
  microphone.close();
  const late = give();
  assert.equal(await opened, false);
  assert.equal(late.isLive, false);
  assert.equal(told.at(-1), "unknown");
});

test("of two that are chosen one after the other the last one is used", async () => {
  await speaking();
  const choices = [microphone.choose("one"), microphone.choose("two")];
  const one = give();
  const two = give();
  await Promise.all(choices);
  assert.deepEqual([one.isLive, two.isLive], [false, true]);
  assert.equal(room.published[0].track, two);
});
