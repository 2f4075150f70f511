const KIND_HINTS = {
  one_choice: "Chọn một ý",
  several_choices: "Chọn các ý đúng",
  put_in_order: "Xếp thứ tự",
  two_piles: "Chia hai nhóm",
  match: "Ghép cặp",
  phone_screen: "Chạm vào màn hình",
  phone_task: "Dùng điện thoại",
  inbox: "Xét tin nhắn",
  password: "Ghép mật khẩu",
  find_mistakes: "Tìm chỗ sai",
  fill_gaps: "Điền chỗ trống",
  chart: "Xem biểu đồ",
  number: "Điền số",
};

function answerSheet(kind, view, options) {
  switch (kind) {
    case "several_choices":
      return choiceSheet(view, { ...options, several: true });
    case "put_in_order":
      return orderSheet(view, options);
    case "two_piles":
      return pilesSheet(view, options);
    case "match":
      return matchSheet(view, options);
    case "phone_screen":
      return phoneSheet(view, options);
    case "inbox":
      return inboxSheet(view, options);
    case "password":
      return passwordSheet(view, options);
    case "find_mistakes":
      return mistakesSheet(view, options);
    case "fill_gaps":
      return gapsSheet(view, options);
    case "number":
      return numberSheet(view, options);
    default:
      return choiceSheet(view, { ...options, several: false });
  }
}

function kindLine(kind) {
  return h("span", { class: "hs-kind" }, icon(kind), KIND_HINTS[kind]);
}

// Lessons and quizzes say in the same place whether the answer is safe. `away()` says that an answer has not
// reached the kernel yet.
function savedLine(model, away) {
  const line = h("p", { class: "hs-saved" });
  const show = () => {
    const saved = away() ? "failed" : model.get("saved");
    line.dataset.saved = saved;
    const trouble = ["failed", "refused", "expired"].includes(saved);
    line.setAttribute("aria-live", trouble ? "polite" : "off");
    const mark = trouble ? "failed" : { saved: "saved" }[saved];
    if (saved === "expired") window.dispatchEvent(new CustomEvent("hocso:expired"));
    refill(line, ...(saved ? [mark ? icon(mark) : "", away() ? UNSENT : model.get("notice")] : []));
  };
  show();
  return { line, show };
}

function explanation({ about, text, mark }) {
  return h(
    "li",
    { class: "hs-note" },
    about ? h("p", { class: `hs-note-about hs-note-${mark}` }, mark ? icon(mark) : null, about) : null,
    text ? h("p", {}, text) : null,
  );
}

// A judgement in words; `solution` stands under `title`, and `after` says what to do with it.
function judgementLines({ right, title, notes, solution }, revealed) {
  return [
    h("p", { class: "hs-feedback-title" }, icon(right ? "right" : "wrong"), title),
    h("ul", { class: "hs-notes" }, notes.map(explanation)),
    solution.length
      ? h(
          "div",
          { class: "hs-solution" },
          h("p", { class: "hs-solution-title" }, revealed.title),
          h("ul", { class: "hs-notes" }, solution.map(explanation)),
          revealed.after ? h("p", {}, revealed.after) : null,
        )
      : null,
  ];
}

// What stands around every exercise of a lesson. `untouched()` says that the learner did nothing here yet,
// `away()` that an answer has not reached the kernel.
function exerciseCard(model, untouched, away) {
  const kind = model.get("kind");
  const id = model.get("exercise_id");
  const hint = model.get("hint");
  const doneChip = h("span", { class: "hs-done" }, icon("right"), "Xong");
  const { line: saved, show: showSaved } = savedLine(model, away);
  const card = h(
    "section",
    { class: "hs-card", "data-exercise": id, "data-kind": kind, "data-lm-suppress-shortcuts": "true", "aria-label": KIND_HINTS[kind] },
    h(
      "div",
      { class: "hs-head" },
      kindLine(kind),
      model.get("required") ? null : h("span", { class: "hs-optional" }, "Làm thêm"),
      doneChip,
    ),
  );

  function showState() {
    const state = model.get("state");
    const before = card.dataset.state;
    card.dataset.state = state;
    doneChip.hidden = state !== "done";
    if (state === "done" && before !== "done") {
      const detail = { id, required: model.get("required"), restored: untouched() };
      window.dispatchEvent(new CustomEvent("hocso:exercise-done", { detail }));
    }
  }

  function savedChanged() {
    showSaved();
    if (["saved", "trial"].includes(model.get("saved"))) drafts.drop(model);
  }

  model.on("change:state", showState);
  model.on("change:saved", savedChanged);
  model.on("change:notice", showSaved);
  return {
    card,
    saved,
    showSaved,
    showState,
    hint: hint ? h("details", { class: "hs-more hs-hint" }, h("summary", {}, icon("hint"), "Gợi ý"), h("p", {}, hint)) : "",
  };
}

const newNonce = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

function renderExercise(model, el) {
  const kind = model.get("kind");
  const id = model.get("exercise_id");
  let sheet;
  let timer = 0;
  let touched = false;
  // The press whose judgement is not here yet, and whether it was waited for in vain.
  let press = null;
  let away = false;
  const box = outbox(model);

  const { card, saved, hint, showState, showSaved } = exerciseCard(model, () => !touched, () => away);
  const question = h("div", { class: "hs-question" });
  const check = h("button", { type: "button", class: "hs-button hs-check", onclick: () => send() }, "Kiểm tra");
  const again = h("button", { type: "button", class: "hs-button hs-plain hs-again", onclick: () => redo() }, icon("again"), "Làm lại");
  const feedback = h("div", { class: "hs-feedback", role: "status", "aria-live": "polite", tabindex: "-1" });
  card.append(question, hint, h("div", { class: "hs-actions" }, check, again), feedback, saved);

  function draw() {
    const view = model.get("view");
    const label = model.get("prompt");
    sheet = answerSheet(kind, view, { changed, enter: send, label });
    refill(
      question,
      ...(kind === "chart" ? [chartViewer(model.get("look"), model.get("charts"))] : []),
      h("fieldset", { class: "hs-field" }, h("legend", { class: "hs-prompt" }, label), sheet.body),
    );
    const draft = (model.get("state") === "done" ? null : drafts.read(model)) ?? box.last?.response ?? null;
    sheet.value = draft ?? model.get("response");
    if (draft === null || same(draft, model.get("response"))) showFeedback({ quiet: true });
    else open();
  }

  // The question stands open: no judgement in sight, options free.
  function open() {
    refill(feedback);
    feedback.className = "hs-feedback";
    sheet.lock(false);
    check.hidden = false;
    again.hidden = true;
    showState();
  }

  function changed() {
    if (feedback.classList.contains("hs-feedback-plain")) refill(feedback);
    drafts.keep(model, sheet.value);
  }

  function say(...children) {
    feedback.className = "hs-feedback hs-feedback-plain";
    refill(feedback, ...children);
  }

  function send() {
    if (check.hidden || check.getAttribute("aria-disabled") === "true") return;
    const missing = sheet.missing();
    if (missing) {
      say(h("p", {}, missing));
      sheet.focus();
      return;
    }
    const response = sheet.value;
    drafts.keep(model, response);
    if (press === null || !same(response, press.response)) press = { type: "check", nonce: newNonce(), response };
    touched = true;
    away = false;
    wait(true);
    timer = setTimeout(noAnswer, patience());
    box.send(press);
    showSaved();
  }

  // What was pressed before the line was cut, or before the browser was closed, goes to the kernel now.
  function resend() {
    box.resend();
    if (press === null && box.last && box.last.nonce !== model.get("feedback").nonce) {
      press = box.last;
      away = true;
    }
    if (press === null) return;
    wait(true);
    timer = setTimeout(noAnswer, patience());
  }

  function wait(on) {
    clearTimeout(timer);
    check.setAttribute("aria-disabled", String(on));
    check.textContent = on ? "Đang kiểm tra…" : "Kiểm tra";
  }

  function noAnswer() {
    wait(false);
    const first = !away;
    away = true;
    say(h("p", { class: "hs-trouble" }, icon("failed"), "Chưa gửi được. Câu trả lời vẫn còn đây."));
    showSaved();
    // Once a press: a kernel that is silent at one exercise need not be sought again and again.
    if (first) window.dispatchEvent(new CustomEvent("hocso:no-answer", { detail: { id } }));
  }

  function redo() {
    sheet.value = null;
    open();
    sheet.focus();
  }

  function showFeedback({ quiet = false } = {}) {
    const { title, right, notes = [], marks = {}, solution = [] } = model.get("feedback");
    open();
    if (!title) return;
    sheet.mark(marks, model.get("feedback"));
    feedback.classList.add(right ? "hs-feedback-right" : "hs-feedback-wrong");
    refill(
      feedback,
      judgementLines({ right, title, notes, solution }, { title: "Đáp án", after: "Hãy làm lại theo đáp án để ghi nhớ." }),
    );
    if (right) {
      sheet.lock(true);
      check.hidden = true;
      again.hidden = false;
    }
    if (quiet) return;
    if (right) feedback.focus({ preventScroll: true });
    feedback.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  }

  function heard() {
    const { nonce: checked, right, title } = model.get("feedback");
    if (checked === undefined) {
      showFeedback({ quiet: true });
      return;
    }
    if (press !== null && checked !== press.nonce) return;
    wait(false);
    const late = away;
    press = null;
    away = false;
    showSaved();
    if (right === null) {
      say(h("p", {}, title));
      return;
    }
    sheet.value = model.get("response");
    showFeedback({ quiet: late });
  }

  // A new kernel knows from the records what became of the press.
  function settled() {
    if (press === null || !model.get("settled").includes(press.nonce)) return;
    if (model.get("feedback").nonce !== undefined) return;
    wait(false);
    press = null;
    away = false;
    showSaved();
    showFeedback({ quiet: true });
  }

  draw();
  model.on("change:view", draw);
  model.on("change:feedback", heard);
  model.on("change:settled", settled);
  const leave = whenConnected(resend);
  if (box.last) resend();
  el.append(card);
  return () => {
    clearTimeout(timer);
    leave();
  };
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function render(model, el) {
  el.classList.add("hs-root");
  switch (model.get("kind")) {
    case "quiz":
      return renderQuiz(model, el);
    case "phone_task":
      return renderTask(model, el);
    default:
      return renderExercise(model, el);
  }
}
