// Each exercise's own script: fetches the code that all exercises share from the widget that holds it, once a page.
const loaded = globalThis.hocsoExercises || (globalThis.hocsoExercises = new Map());

async function load(holder) {
  const style = document.createElement("style");
  style.dataset.hocso = "exercises";
  style.textContent = holder.get("css");
  document.querySelector("style[data-hocso=exercises]")?.remove();
  document.head.append(style);
  const address = URL.createObjectURL(new Blob([holder.get("js")], { type: "text/javascript" }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}

function code(model) {
  const reference = model.get("code");
  if (!loaded.has(reference)) {
    const holder = model.widget_manager.get_model(reference.replace("IPY_MODEL_", ""));
    loaded.set(reference, holder.then(load));
  }
  return loaded.get(reference);
}

export default {
  async render({ model, el }) {
    return (await code(model)).render(model, el);
  },
};
