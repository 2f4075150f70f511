// A native select under a text of its own, which may run over several lines: a select would cut it off.
function chooser({ options, label, labelledby, changed }) {
  const shown = h("span", { class: "hs-chooser-text", "aria-hidden": "true" });
  const place = h("span", { class: "hs-option-verdict" });
  const select = h(
    "select",
    {
      class: "hs-chooser-select",
      "aria-label": label,
      "aria-labelledby": labelledby,
      onchange() {
        show();
        changed();
      },
    },
    h("option", { value: "" }, "Chọn…"),
    options.map(({ key, text }) => h("option", { value: key }, text)),
  );
  const box = h("span", { class: "hs-chooser" }, shown, icon("down"), select);
  function show() {
    shown.textContent = select.options[select.selectedIndex].text;
    box.classList.toggle("hs-chosen", select.value !== "");
    mark(null);
  }
  function mark(verdict) {
    setVerdict(box, place, verdict);
  }
  show();
  return {
    box,
    place,
    select,
    mark,
    get value() {
      return select.value;
    },
    set value(key) {
      select.value = options.some((option) => option.key === key) ? key : "";
      show();
    },
    // Not `disabled`: what was chosen stays in reach of the keyboard and of a screen reader.
    lock(on) {
      box.classList.toggle("hs-held", on);
      [...select.options].forEach((option) => (option.disabled = on && !option.selected));
    },
  };
}

// What a sheet of several choosers ({ key, chooser }) has in common; `left` says how many are still open.
function chooserSheet(rows, left) {
  const open = () => rows.filter(({ chooser: one }) => !one.value);
  return {
    get value() {
      return Object.fromEntries(rows.filter(({ chooser: one }) => one.value).map(({ key, chooser: one }) => [key, one.value]));
    },
    set value(response) {
      rows.forEach(({ key, chooser: one }) => (one.value = (response || {})[key]));
    },
    mark(marks) {
      rows.forEach(({ key, chooser: one }) => one.mark(marks[key]));
    },
    lock(on) {
      rows.forEach(({ chooser: one }) => one.lock(on));
    },
    missing: () => (open().length ? left(open().length) : ""),
    focus() {
      (open()[0] || rows[0]).chooser.select.focus();
    },
  };
}
