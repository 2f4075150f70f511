// A shared tablet keeps nothing of the last learner: drafts of answers, and what was not sent, go too, and other
// tabs forget them.
"use strict";

sessionStorage.clear();
localStorage.clear();
localStorage.setItem("hocso-ra", String(Date.now()));
localStorage.removeItem("hocso-ra");
