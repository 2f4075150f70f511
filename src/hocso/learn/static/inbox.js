// Messages, each a small question of its own; once checked, each shows its giveaways and why.
function inboxSheet(view, { changed }) {
  const hold = holder();
  const letters = view.options.map(({ key, sender, text }) => {
    const name = newId("letter");
    const id = newId("text");
    const place = h("span", { class: "hs-option-verdict" });
    const body = h("p", { class: "hs-letter-text", id });
    const explained = h("div", { class: "hs-letter-why" });
    const inputs = view.piles.map((label) =>
      h("input", {
        type: "radio",
        class: "hs-input",
        name,
        value: label.key,
        onclick: hold.click,
        onchange: () => {
          setVerdict(row, place, null);
          changed();
        },
      }),
    );
    const row = h(
      "fieldset",
      { class: "hs-letter", "data-key": key, "aria-describedby": id },
      h("legend", { class: "hs-letter-sender" }, tile(sender, "avatar"), h("span", {}, sender)),
      body,
      h(
        "div",
        { class: "hs-sort-piles" },
        view.piles.map((label, index) => h("label", { class: "hs-pile", "data-key": label.key }, inputs[index], h("span", {}, label.text))),
      ),
      place,
      explained,
    );
    function explain(found) {
      const signs = found ? found.signs : [];
      refill(body, highlight(text, signs));
      refill(
        explained,
        ...(found ? [h("p", {}, found.why)] : []),
        ...(signs.length ? [h("p", { class: "hs-signs-title" }, "Chỗ đáng ngờ"), signs.map(signLine)] : []),
      );
    }
    explain(null);
    return { key, row, place, inputs, explain };
  });
  const left = () => letters.filter(({ inputs }) => !inputs.some((input) => input.checked));
  return {
    body: h("div", { class: "hs-sorts" }, letters.map(({ row }) => row)),
    get value() {
      const judged = letters.map(({ key, inputs }) => [key, inputs.find((input) => input.checked)]);
      return Object.fromEntries(judged.filter(([, input]) => input).map(([key, input]) => [key, input.value]));
    },
    set value(response) {
      letters.forEach(({ key, row, place, inputs, explain }) => {
        setVerdict(row, place, null);
        explain(null);
        inputs.forEach((input) => (input.checked = input.value === (response || {})[key]));
      });
    },
    mark(marks, { explained = {} }) {
      letters.forEach(({ key, row, place, explain }) => {
        setVerdict(row, place, marks[key]);
        explain(explained[key]);
      });
    },
    lock(on) {
      hold.set(on, letters.flatMap(({ inputs }) => inputs));
    },
    missing() {
      return left().length ? `Còn ${left().length} tin chưa xét.` : "";
    },
    focus() {
      (left()[0] || letters[0]).inputs[0].focus();
    },
  };
}

function signLine({ text, why }, index) {
  return h(
    "p",
    { class: "hs-sign-line" },
    h("span", { class: "hs-sign-nth" }, index + 1),
    h("span", {}, h("strong", {}, `«${text}»`), ` ${why}`),
  );
}

// The text with its giveaways marked and numbered, in the order of the list below it.
function highlight(text, signs) {
  const found = signs
    .map((sign, index) => ({ from: text.indexOf(sign.text), sign, nth: index + 1 }))
    .sort((one, other) => one.from - other.from);
  const pieces = [];
  let at = 0;
  for (const { from, sign, nth } of found) {
    if (from < at) continue;
    pieces.push(text.slice(at, from), h("mark", { class: "hs-sign", "data-nth": nth }, sign.text));
    at = from + sign.text.length;
  }
  return [...pieces, text.slice(at)];
}
