// One plain sentence for each thing that can go wrong, and what the person can do about it.

/** @type {Readonly<Record<string, Problem>>} */
export const PROBLEMS = Object.freeze({
  "no-code": {
    title: "Your code, please",
    text: "Type the code of your invitation, or open its link again.",
    action: "code",
  },
  "used-code": {
    title: "This link has been used",
    text: "Each link lets one person in, once. Ask for a new one, or come back if it was you.",
    action: "again",
  },
  "expired-code": {
    title: "This link has expired",
    text: "Links are valid for a few minutes only. Ask for a new one.",
    action: "code",
  },
  "unknown-code": {
    title: "This code is not known here",
    text: "Check it letter by letter, or ask for a new link.",
    action: "code",
  },
  "rate-limited": {
    title: "Too many attempts",
    text: "Wait a minute, then try again.",
    action: "again",
  },
  "foreign-host": {
    title: "The page is not served at this address",
    text: "Open the link just as you were given it.",
    action: "",
  },
  "foreign-origin": {
    title: "Another page may not join",
    text: "Open the link just as you were given it, in a window of its own.",
    action: "",
  },
  "session-over": {
    title: "Your visit is over",
    text: "This page can't bring you back any more. Ask for a new link.",
    action: "code",
  },
  "page-offline": {
    title: "The page's server does not answer",
    text: "The program that invited you has ended, or your network is down. If it comes back, you do too.",
    action: "again",
  },
  "livekit-unreachable": {
    title: "The room's server does not answer",
    text: "LiveKit cannot be reached from here. Check your network, then try again.",
    action: "again",
  },
  refused: {
    title: "The room did not let you in",
    text: "LiveKit refused this visit. Ask for a new link.",
    action: "code",
  },
  "media-failed": {
    title: "No path for sound",
    text: "The room was found, but your network lets no sound through. Try without a VPN, or another network.",
    action: "again",
  },
  unsupported: {
    title: "This browser can't do it",
    text: "It has no WebRTC, which carries the voices. Open the link in a current Chrome, Edge, Firefox or Safari.",
    action: "",
  },
  removed: {
    title: "You were removed from the room",
    text: "Somebody who looks after the room ended your visit.",
    action: "",
  },
  "room-over": {
    title: "The room was closed",
    text: "The conversation is over. You can close this page.",
    action: "",
  },
  "joined-elsewhere": {
    title: "You joined in another window",
    text: "Your place is there now, and only one window can have it. Come back if you want it here.",
    action: "again",
  },
  reconnecting: {
    title: "Reconnecting…",
    text: "The connection was lost. You will be back in a moment.",
    action: "",
  },
  failed: {
    title: "Something went wrong",
    text: "The page could not join. Try again, or ask for a new link.",
    action: "again",
  },
});

/** @param {string} code @returns {Problem} */
export function problem(code) {
  return /** @type {Problem} */ (PROBLEMS[Object.hasOwn(PROBLEMS, code) ? code : "failed"]);
}

/** Why there is no microphone. Everything else works without one.
 * @type {Readonly<Record<string, string>>}
 */
export const WITHOUT_MICROPHONE = Object.freeze({
  denied: "The microphone is blocked for this page. You hear everything, and answer by tapping or typing. To speak, allow it beside the address.",
  none: "No microphone was found. You hear everything, and answer by tapping or typing.",
  busy: "Another program has the microphone. You hear everything, and answer by tapping or typing.",
  insecure: "Browsers open the microphone on https pages only. You hear everything, and answer by tapping or typing.",
  failed: "The microphone could not be opened. You hear everything, and answer by tapping or typing.",
});
