"""The browser's part: static/*.js and static/exercises.css, sent once a page and shared by all exercises.

Each exercise's own `_esm` is a few lines that fetch the code from the one widget that holds it: a lesson with
twelve exercises would otherwise send twelve copies over a slow connection.
"""

from importlib.resources import files

import ipywidgets
import traitlets

# Order matters: a file may use what those before it define. Together they make one ES module.
SCRIPTS = (
    "icons.js",
    "dom.js",
    "drafts.js",
    "choices.js",
    "order.js",
    "piles.js",
    "phone.js",
    "number.js",
    "chart.js",
    "exercise.js",
    "quiz.js",
)

LOADER = """
const loading = (globalThis.hocsoExercises ??= new Map());
async function code(model) {
  const reference = model.get("code");
  if (!loading.has(reference)) {
    loading.set(reference, model.widget_manager.get_model(reference.replace("IPY_MODEL_", "")).then(async
    (holder) => {
      const style = document.createElement("style");
      style.dataset.hocso = "exercises";
      style.textContent = holder.get("css");
      document.querySelector("style[data-hocso]")?.remove();
      document.head.append(style);
      const address = URL.createObjectURL(new Blob([holder.get("js")], { type: "text/javascript" }));
      try {
        return await import(address);
      } finally {
        URL.revokeObjectURL(address);
      }
    }));
  }
  return loading.get(reference);
}
export default {
  async render({ model, el }) {
    return (await code(model)).render(model, el);
  },
};
"""


class PageCode(ipywidgets.Widget):
    """Holds the script and the style of all exercises; draws nothing."""

    js = traitlets.Unicode().tag(sync=True)
    css = traitlets.Unicode().tag(sync=True)


_shared: PageCode | None = None


def shared() -> str:
    """A reference to this kernel's one PageCode, made on first use."""
    global _shared
    if _shared is None or _shared.comm is None:
        static = files("hocso.learn") / "static"
        _shared = PageCode(
            js="\n".join((static / name).read_text(encoding="utf-8") for name in SCRIPTS),
            css=(static / "exercises.css").read_text(encoding="utf-8"),
        )
    return f"IPY_MODEL_{_shared.model_id}"
