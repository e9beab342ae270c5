// Tells Python that the comparison has changed, by an event stream; by asking where that is cut.
const RETRIES = 4;
const ASK_EVERY = 1500;
// A rerun puts marks and buttons under pictures that are seen already, and takes 100 ms of two
// processors' time, which the next picture may need: it waits until none has landed for a moment.
const QUIET = 250;
const AT_LATEST = 800;
// The rerun must not take the processor from the picture; nor wait for ever for a slow line.
const LONGEST_LOAD = 1000;

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  parentElement.ttListen ??= { failures: 0, misses: 0 };
  const held = parentElement.ttListen;
  held.seen = Math.max(data.id === held.id ? held.seen : -1, data.version);

  // A picture and its figures are shown where the clock runs as soon as they are told.
  held.hear = async (news) => {
    showProgress(data.id, news);
    const loads = Object.entries(news.landed).map(showLanded).filter(Boolean);
    if (loads.length) {
      held.shown = performance.now();
      const enough = new Promise((done) => setTimeout(done, LONGEST_LOAD));
      await Promise.race([Promise.all(loads), enough]);
    }
    if (held.id === data.id) held.tell(news.version, news.unfinished === 0);
  };

  held.tell = (version, last) => {
    if (version <= held.seen) return;
    const now = performance.now();
    held.due ??= now + AT_LATEST;
    const at = last ? now : Math.min(held.due, (held.shown ?? 0) + QUIET);
    clearTimeout(held.later);
    held.later = setTimeout(
      () => {
        held.due = null;
        if (version <= held.seen) return;
        held.seen = version;
        setTriggerValue("changed", version);
      },
      Math.max(0, at - now),
    );
  };

  if (held.id === data.id) return held.stop;
  held.stop?.();
  held.id = data.id;

  const open = () => {
    if (held.source || held.timer || document.hidden) return;
    const source = new EventSource(data.stream);
    held.source = source;
    source.onmessage = (event) => {
      held.failures = 0;
      held.hear(JSON.parse(event.data));
    };
    source.addEventListener("nudge", () => setTriggerValue("changed", performance.now()));
    source.onerror = () => {
      held.failures += 1;
      if (source.readyState === EventSource.CLOSED || held.failures > RETRIES) {
        source.close();
        held.source = null;
        held.timer = setInterval(ask, ASK_EVERY);
      }
    };
  };

  const ask = async () => {
    const asked = data.id;
    try {
      const answer = await fetch(data.once, { cache: "no-store" });
      const news = answer.status === 200 ? await answer.json() : null;
      // Meanwhile the page may show another comparison.
      if (news && held.id === asked) held.hear(news);
      held.misses = answer.ok ? 0 : held.misses + 1;
    } catch {
      held.misses += 1;
    }
    // Where neither gets through, the page is drawn anew every three seconds over its own socket.
    if (held.misses && held.misses % 2 === 0 && held.id === asked)
      setTriggerValue("changed", performance.now());
  };

  const close = () => {
    held.source?.close();
    clearInterval(held.timer);
    held.source = held.timer = null;
  };

  // A hidden tab gives its connection back: a browser has only six for one server.
  const onVisibility = () => (document.hidden ? close() : open());
  document.addEventListener("visibilitychange", onVisibility);
  held.stop = () => {
    document.removeEventListener("visibilitychange", onVisibility);
    clearTimeout(held.later);
    close();
    held.due = null;
    held.id = held.stop = null;
  };
  open();
  return held.stop;
}

/** Writes how far the comparison is, unless something newer stands there. */
function showProgress(id, news) {
  const progress = document.querySelector(".tt-elapsed");
  if (progress?.dataset.ttId !== id || news.version <= Number(progress.dataset.ttVersion)) return;
  progress.dataset.ttVersion = news.version;
  progress.querySelector(".tt-text").textContent = news.progress;
}

/** Shows a picture in the place of its clock: a promise that it has loaded, null if it is there. */
function showLanded([generation, landed]) {
  const wait = document.querySelector(`[data-tt-waits="${CSS.escape(generation)}"]`);
  if (!wait || wait.querySelector(".tt-first")) return null;
  const picture = new Image();
  picture.className = "tt-first";
  picture.alt = "";
  const load = new Promise((done) => {
    picture.onload = () => {
      picture.dataset.ttThere = "";
      done();
    };
    picture.onerror = () => {
      picture.remove();
      done();
    };
  });
  picture.src = landed.preview;
  wait.dataset.ttLanded = "";
  wait.querySelector(".tt-say").textContent = "landed, on its way to this page";
  wait.querySelector(".tt-pane").append(picture);
  wait.querySelector(".tt-early")?.remove(); // of a try that failed
  wait.append(figuresOf(landed.figures));
  return load;
}

function figuresOf(figures) {
  const make = (name, className, text = "") =>
    Object.assign(document.createElement(name), { className, textContent: text });
  const all = make("div", "tt-figures tt-early");
  for (const { value, unit } of figures) {
    const figure = make("div", "tt-figure");
    figure.append(make("span", "tt-value", value), make("span", "tt-unit", unit));
    all.append(figure);
  }
  return all;
}
