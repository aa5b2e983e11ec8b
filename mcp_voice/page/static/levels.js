// How loud tracks are right now, for what moves with a voice.

const SAMPLES = 1024;
const FRAME_MS = 33;
const LOUDEST = 0.25;
/** How much of the last value stays when it becomes quieter. */
const FADE = 0.8;

export function createLevels() {
	/** @type {AudioContext | null} */
	let context = null;
	/** @type {Map<string, {source: MediaStreamAudioSourceNode, analyser: AnalyserNode, level: number}>} */
	const meters = new Map();
	const samples = new Float32Array(SAMPLES);

	/** @param {{analyser: AnalyserNode, level: number}} meter */
	function measure(meter) {
		meter.analyser.getFloatTimeDomainData(samples);
		let power = 0;
		for (const sample of samples) power += sample * sample;
		const now = Math.min(1, Math.sqrt(power / SAMPLES) / LOUDEST);
		meter.level = Math.max(now, meter.level * FADE);
	}

	return {
		/** Browsers let it begin in a click only. */
		async wake() {
			if (context?.state === "suspended") await context.resume().catch(() => {});
		},
		/** Measure this track under a name, instead of another. @param {string} name @param {MediaStreamTrack | null} track */
		watch(name, track) {
			meters.get(name)?.source.disconnect();
			meters.delete(name);
			if (!track) return;
			context ??= new AudioContext();
			const analyser = new AnalyserNode(context, { fftSize: SAMPLES });
			const source = context.createMediaStreamSource(new MediaStream([track]));
			source.connect(analyser);
			meters.set(name, { source, analyser, level: 0 });
		},
		/** Tell the level (0 to 1) of each name, about 30 times a second while the page is seen. @param {(name: string, level: number) => void} tell */
		run(tell) {
			let last = 0;
			/** @param {number} now */
			const frame = (now) => {
				requestAnimationFrame(frame);
				if (now - last < FRAME_MS) return;
				last = now;
				for (const [name, meter] of meters) {
					measure(meter);
					tell(name, meter.level);
				}
			};
			requestAnimationFrame(frame);
		},
	};
}
