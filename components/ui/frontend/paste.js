// Images pasted anywhere on the page become input images.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;

  const onPaste = async (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) =>
      file.type.startsWith("image/"),
    );
    if (!files.length) return;
    event.preventDefault();
    const taken = files.slice(0, data.maxFiles).map((file) => read(file, data.maxBytes));
    setTriggerValue("pasted", await Promise.all(taken));
  };

  // What is still being uploaded must not be left behind; the style sheet holds the mouse back.
  const onKey = (event) => {
    const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (sends && document.querySelector(data.pending)) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
  };

  parentElement.ttForget?.();
  document.addEventListener("paste", onPaste);
  document.addEventListener("keydown", onKey, true);
  parentElement.ttForget = () => {
    document.removeEventListener("paste", onPaste);
    document.removeEventListener("keydown", onKey, true);
  };
  return parentElement.ttForget;
}

/** A file's name, size and bytes; without bytes where it is too large or cannot be read. */
function read(file, maxBytes) {
  const told = (base64) => ({ name: file.name, size: file.size, base64 });
  if (file.size > maxBytes) return told("");
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(told(String(reader.result).split(",", 2)[1] ?? ""));
    reader.onerror = () => resolve(told(""));
    reader.readAsDataURL(file);
  });
}
