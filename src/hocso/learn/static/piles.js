// Each card is a small question of its own: which of the two piles?
function pilesSheet(view, { changed }) {
  const hold = holder();
  const rows = view.options.map(({ key, text }) => {
    const name = newId("pile");
    const place = h("span", { class: "hs-option-verdict" });
    const inputs = view.piles.map((pile) =>
      h("input", {
        type: "radio",
        class: "hs-input",
        name,
        value: pile.key,
        onclick: hold.click,
        onchange: () => {
          setVerdict(row, place, null);
          changed();
        },
      }),
    );
    const row = h(
      "fieldset",
      { class: "hs-sort", "data-key": key },
      h("legend", { class: "hs-sort-text" }, text),
      h(
        "div",
        { class: "hs-sort-piles" },
        view.piles.map((pile, index) =>
          h("label", { class: "hs-pile", "data-key": pile.key }, inputs[index], h("span", {}, pile.text)),
        ),
      ),
      place,
    );
    return { key, row, place, inputs };
  });
  const left = () => rows.filter(({ inputs }) => !inputs.some((input) => input.checked));
  return {
    body: h("div", { class: "hs-sorts" }, rows.map(({ row }) => row)),
    get value() {
      const placed = rows.map(({ key, inputs }) => [key, inputs.find((input) => input.checked)?.value]);
      return Object.fromEntries(placed.filter(([, pile]) => pile));
    },
    set value(response) {
      rows.forEach(({ key, row, place, inputs }) => {
        setVerdict(row, place, null);
        inputs.forEach((input) => (input.checked = input.value === response?.[key]));
      });
    },
    mark(marks) {
      rows.forEach(({ key, row, place }) => setVerdict(row, place, marks[key]));
    },
    lock(on) {
      hold.set(on, rows.flatMap(({ inputs }) => inputs));
    },
    missing() {
      return left().length ? `Còn ${left().length} thẻ chưa chia nhóm.` : "";
    },
    focus() {
      (left()[0] ?? rows[0]).inputs[0].focus();
    },
  };
}
