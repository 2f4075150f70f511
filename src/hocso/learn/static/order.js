// Steps moved with two buttons each: works with a thumb, a keyboard and a screen reader alike.
function orderSheet(view, { changed }) {
  const texts = new Map(view.options.map(({ key, text }) => [key, text]));
  const dealt = view.options.map(({ key }) => key);
  let order = [...dealt];
  let locked = false;
  const list = h("ol", { class: "hs-order" });
  const told = h("p", { class: "hs-unseen", "aria-live": "polite" });
  const rows = new Map(
    dealt.map((key) => {
      const number = h("span", { class: "hs-step-number", "aria-hidden": "true" });
      const place = h("span", { class: "hs-option-verdict" });
      const mover = (way, label, by) =>
        h(
          "button",
          { type: "button", class: `hs-move hs-move-${way}`, "aria-label": `${label}: ${texts.get(key)}`, onclick: () => move(key, by, way) },
          icon(way),
        );
      const up = mover("up", "Đưa lên", -1);
      const down = mover("down", "Đưa xuống", 1);
      const row = h(
        "li",
        { class: "hs-step", "data-key": key },
        number,
        h("span", { class: "hs-step-text" }, texts.get(key), place),
        h("span", { class: "hs-moves" }, up, down),
      );
      return [key, { row, number, place, up, down }];
    }),
  );

  function arrange() {
    order.forEach((key, index) => {
      const { row, number, up, down } = rows.get(key);
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
      number.textContent = index + 1;
      up.disabled = locked || index === 0;
      down.disabled = locked || index === order.length - 1;
    });
  }

  function move(key, by, way) {
    const from = order.indexOf(key);
    order.splice(from, 1);
    order.splice(from + by, 0, key);
    clear();
    arrange();
    const { row, up, down } = rows.get(key);
    const pressed = way === "up" ? up : down;
    (pressed.disabled ? (way === "up" ? down : up) : pressed).focus();
    row.classList.remove("hs-moved");
    void row.offsetWidth;
    row.classList.add("hs-moved");
    told.textContent = `«${texts.get(key)}» giờ ở vị trí ${from + by + 1} trên ${order.length}.`;
    changed();
  }

  const clear = () => rows.forEach(({ row, place }) => setVerdict(row, place, null));
  arrange();
  return {
    body: h("div", {}, list, told),
    get value() {
      return [...order];
    },
    set value(response) {
      clear();
      const known = Array.isArray(response) && response.length === dealt.length && response.every((key) => rows.has(key));
      order = known ? [...response] : [...dealt];
      arrange();
    },
    mark(marks) {
      rows.forEach(({ row, place }, key) => setVerdict(row, place, marks[key]));
    },
    lock(on) {
      locked = on;
      list.classList.toggle("hs-locked", on);
      arrange();
    },
    missing: () => "",
    focus() {
      rows.get(order[0]).down.focus();
    },
  };
}
