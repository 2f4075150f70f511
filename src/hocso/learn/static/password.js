// Pieces put together by tapping; nothing is typed, so that nobody gives away a password of their own.
function passwordSheet(view, { changed }) {
  const texts = new Map(view.options.map(({ key, text }) => [key, text]));
  let taken = [];
  let marks = {};
  let locked = false;
  const built = h("div", { class: "hs-built", role: "group", "aria-label": "Mật khẩu đang ghép" });
  const count = h("p", { class: "hs-built-count", "aria-live": "polite" });
  const steps = [1, 2, 3].map(() => h("span", { class: "hs-strength-step" }));
  const word = h("strong", {});
  const strength = h(
    "p",
    { class: "hs-strength" },
    h("span", {}, "Độ mạnh: ", word),
    h("span", { class: "hs-strength-bar", "aria-hidden": "true" }, steps),
  );
  const pieces = view.options.map(({ key, text }) =>
    h("button", { type: "button", class: "hs-piece", "data-key": key, "aria-label": `Thêm ${text}`, onclick: () => add(key) }, icon("add"), text),
  );

  function show() {
    const chips = taken.map((key, place) =>
      h(
        "button",
        {
          type: "button",
          class: `hs-chip${marks[key] ? " hs-is-wrong" : ""}`,
          disabled: locked,
          "aria-label": `Bỏ ${texts.get(key)}${marks[key] ? ", mảnh dễ đoán" : ""}`,
          onclick: () => drop(place),
        },
        marks[key] ? icon("wrong") : null,
        texts.get(key),
        locked ? null : h("span", { class: "hs-chip-drop" }, icon("wrong")),
      ),
    );
    refill(built, chips.length ? chips : h("span", { class: "hs-built-empty" }, "Chưa có mảnh nào"));
    const used = [...new Set(taken)];
    const length = used.reduce((sum, key) => sum + [...texts.get(key)].length, 0);
    const once = used.length < taken.length ? " Mảnh lặp lại chỉ tính một lần." : "";
    count.textContent = `Đang có ${length} ký tự. Cần ít nhất ${view.length}.${once}`;
    pieces.forEach((piece) => (piece.disabled = locked));
  }

  function judge({ level = 0, word: said = "chưa rõ" } = {}) {
    word.textContent = said;
    strength.dataset.level = level;
    steps.forEach((step, index) => step.classList.toggle("hs-strength-on", index < level));
  }

  function change(next) {
    taken = next;
    marks = {};
    judge();
    show();
    changed();
  }

  function add(key) {
    if (taken.length < view.most) change([...taken, key]);
    else count.textContent = `Chỉ ghép được ${view.most} mảnh. Hãy bỏ bớt.`;
  }

  function drop(place) {
    change(taken.filter((_, index) => index !== place));
    const chips = built.querySelectorAll(".hs-chip");
    (chips[Math.min(place, chips.length - 1)] || pieces[0]).focus();
  }

  judge();
  show();
  return {
    body: h(
      "div",
      { class: "hs-password" },
      built,
      count,
      strength,
      h("p", { class: "hs-pieces-title" }, "Chạm vào mảnh để thêm:"),
      h("div", { class: "hs-pieces" }, pieces),
    ),
    get value() {
      return [...taken];
    },
    set value(response) {
      taken = (response || []).filter((key) => texts.has(key));
      marks = {};
      judge();
      show();
    },
    mark(given, { strength: judged }) {
      marks = given;
      judge(judged);
      show();
    },
    lock(on) {
      locked = on;
      built.classList.toggle("hs-is-right", on);
      show();
    },
    missing: () => (taken.length ? "" : "Hãy chạm vào ít nhất một mảnh rồi bấm «Kiểm tra»."),
    focus() {
      pieces[0].focus();
    },
  };
}
