// What both clocks do. This file is put in the place of its import, see assets.py.

/** `14` as "00:14": minutes and seconds. */
export function minutesAndSeconds(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}

/** Calls `tick` now and five times a second with the seconds passed, `elapsed` of them already. */
export function startClock(element, elapsed, tick) {
  const began = performance.now() - elapsed * 1000;
  const tell = () => tick(Math.max(0, (performance.now() - began) / 1000));
  stopClock(element);
  tell();
  element.ttTick = setInterval(tell, 200);
}

export function stopClock(element) {
  clearInterval(element.ttTick);
}
