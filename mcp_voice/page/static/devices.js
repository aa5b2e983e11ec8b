// Which microphones and loudspeakers there are, for the person to choose from.

import { line } from "./untrusted.js";

const MOST_DEVICES = 30;
const LONGEST_LABEL = 80;

/** Browsers name them once the microphone was allowed. @returns {Promise<{inputs: Device[], outputs: Device[]}>} */
export async function devices() {
	const found = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
	return { inputs: ofKind(found, "audioinput", "Microphone"), outputs: ofKind(found, "audiooutput", "Loudspeaker") };
}

/** @param {() => void} changed */
export function onDevicesChange(changed) {
	navigator.mediaDevices?.addEventListener("devicechange", changed);
}

/** @param {MediaDeviceInfo[]} found @param {MediaDeviceKind} kind @param {string} name */
function ofKind(found, kind, name) {
	return found
		.filter((device) => device.kind === kind && device.deviceId)
		.slice(0, MOST_DEVICES)
		.map(({ deviceId, label }, at) => ({ id: deviceId, label: line(label, LONGEST_LABEL) || `${name} ${at + 1}` }));
}
