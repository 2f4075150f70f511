// A filled form; a whole field is the target.
function mistakesSheet(view, { changed }) {
  const parts = view.options.map(({ key, text, value }) => {
    const place = h("span", { class: "hs-part-verdict" });
    const written = h("span", { class: "hs-form-value" }, value);
    const fixed = h("span", { class: "hs-form-fix" });
    const button = h(
      "button",
      { type: "button", class: "hs-form-field hs-tap", "data-key": key },
      h("span", { class: "hs-form-label" }, text),
      written,
      fixed,
      place,
    );
    return { key, place, button, written, fixed };
  });
  const taps = tapSheet(parts, { several: true, changed });
  function fix(fixes) {
    parts.forEach(({ key, written, fixed }) => {
      written.classList.toggle("hs-form-wrong", key in fixes);
      refill(fixed, key in fixes ? `Sửa lại: ${fixes[key]}` : null);
    });
  }
  return {
    body: h(
      "div",
      { class: "hs-form" },
      h("p", { class: "hs-form-title" }, view.title),
      h("div", { class: "hs-form-fields" }, parts.map(({ button }) => button)),
    ),
    get value() {
      return taps.value;
    },
    set value(response) {
      fix({});
      taps.value = response;
    },
    mark(marks, { fixes = {} }) {
      taps.mark(marks);
      fix(fixes);
    },
    lock: taps.lock,
    focus: taps.focus,
    missing: () => (taps.some() ? "" : "Hãy chạm vào ô mà mình thấy sai."),
  };
}
