// An app's page: says so when its kernel or the server can't be reached any more, for the figures then stand still.
const SECONDS = 10;
const lost = document.querySelector(".link-lost");

async function look() {
  let there = false;
  try {
    const answer = await fetch(`/api/kernels/${document.body.dataset.kernelId}`, { credentials: "same-origin" });
    there = answer.ok;
  } catch {
    // No line: the same words.
  }
  lost.hidden = there;
}

lost.querySelector("button").addEventListener("click", () => location.reload());
setInterval(look, 1000 * SECONDS);
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
