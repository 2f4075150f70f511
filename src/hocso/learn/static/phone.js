// A drawn phone. Whatever is tapped on it stays on it: no link leads anywhere, no field takes text.
function phoneSheet(view, { changed }) {
  const parts = [];
  const drawn = view.options.map(({ key, kind, text }) => {
    const look = `hs-part hs-part-${kind}`;
    if (!key) return h("div", { class: look }, text);
    const place = h("span", { class: "hs-part-verdict" });
    const part = { key, place, marked: null };
    part.button = h(
      "button",
      { type: "button", class: `${look} hs-tap`, "data-key": key, "aria-pressed": "false", onclick: () => tap(part) },
      h("span", { class: "hs-part-words" }, text),
      place,
    );
    parts.push(part);
    return h("div", { class: `hs-tap-row hs-tap-row-${kind}` }, part.button);
  });

  const isOn = ({ button }) => button.getAttribute("aria-pressed") === "true";
  function press(part, on) {
    part.button.setAttribute("aria-pressed", String(on));
    setVerdict(part.button, part.place, null);
    if (on) part.place.replaceChildren(h("span", { class: "hs-tapped" }, icon("right"), "Đã chọn"));
  }
  function tap(part) {
    const on = view.several ? !isOn(part) : true;
    parts.forEach((other) => press(other, other === part ? on : view.several && isOn(other)));
    changed();
  }

  return {
    body: h(
      "div",
      { class: "hs-phone", role: "group", "aria-label": `Màn hình mô phỏng: ${view.title}` },
      h("div", { class: "hs-phone-top", "aria-hidden": "true" }, h("span", {}, "Màn hình mô phỏng"), h("span", { class: "hs-battery" })),
      h("div", { class: "hs-phone-title" }, view.title),
      h("div", { class: "hs-phone-screen" }, drawn),
    ),
    get value() {
      return parts.filter(isOn).map(({ key }) => key);
    },
    set value(response) {
      parts.forEach((part) => press(part, (response ?? []).includes(part.key)));
    },
    mark(marks) {
      parts.forEach((part) => {
        if (marks[part.key]) setVerdict(part.button, part.place, marks[part.key]);
      });
    },
    lock(on) {
      parts.forEach(({ button }) => (button.disabled = on));
    },
    missing() {
      return parts.some(isOn) ? "" : "Hãy chạm vào một chỗ trên màn hình mô phỏng.";
    },
    focus() {
      (parts.find(isOn) ?? parts[0]).button.focus();
    },
  };
}
