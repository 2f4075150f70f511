// Pictures to look through, above the question that they answer.
function chartViewer(look, charts) {
  const picture = h("img", { class: "hs-chart-picture" });
  const table = h("div", { class: "hs-chart-table" });
  const show = (chart) => {
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(chart.svg)}`;
    picture.alt = chart.alt;
    const { header, rows } = chart.table;
    refill(
      table,
      h(
        "table",
        {},
        h("caption", {}, chart.label),
        h("thead", {}, h("tr", {}, header.map((cell) => h("th", { scope: "col" }, cell)))),
        h(
          "tbody",
          {},
          rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), rest.map((cell) => h("td", {}, cell)))),
        ),
      ),
    );
  };
  show(charts[0]);
  const name = newId("chart");
  const chooser = h(
    "fieldset",
    { class: "hs-look" },
    h("legend", { class: "hs-look-title" }, look),
    h(
      "div",
      { class: "hs-look-choices" },
      charts.map((chart, index) =>
        h(
          "label",
          { class: "hs-pile" },
          h("input", { type: "radio", class: "hs-input", name, checked: index === 0, onchange: () => show(chart) }),
          h("span", {}, chart.label),
        ),
      ),
    ),
  );
  return h(
    "div",
    { class: "hs-chart" },
    charts.length > 1 ? chooser : null,
    h("figure", { class: "hs-chart-figure", "aria-live": "polite" }, picture),
    h("details", { class: "hs-more" }, h("summary", {}, "Xem bảng số"), table),
  );
}
