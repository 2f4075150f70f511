// A question's answer sheet, of any kind, is { body, value (get/set), mark(marks), lock(on), missing(), focus() }:
// `body` goes below the prompt in a fieldset, `missing()` says what is left to do before it can be checked.
function choiceSheet(view, { several, changed }) {
  const name = newId("choice");
  const hold = holder();
  const rows = view.options.map(({ key, text }) => {
    const input = h("input", {
      type: several ? "checkbox" : "radio",
      class: "hs-input",
      name,
      value: key,
      onclick: hold.click,
      onchange: () => {
        clear();
        changed();
      },
    });
    const place = h("span", { class: "hs-option-verdict" });
    const row = h("label", { class: "hs-option", "data-key": key }, input, h("span", { class: "hs-option-text" }, text), place);
    return { key, input, place, row };
  });
  const clear = () => rows.forEach(({ row, place }) => setVerdict(row, place, null));
  return {
    body: h("div", { class: "hs-options" }, rows.map(({ row }) => row)),
    get value() {
      const chosen = rows.filter(({ input }) => input.checked).map(({ key }) => key);
      return several ? chosen : (chosen[0] ?? null);
    },
    set value(response) {
      clear();
      const chosen = several ? (response ?? []) : [response];
      rows.forEach(({ key, input }) => (input.checked = chosen.includes(key)));
    },
    mark(marks) {
      rows.forEach(({ key, row, place }) => setVerdict(row, place, marks[key]));
    },
    lock(on) {
      hold.set(on, rows.map(({ input }) => input));
    },
    missing() {
      if (rows.some(({ input }) => input.checked)) return "";
      return several ? "Hãy chọn ít nhất một ý rồi bấm «Kiểm tra»." : "Hãy chọn một ý rồi bấm «Kiểm tra».";
    },
    focus() {
      (rows.find(({ input }) => input.checked) ?? rows[0]).input.focus();
    },
  };
}
