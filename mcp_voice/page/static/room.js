// One visit to a LiveKit room: its events become events of the page.

import { TOPIC as CAPTIONS, captions } from "./captions.js";
import { TOPIC as CHAT, chat } from "./chat.js";
import { createRate } from "./fairness.js";
import { LiveKit } from "./livekit.js";
import { line, readAsk, readPacket, shownName } from "./untrusted.js";

const ASK = "mcp_voice.ask";
const ANSWERED = "mcp_voice.answered";
const AGENT_STATE = "lk.agent.state";
const ATTEMPTS = 4;
/** Packets of one sender. */
const BURST = 20;
const PER_SECOND = 5;

/**
 * @param {Dispatch} dispatch
 * @param {object} on
 * @param {(track: MediaStreamTrack) => void} on.voice Somebody's voice can be heard from now on.
 * @param {(reason: number | undefined) => void} on.end
 */
export function newRoom(dispatch, on) {
	// The microphone is ours: it outlives a visit that breaks off, so that nobody is asked for it again.
	const room = new LiveKit.Room({ stopLocalTrackOnUnpublish: false, reconnectPolicy: { nextRetryDelayInMs } });
	const { RoomEvent: E } = LiveKit;
	const mayCome = createRate(BURST, PER_SECOND);
	/** @param {LiveKitParticipant} participant */
	const known = (participant) => dispatch({ type: "person", person: person(participant, room) });
	/** @param {LiveKitParticipant} participant */
	const asks = ({ identity, attributes, isAgent }) =>
		isAgent &&
		dispatch({
			type: "asks",
			from: identity,
			ask: readAsk(attributes[ASK], identity),
			answered: line(attributes[ANSWERED], 100),
		});

	const everybody = () => {
		known(room.localParticipant);
		room.remoteParticipants.forEach(known);
		room.remoteParticipants.forEach(asks);
	};

	room
		.on(E.ParticipantConnected, (participant) => {
			known(participant);
			asks(participant);
		})
		.on(E.ParticipantDisconnected, ({ identity }) => dispatch({ type: "gone", identity }))
		.on(E.ParticipantNameChanged, (_, participant) => known(participant))
		.on(E.ParticipantAttributesChanged, (changed, participant) => {
			if (AGENT_STATE in changed) known(participant);
			if (ASK in changed) asks(participant);
		})
		.on(E.ActiveSpeakersChanged, (speakers) =>
			dispatch({ type: "speaking", identities: speakers.map((each) => each.identity) }),
		)
		.on(E.TrackSubscribed, (track) => play(track, on.voice))
		.on(E.AudioPlaybackStatusChanged, () => dispatch({ type: "silenced", isSilenced: !room.canPlaybackAudio }))
		.on(E.SignalReconnecting, () => dispatch({ type: "reconnecting" }))
		.on(E.Reconnecting, () => dispatch({ type: "reconnecting" }))
		.on(E.Reconnected, () => {
			dispatch({ type: "reconnected" });
			everybody();
		})
		.on(E.DataReceived, (payload, participant) => {
			const identity = participant?.identity ?? "";
			const message = mayCome(identity) && readPacket(payload, identity);
			if (message) dispatch({ type: "written", id: crypto.randomUUID(), ...message });
		})
		.on(E.Disconnected, (reason) => on.end(reason));
	room.registerTextStreamHandler(CAPTIONS, captions((segment) => dispatch({ type: "said", segment })));
	room.registerTextStreamHandler(CHAT, chat((message) => dispatch({ type: "written", ...message })));

	return {
		room,
		/** @param {string} url @param {string} token */
		async connect(url, token) {
			await room.connect(url, token, { maxRetries: 1 });
			dispatch({ type: "connected", me: room.localParticipant.identity });
			everybody();
			dispatch({ type: "silenced", isSilenced: !room.canPlaybackAudio });
		},
	};
}

/** @param {LiveKitParticipant} participant @param {LiveKitRoom} room @returns {Person} */
function person(participant, room) {
	const { identity, name, isAgent, isSpeaking, attributes } = participant;
	const isMe = identity === room.localParticipant.identity;
	return { identity, name: shownName(name, identity), isAgent, isMe, isSpeaking, state: line(attributes[AGENT_STATE], 20) };
}

/** @param {RemoteTrack} track @param {(track: MediaStreamTrack) => void} voice */
function play(track, voice) {
	if (track.kind !== LiveKit.Track.Kind.Audio) return;
	// When it ends, LiveKit detaches it before anybody is told, and leaves the element.
	track.on(LiveKit.TrackEvent.ElementDetached, (element) => element.remove());
	document.body.append(track.attach());
	voice(track.mediaStreamTrack);
}

/** What is wrong when LiveKit lets nobody in: a key of `problems.js`. @param {unknown} error */
export function connectProblem(error) {
	if (!(error instanceof LiveKit.ConnectionError)) return "livekit-unreachable";
	if (error.message.includes("pc connection")) return "media-failed";
	return error.reason === LiveKit.ConnectionErrorReason.NotAllowed ? "refused" : "livekit-unreachable";
}

/** Why the visit ended: what stays so, or nothing where coming back may help. @param {number | undefined} reason */
export function endProblem(reason) {
	const { DisconnectReason: R } = LiveKit;
	switch (reason) {
		case R.DUPLICATE_IDENTITY:
			return "joined-elsewhere";
		case R.PARTICIPANT_REMOVED:
			return "removed";
		case R.ROOM_DELETED:
		case R.ROOM_CLOSED:
			return "room-over";
		default:
			return "";
	}
}

/** A few attempts by LiveKit's client itself; then `visit.js` asks for another token. @param {{retryCount: number}} context */
function nextRetryDelayInMs({ retryCount }) {
	return retryCount < ATTEMPTS ? 300 * 2 ** retryCount : null;
}
