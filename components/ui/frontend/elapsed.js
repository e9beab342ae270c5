// "2 of 3 landed · 00:14", counting in the browser while `running`.
import { minutesAndSeconds, startClock, stopClock } from "./clock.js";

export default function (component) {
  const { data, parentElement } = component;
  const time = parentElement.querySelector(".tt-time");
  const shown = parentElement.querySelector(".tt-elapsed").dataset;
  // What was drawn from older rows than the event stream has told of must not count backwards.
  if (shown.ttId !== data.id || data.version >= Number(shown.ttVersion)) {
    Object.assign(shown, { ttId: data.id, ttVersion: data.version });
    parentElement.querySelector(".tt-text").textContent = data.text;
  }
  stopClock(parentElement);
  if (data.running) {
    startClock(parentElement, data.elapsed, (passed) => {
      time.textContent = ` · ${minutesAndSeconds(passed)}`;
    });
  } else {
    time.textContent = data.after;
  }
  return () => stopClock(parentElement);
}
