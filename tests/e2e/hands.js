// The robot's hands: they find things on a card by what is written there, tap where a finger would hit them, and
// wait until the page says something new. hands(card)[action](...args) is called from robot.py.
(card) => {
  const all = (selector) => [...card.querySelectorAll(selector)];
  const said = (node) => node.textContent.trim();

  function only(what, found) {
    if (found.length !== 1) throw new Error(`${found.length} × ${what} in ${card.dataset.exercise}`);
    return found[0];
  }

  // The one `row` whose `inside` says exactly `text`.
  const row = (rows, inside, text) => only(text, all(rows).filter((one) => said(one.querySelector(inside)) === text));

  function tap(target) {
    target.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = target.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    const place = target.closest("label") || target;
    if (!hit || !place.contains(hit) || target.disabled) throw new Error(`a finger does not reach ${target.outerHTML}`);
    target.click();
  }

  function choose(select, text) {
    tap(select);
    select.value = only(text, [...select.options].filter((one) => said(one) === text)).value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function until(come, what) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!come()) return;
        watch.disconnect();
        clearTimeout(timer);
        resolve();
      };
      const watch = new MutationObserver(look);
      const timer = setTimeout(() => reject(new Error(`${card.dataset.exercise}: ${what} has not come`)), 30000);
      watch.observe(document.body, { attributes: true, childList: true, characterData: true, subtree: true });
      look();
    });
  }

  const tick = (input, on) => input.checked === on || tap(input);
  const pile = (place, text) => tap(only(text, [...place.querySelectorAll(".hs-pile")].filter((one) => said(one) === text)).querySelector("input"));
  const option = (text) => row(".hs-option", ".hs-option-text", text).querySelector("input");
  const part = (text) => row("button.hs-tap", ".hs-part-main", text);
  const phone = () => card.querySelector(".hs-phone");
  const step = (text) => only(text, all(".hs-step").filter((one) => one.querySelector(".hs-step-text").firstChild.data === text));

  async function touch(target) {
    tap(target);
    await until(() => !phone().hasAttribute("aria-busy"), "the judgement of a tap");
  }

  const fillers = {
    one_choice: (text) => tick(option(text), true),
    chart: (text) => tick(option(text), true),
    several_choices: (texts) => {
      const due = texts.map(option);
      all(".hs-option input").forEach((input) => tick(input, due.includes(input)));
    },
    put_in_order(texts) {
      texts.forEach((text, position) => {
        while (all(".hs-step").indexOf(step(text)) > position) tap(step(text).querySelector(".hs-move-up"));
      });
      all(".hs-keep").filter((keep) => !keep.hidden).forEach(tap);
    },
    two_piles: (pairs) => pairs.forEach(([text, name]) => pile(row(".hs-sort", ".hs-sort-text", text), name)),
    inbox: (pairs) => pairs.forEach(([text, name]) => pile(row(".hs-letter", ".hs-letter-text", text), name)),
    match: (pairs) => pairs.forEach(([text, side]) => choose(row(".hs-pair", ".hs-pair-left", text).querySelector("select"), side)),
    fill_gaps: (texts) => texts.forEach((text, nth) => choose(all(".hs-gap select")[nth], text)),
    phone_screen(texts) {
      all('.hs-tap[aria-pressed="true"]').forEach(tap);
      texts.map(part).filter((one) => one.getAttribute("aria-pressed") !== "true").forEach(tap);
    },
    find_mistakes(texts) {
      all('.hs-form-field[aria-pressed="true"]').forEach(tap);
      texts.forEach((text) => tap(row(".hs-form-field", ".hs-form-label", text)));
    },
    password(texts) {
      while (all(".hs-chip").length) tap(all(".hs-chip")[0]);
      texts.forEach((text) => tap(only(text, all(".hs-piece").filter((one) => said(one) === text))));
    },
    number(text) {
      const input = card.querySelector("input");
      tap(input);
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    },
    async phone_task(texts) {
      all(".hs-again").filter((again) => !again.hidden).forEach(tap);
      for (const text of texts) await touch(part(text));
    },
  };

  return {
    fill: (kind, response) => fillers[kind](response),
    async check() {
      const button = card.querySelector(".hs-check");
      tap(button);
      if (button.getAttribute("aria-disabled") !== "true") throw new Error(said(card.querySelector(".hs-feedback")));
      await until(() => button.getAttribute("aria-disabled") !== "true", "the judgement");
    },
    touch: (text) => touch(part(text)),
    touchPointed: () => touch(only("place pointed at", all(".hs-pointed"))),
    // What the help says, line by line.
    help: () => all(".hs-solution .hs-note-about").map(said),
    saved: () => until(() => ["saved", "trial"].includes(card.querySelector(".hs-saved").dataset.saved), "«Đã lưu»"),
  };
}
