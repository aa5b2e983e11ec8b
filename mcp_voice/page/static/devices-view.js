// The dialog to choose a microphone and a loudspeaker, and to be notified.

import { canNotify } from "./attention.js";
import { find, make, setText, show } from "./dom.js";
import { line } from "./untrusted.js";

const MOST_DEVICES = 30;
const LONGEST_LABEL = 80;

/** @param {MicrophoneControl} microphone @param {Visit} visit */
export function devicesView(microphone, visit) {
	const dialog = find("devices", HTMLDialogElement);
	const input = find("input", HTMLSelectElement);
	const output = find("output", HTMLSelectElement);
	const notify = find("notify", HTMLButtonElement);
	let outputId = "default";

	async function list() {
		const { inputs, outputs } = await devices();
		fill(input, inputs, microphone.deviceId, "No microphone");
		fill(output, outputs, outputId, "");
		show("output-field", outputs.length > 0 && "setSinkId" in HTMLMediaElement.prototype);
		show(notify, canNotify() && Notification.permission === "default");
	}

	input.addEventListener("change", async () => {
		const isUsed = await microphone.choose(input.value);
		setText("input-problem", isUsed ? "" : "That microphone could not be opened, so nothing has changed.");
		if (!isUsed) await list();
	});
	output.addEventListener("change", () => {
		outputId = output.value;
		void visit.listenBy(outputId);
	});
	notify.addEventListener("click", () => void Notification.requestPermission().then(list));
	navigator.mediaDevices?.addEventListener("devicechange", () => dialog.open && void list());
	// A click beside it closes it.
	dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

	return async function open() {
		setText("input-problem", "");
		await list();
		if (!dialog.open) dialog.showModal();
	};
}

/** @param {HTMLSelectElement} select @param {Device[]} found @param {string} chosen @param {string} none */
function fill(select, found, chosen, none) {
	const options = found.map(({ id, label }) => {
		const option = make("option", "", label);
		option.value = id;
		return option;
	});
	select.replaceChildren(...(options.length > 0 ? options : [make("option", "", none)]));
	select.disabled = options.length === 0;
	if (found.some(({ id }) => id === chosen)) select.value = chosen;
}

/** Browsers name them once the microphone was allowed. */
async function devices() {
	const found = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
	return { inputs: ofKind(found, "audioinput", "Microphone"), outputs: ofKind(found, "audiooutput", "Speaker") };
}

/** @param {MediaDeviceInfo[]} found @param {MediaDeviceKind} kind @param {string} name */
function ofKind(found, kind, name) {
	return found
		.filter((device) => device.kind === kind && device.deviceId)
		.slice(0, MOST_DEVICES)
		.map(({ deviceId, label }, at) => ({ id: deviceId, label: line(label, LONGEST_LABEL) || `${name} ${at + 1}` }));
}
