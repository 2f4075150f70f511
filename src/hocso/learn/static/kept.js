// What this browser keeps of a learner's answers: nothing that another learner's page would read.
const keeping = (storage, what) => {
  const key = (model) => [`hocso:${what}`, model.get("scope"), model.get("exercise_id"), model.get("learner_tag")].join("|");
  return {
    read(model) {
      try {
        return JSON.parse(storage().getItem(key(model)));
      } catch {
        return null;
      }
    },
    keep(model, value) {
      try {
        storage().setItem(key(model), JSON.stringify(value));
      } catch {
        // A browser that keeps nothing (private mode, full) still lets people learn.
      }
    },
    drop(model) {
      try {
        storage().removeItem(key(model));
      } catch {
        // See keep.
      }
    },
  };
};

// What was chosen and not yet sent stays in this tab, so that a reloaded page shows it again.
const drafts = keeping(() => sessionStorage, "draft");
// What was sent and is not known to be saved stays in this browser, also when it is closed.
const unsent = keeping(() => localStorage, "unsent");

const NO_ANSWER_MS = 6000;
const UNSENT = "Chưa gửi được. Máy sẽ gửi lại khi có mạng.";
const patience = () => (document.body.dataset.kernel === "lost" ? 0 : NO_ANSWER_MS);
const isTrial = (model) => model.get("learner_tag") === "trial";

// The presses of one exercise on their way to the kernel: each is sent again under its nonce, whenever the page
// has reached a kernel, until the kernel says that it is settled.
function outbox(model) {
  let presses = unsent.read(model) ?? [];

  function keep() {
    if (presses.length && !isTrial(model)) unsent.keep(model, presses);
    else unsent.drop(model);
  }

  function prune() {
    const settled = model.get("settled");
    presses = presses.filter(({ nonce }) => !settled.includes(nonce));
    keep();
  }

  prune();
  model.on("change:settled", prune);
  return {
    get last() {
      return presses.length ? presses[presses.length - 1] : null;
    },
    send(press) {
      if (!presses.includes(press)) presses.push(press);
      keep();
      model.send(press);
    },
    resend() {
      prune();
      presses.forEach((press) => model.send(press));
    },
  };
}

// Calls back whenever the page has reached a kernel, until the function that it returns is called.
function whenConnected(callback) {
  window.addEventListener("hocso:connected", callback);
  return () => window.removeEventListener("hocso:connected", callback);
}
