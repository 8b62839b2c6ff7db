// @ts-check
/**
 * Good, look here, wrong: told to ears and hand, so that eyes stay at the shelf. Tones are made, not
 * loaded; the three differ in rhythm too, for those who hear pitch badly or not at all.
 */

/** @typedef {"good" | "warn" | "wrong"} Tone */

const KEY = "stockverify.sounds";

/** Pairs of Hz and seconds; 0 Hz is silence. @type {Record<Tone, {notes: [number, number][], shape: OscillatorType, buzz: number[]}>} */
const TONES = {
  good: { notes: [[1760, 0.07]], shape: "sine", buzz: [30] },
  warn: { notes: [[880, 0.09], [0, 0.05], [880, 0.09]], shape: "triangle", buzz: [60, 50, 60] },
  wrong: { notes: [[220, 0.16], [0, 0.04], [165, 0.3]], shape: "square", buzz: [250, 80, 250] },
};
const LOUDNESS = 0.35;

export class Sounds {
  /** @type {AudioContext | null} */
  #context = null;

  /**
   * @param {Pick<Storage, "getItem" | "setItem">} storage
   * @param {() => AudioContext} [open]
   * @param {(pattern: number[]) => unknown} [buzz]
   */
  constructor(storage, open = () => new AudioContext(), buzz = (pattern) => navigator.vibrate?.(pattern)) {
    this.storage = storage;
    this.open = open;
    this.buzz = buzz;
    this.isOn = storage.getItem(KEY) !== "off";
  }

  /** @param {boolean} on */
  switch(on) {
    this.isOn = on;
    this.storage.setItem(KEY, on ? "on" : "off");
    if (on) this.play("good");
  }

  /**
   * Vibration stays where sound is off: it disturbs nobody.
   * @param {Tone} tone
   */
  play(tone) {
    this.buzz(TONES[tone].buzz);
    if (!this.isOn) return;
    try {
      this.#context ??= this.open();
      if (this.#context.state === "suspended") void this.#context.resume();
      sound(this.#context, TONES[tone]);
    } catch {
      this.#context = null; // no sound device: counting goes on
    }
  }
}

/**
 * @param {AudioContext} context
 * @param {{notes: [number, number][], shape: OscillatorType}} tone
 */
function sound(context, { notes, shape }) {
  const gain = context.createGain();
  gain.connect(context.destination);
  let at = context.currentTime;
  for (const [hz, seconds] of notes) {
    if (hz) {
      const voice = context.createOscillator();
      voice.type = shape;
      voice.frequency.value = hz;
      voice.connect(gain);
      voice.start(at);
      voice.stop(at + seconds);
    }
    gain.gain.setValueAtTime(LOUDNESS, at);
    gain.gain.setTargetAtTime(0, at + seconds - 0.015, 0.005);
    at += seconds;
  }
}
