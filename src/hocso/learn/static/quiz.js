function renderQuiz(model, el) {
  const questions = new Map();
  const list = h("div", { class: "hs-sheet" });
  const count = h("p", { class: "hs-count", role: "status" });
  const bar = h("span", { class: "hs-bar-fill" });
  const submit = h("button", { type: "button", class: "hs-button hs-submit", onclick: () => ask() }, "Nộp bài");
  const message = h("p", { class: "hs-message", role: "status", tabindex: "-1" });
  // What is not known to be saved: answers, and whether «Nộp bài» was pressed. A trial belongs to nobody, so it
  // stays in this tab.
  const store = isTrial(model) ? drafts : unsent;
  let kept;
  let away = false;
  const { line: saved, show: showSaved } = savedLine(model, () => away);
  const asked = h("div", { class: "hs-confirm-text" });
  const confirmButton = h("button", { type: "button", class: "hs-button hs-confirm-submit", onclick: () => send() }, "Nộp bài");
  const dialog = h(
    "dialog",
    { class: "hs-confirm", "aria-labelledby": "hs-confirm-title" },
    h("h2", { id: "hs-confirm-title", class: "hs-confirm-title" }, "Nộp bài?"),
    asked,
    h(
      "div",
      { class: "hs-actions" },
      confirmButton,
      h("button", { type: "button", class: "hs-button hs-plain hs-confirm-back", onclick: () => close() }, "Làm tiếp"),
    ),
  );
  let timer = 0;
  const typing = new Map();

  function draw() {
    kept = store.read(model) ?? { answers: {}, submit: false };
    const mine = Object.entries(kept.answers).map(([id, { response }]) => [id, response]);
    const answers = { ...model.get("answers"), ...Object.fromEntries(mine) };
    questions.clear();
    refill(
      list,
      ...model.get("questions").map(({ id, kind, prompt, view }, index) => {
        const changed = () => answered(id);
        const sheet = answerSheet(kind, view, { changed, label: prompt });
        const keep = h(
          "button",
          { type: "button", class: "hs-button hs-plain hs-keep", onclick: changed },
          "Thứ tự này đúng rồi",
        );
        const card = h(
          "section",
          { class: "hs-card", "data-exercise": id, "data-kind": kind, "data-lm-suppress-shortcuts": "true", "aria-label": `Câu ${index + 1}` },
          h("div", { class: "hs-head" }, h("span", { class: "hs-nth" }, `Câu ${index + 1}`), kindLine(kind)),
          h("fieldset", { class: "hs-field" }, h("legend", { class: "hs-prompt" }, prompt), sheet.body),
          kind === "put_in_order" ? h("div", { class: "hs-actions" }, keep) : null,
        );
        sheet.value = answers[id] ?? null;
        questions.set(id, { nth: index + 1, kind, sheet, card, keep, touched: answers[id] !== undefined });
        return card;
      }),
    );
    showCount();
    showPhase();
    deliver();
  }

  function keep() {
    if (kept.submit || Object.keys(kept.answers).length) store.keep(model, kept);
    else store.drop(model);
  }

  // The kernel hears what it may not have heard; it knows the same answer, and the same attempt, again.
  function deliver() {
    Object.keys(kept.answers).filter((id) => questions.has(id)).forEach(tell);
    if (!kept.submit) return;
    model.send({ type: "submit" });
    waitForAnswer();
  }

  function prune() {
    if (isTrial(model)) return;
    const settled = model.get("settled");
    Object.keys(kept.answers)
      .filter((id) => kept.answers[id].nonce === settled[id])
      .forEach((id) => delete kept.answers[id]);
    keep();
  }

  // An attempt that was handed in while nobody heard the answer: the server begins the next one, with another
  // scope, and what was kept of the old one leads to its result.
  function seekHandedIn() {
    const [quiz, attempt] = model.get("scope").split("/");
    for (const key of Object.keys(localStorage)) {
      const [what, scope, id, tag] = key.split("|");
      const [ofQuiz, old] = (scope ?? "").split("/");
      if (what !== "hocso:unsent" || ofQuiz !== quiz || old === attempt) continue;
      if (id !== model.get("exercise_id") || tag !== model.get("learner_tag")) continue;
      const { submit } = JSON.parse(localStorage.getItem(key));
      localStorage.removeItem(key);
      if (submit) location.replace(`/ket-qua/${encodeURIComponent(old)}`);
    }
  }

  const isAnswered = ({ kind, sheet, touched }) =>
    kind === "put_in_order" ? touched : !isEmpty(sheet.value) && !(["two_piles", "match"].includes(kind) && sheet.missing());
  const isEmpty = (value) => value === null || Object.keys(Object(value)).length === 0;
  const unanswered = () => [...questions.values()].filter((question) => !isAnswered(question));

  function answered(id) {
    const question = questions.get(id);
    question.touched = true;
    kept.answers[id] = { response: question.sheet.value, nonce: newNonce() };
    keep();
    showCount();
    clearTimeout(typing.get(id));
    if (question.kind === "number") typing.set(id, setTimeout(() => tell(id), 600));
    else tell(id);
  }

  function tell(id) {
    typing.delete(id);
    model.send({ type: "answer", question: id, ...kept.answers[id] });
    if (document.body.dataset.kernel === "lost") isAway(true);
  }

  function isAway(on) {
    away = on && Boolean(kept.submit || Object.keys(kept.answers).length);
    showSaved();
  }

  function showCount() {
    const all = questions.size;
    const done = all - unanswered().length;
    count.textContent = `Đã trả lời ${done}/${all}`;
    bar.style.width = `${all ? (100 * done) / all : 0}%`;
    questions.forEach((question) => {
      question.keep.hidden = question.touched;
      question.card.dataset.answered = isAnswered(question);
    });
  }

  function ask() {
    if (submit.getAttribute("aria-disabled") === "true") return;
    const left = unanswered();
    refill(
      asked,
      ...(left.length
        ? [
            h("p", {}, `Còn ${left.length} câu chưa trả lời xong. Bấm vào để làm:`),
            h(
              "div",
              { class: "hs-left" },
              left.map(({ nth, card, sheet }) =>
                h(
                  "button",
                  {
                    type: "button",
                    class: "hs-button hs-plain",
                    onclick: () => {
                      close();
                      card.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
                      sheet.focus();
                    },
                  },
                  `Câu ${nth}`,
                ),
              ),
            ),
          ]
        : [h("p", {}, "Đã trả lời hết các câu.")]),
    );
    confirmButton.textContent = left.length ? "Vẫn nộp bài" : "Nộp bài";
    open();
  }

  // Phones before iOS 15.4 know no dialogs: there it stands below the questions.
  function open() {
    if (dialog.showModal) return dialog.showModal();
    dialog.setAttribute("open", "");
    dialog.scrollIntoView();
    confirmButton.focus();
  }

  function close() {
    if (dialog.close) dialog.close();
    else dialog.removeAttribute("open");
  }

  function send() {
    close();
    if (model.get("phase") !== "answering") return;
    [...typing.keys()].forEach((id) => {
      clearTimeout(typing.get(id));
      tell(id);
    });
    say("");
    kept.submit = true;
    keep();
    lock(true);
    waitForAnswer();
    model.send({ type: "submit" });
  }

  function waitForAnswer() {
    clearTimeout(timer);
    busy(true);
    timer = setTimeout(() => {
      busy(true, "Đang chờ mạng…");
      say("Chưa nộp được. Câu trả lời vẫn còn đây, máy sẽ tự nộp khi có mạng. Xin đừng đổi người học trước lúc đó.");
      isAway(true);
      window.dispatchEvent(new CustomEvent("hocso:no-answer", { detail: { id: model.get("exercise_id") } }));
    }, patience());
  }

  function busy(on, text = "Đang nộp bài…") {
    submit.setAttribute("aria-disabled", String(on));
    submit.textContent = on ? text : "Nộp bài";
  }

  function lock(on) {
    questions.forEach(({ sheet }) => sheet.lock(on));
  }

  function say(text) {
    message.textContent = text;
  }

  function showPhase() {
    clearTimeout(timer);
    const phase = model.get("phase");
    const refused = phase === "answering" && model.get("message") && model.get("saved") !== "expired";
    if (refused || phase === "sent") {
      kept.submit = false;
      keep();
    }
    const under = kept.submit || phase !== "answering";
    lock(under);
    busy(under);
    isAway(false);
    if (phase === "sending") waitForAnswer();
    say(model.get("message"));
  }

  function leave() {
    const target = new URL(model.get("goto"), location.origin);
    if (!model.get("goto") || target.origin !== location.origin) return;
    store.drop(model);
    location.assign(target.href);
  }

  seekHandedIn();
  draw();
  const leaveLine = whenConnected(() => {
    isAway(false);
    deliver();
  });
  const cut = () => isAway(true);
  window.addEventListener("hocso:cut", cut);
  model.on("change:scope", () => {
    seekHandedIn();
    draw();
  });
  model.on("change:questions", draw);
  model.on("change:saved", showSaved);
  model.on("change:settled", prune);
  model.on("change:notice", showSaved);
  model.on("change:phase", showPhase);
  model.on("change:message", showPhase);
  model.on("change:goto", leave);
  model.on("msg:custom", (content) => {
    if (content.type === "heard" && content.to === "submit" && model.get("phase") === "answering") showPhase();
  });
  el.append(
    h(
      "div",
      { class: "hs-quiz", "data-quiz": model.get("exercise_id") },
      list,
      h(
        "div",
        { class: "hs-hand-in" },
        count,
        h("span", { class: "hs-bar", "aria-hidden": "true" }, bar),
        saved,
        h("div", { class: "hs-actions" }, submit),
        message,
      ),
      dialog,
    ),
  );
  return () => {
    clearTimeout(timer);
    leaveLine();
    window.removeEventListener("hocso:cut", cut);
  };
}
