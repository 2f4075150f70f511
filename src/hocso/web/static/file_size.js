// A file that is larger than the server takes is refused before it is sent: the server would hang up without a word.
"use strict";

for (const input of document.querySelectorAll("input[data-largest]")) {
  input.addEventListener("change", () => {
    const tooLarge = Array.from(input.files).some((file) => file.size > Number(input.dataset.largest));
    input.setCustomValidity(tooLarge ? input.dataset.tooLarge : "");
    if (tooLarge) input.reportValidity();
  });
}
