// Two short tones for the room. A machine without sound stays silent: the screen says the same.
let context: AudioContext | undefined;

export function beep(): void {
  try {
    context ??= new AudioContext();
    // Where nobody has touched the page yet, a browser may hold sound back.
    void context.resume().catch(() => {});
    for (const after of [0, 0.25]) tone(context, context.currentTime + after);
  } catch {
    context = undefined;
  }
}

function tone(context: AudioContext, from: number) {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = 880;
  // Without a ramp it clicks.
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(0.3, from + 0.02);
  gain.gain.setValueAtTime(0.3, from + 0.13);
  gain.gain.linearRampToValueAtTime(0, from + 0.15);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(from);
  oscillator.stop(from + 0.16);
}
