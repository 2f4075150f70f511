// What was chosen and not yet sent stays in this tab, so that a reloaded page shows it again.
function draftKey(model) {
  return ["hocso:draft", model.get("scope"), model.get("exercise_id"), model.get("learner_tag")].join("|");
}

function readDraft(model) {
  try {
    return JSON.parse(sessionStorage.getItem(draftKey(model)));
  } catch {
    return null;
  }
}

function keepDraft(model, response) {
  try {
    sessionStorage.setItem(draftKey(model), JSON.stringify(response));
  } catch {
    // A browser that keeps nothing (private mode, full) still lets people learn.
  }
}

function dropDraft(model) {
  try {
    sessionStorage.removeItem(draftKey(model));
  } catch {
    // See keepDraft.
  }
}
