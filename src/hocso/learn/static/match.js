// Each left side with a select of all right sides.
function matchSheet(view, { changed }) {
  const rows = view.options.map(({ key, text }) => {
    const id = newId("left");
    const choice = chooser({ options: view.sides, labelledby: id, changed });
    const row = h(
      "div",
      { class: "hs-pair", "data-key": key },
      h("span", { class: "hs-pair-left", id }, text),
      h("span", { class: "hs-pair-right" }, choice.box, choice.place),
    );
    return { key, chooser: choice, row };
  });
  const sheet = chooserSheet(rows, (count) => `Còn ${count} dòng chưa ghép.`);
  return Object.assign(sheet, { body: h("div", { class: "hs-pairs" }, rows.map(({ row }) => row)) });
}
