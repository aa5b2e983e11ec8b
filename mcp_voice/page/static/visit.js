// Coming, staying and leaving: a code or the cookie becomes a visit, and a visit that broke off becomes another.

import * as chat from "./chat.js";
import { loadLiveKit } from "./livekit.js";
import { browserMemory, tabMemory } from "./remember.js";
import { connectProblem, endProblem, newRoom } from "./room.js";
import { NotAdmitted, join, rejoin } from "./server.js";

/** Between attempts to come back; the last one is repeated. */
const WAITS_SECONDS = [0.5, 1, 2, 4, 8, 15];
const ATTEMPTS = 40;
/** What an attempt to come back may fail by and still be worth another. */
const MAY_PASS = new Set(["page-offline", "livekit-unreachable", "room-absent", "rate-limited", "media-failed"]);
const ENDED = new Set(["session-over", "removed", "room-over"]);
/** That this tab is in a room, so that a reload brings it back; of the tab. */
const IN_ROOM = "mcp-voice.in-room";
/** When this browser was let in (Unix time in ms), so that a page without a code offers to come back. */
const LET_IN = "mcp-voice.let-in";
const LONGEST_VISIT_MS = 4 * 3600 * 1000;

/** @param {Store} store @param {MicrophoneControl} microphone @param {Levels} levels */
export function createVisit(store, microphone, levels) {
	/** @type {ReturnType<typeof newRoom> | null} */
	let visited = null;
	let outputId = "";
	/** Counts beginnings and ends: what belongs to an earlier one is not heard any more. */
	let turn = 0;

	/** @param {number | undefined} reason */
	function ended(reason) {
		visited = null;
		microphone.leave();
		levels.watch("voice", null);
		const problem = endProblem(reason);
		if (problem) fail(problem);
		else void comeBack();
	}

	/** @param {string} problem */
	function fail(problem) {
		turn += 1;
		if (!MAY_PASS.has(problem)) tabMemory.forget(IN_ROOM);
		if (ENDED.has(problem)) browserMemory.forget(LET_IN);
		microphone.close();
		store.dispatch({ type: "failed", problem });
	}

	/** @param {() => Promise<Admission>} admit @param {number} mine */
	async function enter(admit, mine) {
		if (typeof RTCPeerConnection === "undefined") throw new NotAdmitted("unsupported");
		const opened = microphone.open();
		if (!(await loadLiveKit())) throw new NotAdmitted("page-offline");
		const admission = await admit();
		if (mine !== turn) return;
		const { roomName, asker } = admission;
		store.dispatch({ type: "admitted", roomName, asker });
		tabMemory.set(IN_ROOM, "yes");
		browserMemory.set(LET_IN, String(Date.now()));
		const next = newRoom(
			(event) => mine === turn && store.dispatch(event),
			{
				voice: (track) => levels.watch("voice", track),
				end: (reason) => mine === turn && visited === next && ended(reason),
			},
		);
		try {
			await next.connect(admission.serverUrl, admission.token);
		} catch (error) {
			throw new NotAdmitted(connectProblem(error));
		}
		if (mine !== turn) {
			await next.room.disconnect(false);
			return;
		}
		visited = next;
		if (outputId) await next.room.switchActiveDevice("audiooutput", outputId).catch(() => {});
		microphone.enter(next.room);
		// The browser may still be asking the person; the question does not wait for that.
		void opened.then(() => {
			if (mine === turn) void microphone.publish();
		});
	}

	/** After a loss: again and again, for some minutes. */
	async function comeBack() {
		const mine = (turn += 1);
		store.dispatch({ type: "lost", problem: "reconnecting" });
		for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
			await pause(WAITS_SECONDS[Math.min(attempt, WAITS_SECONDS.length - 1)] ?? 15);
			if (mine !== turn) return;
			try {
				return await enter(rejoin, mine);
			} catch (error) {
				if (mine !== turn) return;
				const problem = problemOf(error);
				if (!MAY_PASS.has(problem)) return fail(problem);
				store.dispatch({ type: "lost", problem });
			}
		}
		fail("page-offline");
	}

	/** @param {() => Promise<Admission>} admit */
	async function begin(admit) {
		const mine = (turn += 1);
		store.dispatch({ type: "joining" });
		await levels.wake();
		try {
			await enter(admit, mine);
		} catch (error) {
			if (mine === turn) fail(problemOf(error));
		}
	}

	return {
		/** Whether this tab was in a room before it was loaded again. */
		get isInterrupted() {
			return tabMemory.get(IN_ROOM) !== null;
		},
		/** Whether the cookie of a visit may still bring somebody back. */
		get mayComeBack() {
			return Date.now() - Number(browserMemory.get(LET_IN)) < LONGEST_VISIT_MS;
		},
		/** @param {string} code @param {string} name */
		join: (code, name) => (code ? begin(() => join(code, name)) : Promise.resolve(fail("no-code"))),
		rejoin: () => begin(rejoin),
		async leave() {
			turn += 1;
			const room = visited?.room;
			visited = null;
			tabMemory.forget(IN_ROOM);
			microphone.close();
			levels.watch("voice", null);
			store.dispatch({ type: "left" });
			await room?.disconnect(false);
		},
		/** @param {string} text @returns {Promise<boolean>} */
		async send(text) {
			const room = visited?.room;
			try {
				if (!room) throw new Error("not in a room");
				const id = await chat.send(room, text);
				store.dispatch({ type: "written", id, identity: room.localParticipant.identity, name: "", text });
				return true;
			} catch {
				store.dispatch({ type: "not-sent" });
				return false;
			}
		},
		/** Play what the browser held back; to be called in a click. */
		async hear() {
			await Promise.all([levels.wake(), visited?.room.startAudio().catch(() => {})]);
		},
		/** @param {string} id */
		async listenBy(id) {
			outputId = id;
			await visited?.room.switchActiveDevice("audiooutput", id).catch(() => {});
		},
	};
}

/** @param {unknown} error */
function problemOf(error) {
	return error instanceof NotAdmitted ? error.problem : "failed";
}

/**
 * Wait so many seconds, or until it may be worth looking again: the network is back, or the person.
 * @param {number} seconds
 * @returns {Promise<void>}
 */
function pause(seconds) {
	return new Promise((resolve) => {
		const over = new AbortController();
		const end = () => {
			over.abort();
			resolve();
		};
		setTimeout(end, seconds * 1000);
		window.addEventListener("online", end, { signal: over.signal });
		document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && end(), {
			signal: over.signal,
		});
	});
}
