// A clock that runs in the browser from the seconds that Python says have passed.
import { minutesAndSeconds, startClock, stopClock } from "./clock.js";

export default function (component) {
  const { data, parentElement } = component;
  const find = (name) => parentElement.querySelector(name);
  const wait = find(".tt-wait");
  if (wait.dataset.ttWaits !== data.generation) {
    for (const early of [".tt-first", ".tt-early"]) find(early)?.remove();
    delete wait.dataset.ttLanded;
  }
  wait.dataset.ttWaits = data.generation;
  find(".tt-usual").textContent = data.usually;
  if (wait.dataset.ttLanded === undefined) find(".tt-say").textContent = data.say;
  find(".tt-bar").style.visibility = data.until ? "visible" : "hidden";
  startClock(parentElement, data.elapsed, (passed) => {
    if (wait.dataset.ttLanded !== undefined) return;
    const text = minutesAndSeconds(passed);
    const clock = find(".tt-clock");
    if (clock && clock.textContent !== text) clock.textContent = text;
    const fill = find(".tt-fill");
    // Beyond the usual time the bar only creeps: it promises nothing.
    const share = data.until ? passed / data.until : 0;
    if (fill) fill.style.width = `${100 * (share < 1 ? 0.9 * share : 1 - 0.1 / share)}%`;
  });
  return () => stopClock(parentElement);
}
