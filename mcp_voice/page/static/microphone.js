// The microphone of this device: opened by a click, published in a room, muted, exchanged for another.

import { LiveKit } from "./livekit.js";

/** @type {Readonly<Record<string, MicrophoneStatus>>} */
const BY_ERROR = Object.freeze({
	NotAllowedError: "denied",
	SecurityError: "denied",
	NotFoundError: "none",
	OverconstrainedError: "none",
	NotReadableError: "busy",
	AbortError: "busy",
});

/**
 * @param {Dispatch} dispatch
 * @param {(track: MediaStreamTrack | null) => void} onTrack Whenever another one, or none, is open.
 */
export function createMicrophone(dispatch, onTrack) {
	/** @type {MediaStreamTrack | null} */
	let open = null;
	/** @type {Promise<boolean> | null} */
	let opening = null;
	/** Counts choices and ends: one that the browser gives too late is not used. */
	let turn = 0;
	/** @type {Promise<void>} */
	let publishing = Promise.resolve();
	/** @type {LocalAudioTrack | null} */
	let published = null;
	/** @type {LiveKitRoom | null} */
	let room = null;
	let deviceId = "";
	let isMuted = false;

	/** @param {MediaStreamTrack | null} track */
	function use(track) {
		open?.stop();
		open = track;
		if (track) {
			track.enabled = !isMuted;
			track.addEventListener("ended", () => track === open && lose());
		}
		onTrack(track);
	}

	/** It was unplugged, or its permission was taken back. */
	function lose() {
		use(null);
		dispatch({ type: "microphone", status: "none" });
		void unpublish();
	}

	/** Open one; the one before is used until then, and stays where that fails. @param {ConstrainDOMString} wanted */
	async function reallyOpen(wanted) {
		const mine = (turn += 1);
		if (!open) dispatch({ type: "microphone", status: "asking" });
		const { track, status } = await captured(wanted);
		if (mine !== turn) {
			track?.stop();
			return false;
		}
		if (track) use(track);
		dispatch({ type: "microphone", status: open ? "ready" : status });
		return track !== null;
	}

	async function reallyPublish() {
		if (!room || !open || room.state !== LiveKit.ConnectionState.Connected) return;
		if (published) {
			await published.replaceTrack(open, { userProvidedTrack: true });
		} else {
			published = new LiveKit.LocalAudioTrack(open, undefined, true);
			if (isMuted) await published.mute();
			await room.localParticipant.publishTrack(published, { source: LiveKit.Track.Source.Microphone });
		}
		dispatch({ type: "microphone", status: "ready" });
	}

	/** One after the other: two at once would publish two tracks. */
	function publish() {
		publishing = publishing.then(reallyPublish).catch(async () => {
			dispatch({ type: "microphone", status: "failed" });
			await unpublish();
		});
		return publishing;
	}

	async function unpublish() {
		const track = published;
		published = null;
		if (track && room?.state === LiveKit.ConnectionState.Connected) {
			await room.localParticipant.unpublishTrack(track, false).catch(() => {});
		}
	}

	return {
		/** The one that is used, for the list of them. */
		get deviceId() {
			return open?.getSettings().deviceId ?? deviceId;
		},
		/** Open it, if it is not; tells whether it is. The browser may ask the person. */
		open() {
			if (open) return Promise.resolve(true);
			if (opening) return opening;
			const mine = reallyOpen(deviceId && { ideal: deviceId }).finally(() => {
				if (opening === mine) opening = null;
			});
			opening = mine;
			return mine;
		},
		/** From now on it belongs into this room. @param {LiveKitRoom} visited */
		enter(visited) {
			room = visited;
			published = null;
		},
		publish,
		/** Open it in the middle of a visit. */
		async retry() {
			if (await this.open()) await publish();
		},
		leave() {
			room = null;
			published = null;
		},
		close() {
			this.leave();
			turn += 1;
			opening = null;
			isMuted = false;
			use(null);
			dispatch({ type: "muted", isMuted, isHeld: false });
			dispatch({ type: "microphone", status: "unknown" });
		},
		/** @param {boolean} muted @param {boolean} isHeld */
		async mute(muted, isHeld = false) {
			isMuted = muted;
			dispatch({ type: "muted", isMuted: muted, isHeld });
			if (published) await (muted ? published.mute() : published.unmute());
			else if (open) open.enabled = !muted;
		},
		/** Use another one; tells whether it could be opened: if not, the one before stays. @param {string} chosen */
		async choose(chosen) {
			if (!(await reallyOpen({ exact: chosen }))) return false;
			deviceId = chosen;
			await publish();
			return true;
		},
	};
}

/**
 * A device's sound, or why there is none.
 * @param {ConstrainDOMString} deviceId Empty: whichever the browser takes.
 * @returns {Promise<{track: MediaStreamTrack | null, status: MicrophoneStatus}>}
 */
async function captured(deviceId) {
	if (!navigator.mediaDevices) return { track: null, status: window.isSecureContext ? "failed" : "insecure" };
	try {
		const stream = await navigator.mediaDevices.getUserMedia({
			audio: {
				...(deviceId && { deviceId }),
				echoCancellation: true,
				noiseSuppression: true,
				autoGainControl: true,
			},
		});
		return { track: stream.getAudioTracks()[0] ?? null, status: "none" };
	} catch (error) {
		const name = error instanceof Error ? error.name : "";
		return { track: null, status: BY_ERROR[name] ?? "failed" };
	}
}

/** Whether the browser opens it without asking anybody. */
export async function isMicrophoneGranted() {
	try {
		const permission = await navigator.permissions.query({ name: /** @type {PermissionName} */ ("microphone") });
		return permission.state === "granted";
	} catch {
		return false;
	}
}
