// The shapes that the modules of the join page share, for `tsc --checkJs`; nothing of it is shipped.

type LiveKitModule = typeof import("livekit-client");
type LiveKitRoom = import("livekit-client").Room;
type LiveKitParticipant = import("livekit-client").Participant;
type LocalAudioTrack = import("livekit-client").LocalAudioTrack;
type RemoteTrack = import("livekit-client").RemoteTrack;
type TextStreamReader = import("livekit-client").TextStreamReader;

type Dispatch = (event: PageEvent) => void;
type Store = ReturnType<typeof import("../../mcp_voice/page/static/store.js").createStore>;
type Levels = ReturnType<typeof import("../../mcp_voice/page/static/levels.js").createLevels>;
type MicrophoneControl = ReturnType<typeof import("../../mcp_voice/page/static/microphone.js").createMicrophone>;
type Visit = ReturnType<typeof import("../../mcp_voice/page/static/visit.js").createVisit>;

/** What somebody is in the room. */
interface Person {
  readonly identity: string;
  readonly name: string;
  readonly isAgent: boolean;
  readonly isMe: boolean;
  readonly isSpeaking: boolean;
  /** What an agent says of itself: listening, thinking, speaking, or nothing. */
  readonly state: string;
}

/** An open question: the attribute `mcp_voice.ask` of the participant who asks. */
interface Ask {
  readonly id: string;
  /** Identity of the one who asks. */
  readonly from: string;
  /** Identity of the only one who may answer, or empty for everybody. */
  readonly participant: string;
  readonly question: string;
  readonly choices: readonly string[];
  /** Unix time in seconds, or 0. */
  readonly deadline: number;
}

/** The last question, when it is over. */
interface Closed {
  readonly question: string;
  /** After something was said, typed or tapped here; after a sound that nothing is known of; or whoever asked is gone. */
  readonly how: "answered" | "heard" | "closed" | "interrupted";
}

/** A line of the conversation. */
interface Line {
  readonly key: string;
  readonly identity: string;
  readonly name: string;
  readonly isMine: boolean;
  readonly kind: "speech" | "text";
  readonly text: string;
  readonly isFinal: boolean;
}

/** What somebody says: the same segment comes again with other words until it is final. */
interface Segment {
  readonly id: string;
  readonly identity: string;
  readonly text: string;
  readonly isFinal: boolean;
}

interface Message {
  readonly id: string;
  /** Empty: it comes from the server, not from a participant. */
  readonly identity: string;
  /** Empty: that of the participant. */
  readonly name: string;
  readonly text: string;
}

/** `unknown`: nobody was asked yet; `asking`: the browser asks; `ready`: it is open; the rest: why there is none. */
type MicrophoneStatus = "unknown" | "asking" | "ready" | "denied" | "none" | "busy" | "insecure" | "failed";

interface Microphone {
  readonly status: MicrophoneStatus;
  readonly isMuted: boolean;
  /** Open only as long as a key is held. */
  readonly isHeld: boolean;
}

type Phase = "lobby" | "joining" | "room" | "reconnecting" | "left" | "failed";

interface State {
  readonly phase: Phase;
  /** What is wrong: a key of `problems.js`, or empty. */
  readonly problem: string;
  readonly code: string;
  readonly joinsByItself: boolean;
  readonly roomName: string;
  /** Who wants to speak to this person. */
  readonly asker: string;
  /** This person's name, where whoever invites has given one. */
  readonly guest: string;
  /** Identity of this page in the room. */
  readonly me: string;
  readonly people: ReadonlyMap<string, Person>;
  readonly asks: readonly Ask[];
  readonly closed: Closed | null;
  readonly chosen: { readonly ask: string; readonly choice: string } | null;
  /** While the question is open: a sound of this person, which may be a cough, or something said, typed or tapped. */
  readonly replied: "no" | "sound" | "words";
  readonly lines: readonly Line[];
  readonly microphone: Microphone;
  /** The browser plays nothing until somebody taps. */
  readonly isSilenced: boolean;
  readonly failedToSend: boolean;
}

type PageEvent =
  | { type: "invited"; code: string; joinsByItself: boolean }
  | { type: "joining" }
  | { type: "invitation"; code: string; asker: string; guest: string }
  | { type: "admitted"; roomName: string; asker: string }
  | { type: "connected"; me: string }
  | { type: "reconnecting" }
  | { type: "reconnected" }
  | { type: "lost"; problem: string }
  | { type: "failed"; problem: string }
  | { type: "left" }
  | { type: "microphone"; status: MicrophoneStatus }
  | { type: "muted"; isMuted: boolean; isHeld: boolean }
  | { type: "silenced"; isSilenced: boolean }
  | { type: "person"; person: Person }
  | { type: "gone"; identity: string }
  | { type: "speaking"; identities: readonly string[] }
  | { type: "asks"; from: string; ask: Ask | null; answered: string }
  | { type: "chosen"; ask: string; choice: string }
  | { type: "not-taken"; ask: string }
  | { type: "not-sent" }
  | { type: "said"; segment: Segment }
  | ({ type: "written" } & Message);

/** What the page's own server answers. */
interface Admission {
  readonly serverUrl: string;
  readonly token: string;
  readonly roomName: string;
  readonly asker: string;
}

interface Invitation {
  readonly asker: string;
  readonly guest: string;
  /** Whether whoever made the code lets the page join without a click. */
  readonly mayJoinByItself: boolean;
}

interface Problem {
  readonly title: string;
  readonly text: string;
  /** What the person can do: type a code, come in once more, or nothing. */
  readonly action: "" | "code" | "again";
}

interface Device {
  readonly id: string;
  readonly label: string;
}

/** What the person can do. */
interface Actions {
  join(code: string, name: string): void;
  again(): void;
  leave(): void;
  mute(): void;
  tryMicrophone(): void;
  hear(): void;
  openDevices(): void;
  choose(ask: string, choice: string): void;
  send(text: string): Promise<boolean>;
}
