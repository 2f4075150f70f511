function numberSheet(view, { changed, enter, label }) {
  const place = h("span", { class: "hs-option-verdict" });
  const input = h("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    class: "hs-number",
    "aria-label": view.unit ? `${label} (${view.unit})` : label,
    oninput: () => {
      refill(place);
      changed();
    },
    onkeydown: (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        enter?.();
      }
    },
  });
  return {
    body: h("div", { class: "hs-number-row" }, input, view.unit ? h("span", { class: "hs-unit" }, view.unit) : null, place),
    get value() {
      return input.value.trim() || null;
    },
    set value(response) {
      input.value = response ?? "";
      refill(place);
    },
    mark() {},
    lock(on) {
      input.readOnly = on;
    },
    missing() {
      if (!input.value.trim()) return "Hãy gõ một số rồi bấm «Kiểm tra».";
      return /^[+-]?[\d.,\s]*\d[\d.,\s]*%?$/.test(input.value.trim()) ? "" : "Chỉ gõ chữ số, ví dụ 12,5.";
    },
    focus() {
      input.focus();
    },
  };
}
