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

	async function reallyOpen() {
		if (!navigator.mediaDevices) {
			dispatch({ type: "microphone", status: window.isSecureContext ? "failed" : "insecure" });
			return false;
		}
		dispatch({ type: "microphone", status: "asking" });
		try {
			const stream = await navigator.mediaDevices.getUserMedia({
				audio: {
					...(deviceId && { deviceId: { ideal: deviceId } }),
					echoCancellation: true,
					noiseSuppression: true,
					autoGainControl: true,
				},
			});
			use(stream.getAudioTracks()[0] ?? null);
		} catch (error) {
			use(null);
			const name = error instanceof Error ? error.name : "";
			dispatch({ type: "microphone", status: BY_ERROR[name] ?? "failed" });
			return false;
		}
		dispatch({ type: "microphone", status: open ? "ready" : "none" });
		return open !== null;
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
	}

	/** One after the other: two at once would publish two tracks. */
	function publish() {
		publishing = publishing.then(reallyPublish).catch(() => {
			published = null;
			dispatch({ type: "microphone", status: "failed" });
		});
		return publishing;
	}

	async function unpublish() {
		const track = published;
		published = null;
		if (track && room?.state === LiveKit.ConnectionState.Connected) {
			await room.localParticipant.unpublishTrack(track, false);
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
			opening ??= reallyOpen().finally(() => {
				opening = null;
			});
			return opening;
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
		/** @param {string} chosen */
		async choose(chosen) {
			deviceId = chosen;
			if (await reallyOpen()) await publish();
		},
	};
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
