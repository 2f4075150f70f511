// Something to do on a drawn phone, screen by screen. Every tap is judged by the kernel; the page holds the
// screens reached so far and the taps that led there.
function renderTask(model, el) {
  // What was tapped and is not judged yet, and whether it was waited for in vain.
  let press = null;
  let away = false;
  // What was tapped while the tap before it was being judged.
  let next = null;
  const box = outbox(model);
  const { card, hint, saved, showState, showSaved } = exerciseCard(model, () => sent === null, () => away);
  let path = [];
  let at = 0;
  let sent = null;
  let resuming = false;
  let timer = 0;
  let rows = new Map();
  let drawn = null;

  const where = h("div", { class: "hs-task-where", tabindex: "-1" });
  const phone = phoneFrame();
  const bubble = h("div", { class: "hs-feedback", tabindex: "-1" });
  const told = h("p", { class: "hs-unseen", role: "status", "aria-live": "polite" });
  const back = h("button", { type: "button", class: "hs-button hs-plain hs-back", onclick: goBack }, icon("back"), "Lùi lại");
  const again = h("button", { type: "button", class: "hs-button hs-plain hs-again", onclick: begin }, icon("again"), "Làm lại từ đầu");

  const total = () => model.get("view").total;
  const screen = () => model.get("view").screens[at];

  function show() {
    drawn = model.get("view");
    const done = at === total();
    refill(
      where,
      h("p", { class: "hs-task-step" }, done ? "Đã xong" : `Màn hình ${at + 1}/${total()}`),
      h("span", { class: "hs-bar", "aria-hidden": "true" }, progress(at / total())),
      !done && screen().say ? h("p", { class: "hs-say" }, screen().say) : null,
    );
    back.hidden = done;
    back.disabled = at === 0;
    again.hidden = path.length === 0;
    rows = new Map();
    bubble.className = "hs-feedback";
    refill(bubble);
    if (done) phone.show("Xong", h("div", { class: "hs-task-done" }, icon("right"), bubble));
    else phone.show(screen().title, drawParts(screen().options.map(hideUnfilled), { tappable, empty: "Chạm để điền" }));
  }

  function progress(share) {
    const fill = h("span", { class: "hs-bar-fill" });
    fill.style.width = `${100 * share}%`;
    return fill;
  }

  // A field that was filled on an earlier way through is empty again after «Làm lại từ đầu».
  const hideUnfilled = (part) => (part.key && !path.includes(part.key) ? { ...part, fill: "" } : part);

  function tappable(part, face, look) {
    const place = h("span", { class: "hs-part-verdict" });
    const button = h("button", { type: "button", class: look, "data-key": part.key, onclick: () => tap(part.key) }, face, place);
    if (path.includes(part.key)) {
      button.setAttribute("aria-disabled", "true");
      refill(place, h("span", { class: "hs-tapped" }, icon("right"), part.kind === "toggle" ? "Đã chỉnh" : "Đã điền"));
    }
    rows.set(part.key, { button, place, text: part.text, fill: part.fill });
    return button;
  }

  function tap(key) {
    if (path.includes(key)) return;
    if (!timer) {
      send([...path, key]);
    } else if (key !== sent[sent.length - 1]) {
      next = key;
      rows.get(key).button.classList.add("hs-waiting");
    }
  }

  // Quick fingers lose no tap, unless the one before it was wrong: that is to be read first.
  function tapNext(key) {
    const { right, notes = [] } = model.get("feedback");
    if (right === null && !notes.length && rows.has(key)) tap(key);
  }

  function send(response) {
    if (press === null || !same(response, press.response)) press = { type: "check", nonce: newNonce(), response };
    away = false;
    deliver();
    box.send(press);
  }

  // A kernel that is reached, for the first time or again, hears what was tapped and not judged, or else the
  // taps that led to where this tab was.
  function catchUp() {
    box.resend();
    if (press === null && box.last && box.last.nonce !== model.get("feedback").nonce) press = box.last;
    const draft = model.get("state") === "done" ? null : drafts.read(model);
    if (press !== null) {
      deliver();
    } else if (Array.isArray(draft) && draft.length && !same(draft, path)) {
      resuming = true;
      send(draft);
    }
  }

  function deliver() {
    clearTimeout(timer);
    const { response } = press;
    sent = response;
    phone.frame.setAttribute("aria-busy", "true");
    const row = rows.get(response[response.length - 1]);
    if (row) row.button.classList.add("hs-waiting");
    timer = setTimeout(noAnswer, patience());
  }

  // Returns what was tapped meanwhile, null for nothing.
  function stopWaiting() {
    const tapped = next;
    next = null;
    clearTimeout(timer);
    timer = 0;
    phone.frame.removeAttribute("aria-busy");
    rows.forEach(({ button }) => button.classList.remove("hs-waiting"));
    return tapped;
  }

  function noAnswer() {
    stopWaiting();
    const first = !away;
    away = true;
    showSaved();
    const text = UNSENT;
    told.textContent = text;
    bubble.className = "hs-feedback hs-feedback-plain";
    refill(bubble, h("p", { class: "hs-trouble" }, icon("failed"), text));
    putBubble(sent[sent.length - 1]);
    if (first) window.dispatchEvent(new CustomEvent("hocso:no-answer", { detail: { id: model.get("exercise_id") } }));
  }

  function heard() {
    const feedback = model.get("feedback");
    if (press !== null && feedback.nonce !== undefined && feedback.nonce !== press.nonce) return;
    const answered = press !== null && feedback.nonce === press.nonce && !away;
    const tapped = stopWaiting();
    if (feedback.nonce !== undefined || model.get("settled").includes(press?.nonce)) press = null;
    away = false;
    showSaved();
    if (feedback.title && feedback.at === undefined) {
      // The lesson has changed, and the taps that this tab kept lead nowhere.
      begin();
      return;
    }
    adopt({ quiet: !answered || resuming });
    resuming = false;
    tapNext(tapped);
  }

  // Show where the kernel says that the taps lead to.
  function adopt({ quiet }) {
    const { at: reached = 0, right, title, notes = [], marks = {}, solution = [], point } = model.get("feedback");
    const last = sent ? sent[sent.length - 1] : null;
    const moved = at !== reached;
    at = reached;
    path = (model.get("response") || []).filter((key) => !marks[key]);
    if (!quiet && right !== true) drafts.keep(model, path);
    show();
    if (right === true || right === false) judged({ right, title, notes, solution });
    else if (notes.length) early(notes);
    const wrong = Object.keys(marks)[0];
    if (wrong && rows.has(wrong)) {
      rows.get(wrong).button.classList.add("hs-is-wrong");
      refill(rows.get(wrong).place, h("span", { class: "hs-verdict hs-verdict-wrong" }, icon("wrong")));
    }
    if (point) pointOut(point);
    if (right !== true && bubble.firstChild) putBubble(wrong || last);
    if (quiet) return;
    if (right === true) bubble.focus({ preventScroll: true });
    else if (moved) where.focus({ preventScroll: true });
    else if (rows.has(last)) rows.get(last).button.focus({ preventScroll: true });
    told.textContent = words({ right, notes, solution, filled: rows.get(last) });
    const seen = right === true ? phone.frame : moved ? where : bubble.firstChild ? bubble : null;
    if (seen) seen.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
  }

  function judged(feedback) {
    bubble.classList.add(feedback.right ? "hs-feedback-right" : "hs-feedback-wrong");
    // What was tapped stands right above.
    const notes = feedback.notes.map(({ text }) => ({ text }));
    refill(bubble, judgementLines({ ...feedback, notes }, { title: "Chỗ cần chạm", after: "" }));
  }

  function early(notes) {
    bubble.classList.add("hs-feedback-plain");
    refill(bubble, notes.map(({ text }) => h("p", {}, text)));
  }

  function pointOut(key) {
    const { button, place } = rows.get(key);
    button.classList.add("hs-pointed");
    refill(place, h("span", { class: "hs-tapped" }, icon("tap"), "Chạm vào đây"));
  }

  // Below what was tapped; below the whole group where apps or tabs stand side by side.
  function putBubble(key) {
    const row = rows.get(key);
    if (!row) return;
    const side = row.button.closest(".hs-parts-apps, .hs-parts-tabs");
    (side || row.button.parentNode).insertAdjacentElement("afterend", bubble);
  }

  // The same for who can't see it; what has the focus now is read anyway.
  function words({ right, notes, solution, filled }) {
    if (right === true) return "";
    if (right === false) {
      const due = solution.length ? ` Chỗ cần chạm: ${solution[0].about}.` : "";
      return `Chưa đúng. ${notes.map(({ text }) => text).join(" ")}${due}`;
    }
    if (notes.length) return notes[0].text;
    return filled && filled.fill ? `${filled.text}: ${filled.fill}` : "";
  }

  function goBack() {
    if (timer) return;
    at -= 1;
    const keys = screen().options.map(({ key }) => key);
    path = path.slice(0, path.length - 1 - [...path].reverse().findIndex((key) => keys.includes(key)));
    drafts.keep(model, path);
    show();
    where.focus();
  }

  function begin() {
    if (timer) return;
    at = 0;
    path = [];
    drafts.drop(model);
    show();
    where.focus();
  }

  const body = h(
    "div",
    { class: "hs-task", role: "group", "aria-label": model.get("prompt") },
    h("div", { class: "hs-task-side" }, h("p", { class: "hs-prompt" }, model.get("prompt")), where, told),
    phone.frame,
    h("div", { class: "hs-task-foot" }, h("div", { class: "hs-actions" }, back, again), hint),
  );
  card.append(body, saved);
  showState();
  adopt({ quiet: true });
  catchUp();
  model.on("change:feedback", heard);
  // With an answer of the kernel's, view and feedback come together, in either order.
  model.on("change:view", () => {
    if (!timer && model.get("view") !== drawn) adopt({ quiet: true });
  });
  const leave = whenConnected(catchUp);
  el.append(card);
  return () => {
    clearTimeout(timer);
    leave();
  };
}
