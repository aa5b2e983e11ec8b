// Runs before the page's own scripts: a microphone that clips are played into, and an ear for what the page plays.
(() => {
  const LOUD = 0.01;
  const LOOK_MS = 20;
  const SILENCE = 0.0004;

  /** @type {AudioContext | undefined} */
  let context;
  /** @type {MediaStreamAudioDestinationNode | undefined} */
  let microphone;
  const sounds = [];
  const heard = new Map();

  function opened() {
    if (microphone) return microphone;
    context = new AudioContext({ sampleRate: 48000 });
    microphone = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    // A real microphone is never quite silent.
    const noise = new AudioBuffer({ length: 48000, sampleRate: 48000 });
    const samples = noise.getChannelData(0);
    for (let at = 0; at < samples.length; at += 1) samples[at] = (Math.random() - 0.5) * SILENCE;
    const source = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
    source.connect(microphone);
    source.start();
    return microphone;
  }

  if (navigator.mediaDevices && globalThis.testkit.injected) {
    navigator.mediaDevices.getUserMedia = async () => opened().stream.clone();
  }

  function listen() {
    for (const element of document.querySelectorAll("audio")) {
      const stream = element.srcObject;
      if (!stream || heard.has(stream.id) || element.paused) continue;
      context ??= new AudioContext({ sampleRate: 48000 });
      const analyser = new AnalyserNode(context, { fftSize: 1024 });
      context.createMediaStreamSource(stream).connect(analyser);
      heard.set(stream.id, analyser);
    }
    const samples = new Float32Array(1024);
    let loudest = 0;
    for (const analyser of heard.values()) {
      analyser.getFloatTimeDomainData(samples);
      loudest = Math.max(loudest, Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length));
    }
    const now = Date.now();
    const last = sounds.at(-1);
    if (loudest < LOUD) return;
    if (last && now - last.until < 300) last.until = now;
    else sounds.push({ from: now, until: now });
    sounds.at(-1).peak = Math.max(sounds.at(-1).peak ?? 0, loudest);
  }
  setInterval(listen, LOOK_MS);

  globalThis.testkit = {
    /** When something was heard: Unix times in ms, and the highest RMS. */
    sounds,
    /** Play 16-bit samples (base64) into the microphone; gives when they began and ended (Unix time in ms). */
    async speak(base64, rate) {
      const destination = opened();
      const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
      const whole = new Int16Array(bytes.buffer);
      const buffer = new AudioBuffer({ length: whole.length, sampleRate: rate });
      buffer.getChannelData(0).set(Float32Array.from(whole, (each) => each / 32768));
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(destination);
      const from = Date.now();
      source.start();
      await new Promise((resolve) => source.addEventListener("ended", resolve));
      return { from, until: Date.now() };
    },
  };
})();
