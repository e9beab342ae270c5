// Copies an absolute URL of this server.
const THANKS = 1800;

export default function (component) {
  const { data, parentElement } = component;
  const button = parentElement.querySelector(".tt-copy");
  button.textContent = data.label;
  button.title = data.title;
  button.onclick = async () => {
    const text = new URL(data.path, window.location.origin).href;
    const copied = (await toClipboard(text)) || bySelection(text);
    if (!copied) window.prompt("Copy this link:", text);
    button.textContent = copied ? "Copied" : data.label;
    clearTimeout(button.ttBack);
    button.ttBack = setTimeout(() => {
      button.textContent = data.label;
    }, THANKS);
  };
  return () => clearTimeout(button.ttBack);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Where the clipboard interface is refused or not offered, as over plain HTTP. */
function bySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.appendChild(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
  }
}
